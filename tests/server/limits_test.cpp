// What one connection can make the server hold and do.

#include "live_memory.hpp"
#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using namespace std::chrono_literals;

ServerOptions two_at_once() {
  ServerOptions options;
  options.max_concurrent_streams = 2;
  return options;
}

TEST(Quota, HandlersOfResetCallsCountUntilTheyEnd) {
  ServerDialogue d(two_at_once());
  Peer& peer = d.connect();
  for (std::uint32_t stream : {1u, 3u}) {
    peer.says(unary(stream, "WaitForeign", "x"));
    peer.says(frames().reset(stream, http2::ErrorCode::cancel));
  }
  EXPECT_EQ(d.service.lives.begun, 2u);
  // Both are zombies now; two more streams may be open, but no handler runs for them.
  peer.says(unary(5, "Echo", "waits")).says(unary(7, "Echo", "is reset"));
  EXPECT_EQ(d.service.lives.begun, 2u);
  peer.says(frames().reset(7, http2::ErrorCode::cancel));
  d.loop().post([&d] { d.service.foreign.let_one_pass(); });
  d.settle();
  EXPECT_THAT(peer.answer(5).texts(), ElementsAre("waits"));
  EXPECT_EQ(d.service.lives.begun, 3u) << "what is reset while it waits is never run";
  EXPECT_TRUE(peer.answer(7).headers.empty());
  d.loop().post([&d] { d.service.foreign.let_one_pass(); });
  d.settle();
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Quota, ARapidResetNeverRunsMoreHandlersThanStreamsAreAllowed) {
  ServerDialogue d(two_at_once());
  Peer& peer = d.connect();
  for (std::uint32_t stream = 1; stream < 201; stream += 2) {
    peer.says(unary(stream, "WaitForeign", "x").reset(stream, http2::ErrorCode::cancel));
  }
  EXPECT_EQ(d.service.lives.begun, 2u);
  while (d.service.foreign.waiters() > 0) {
    d.loop().post([&d] { d.service.foreign.let_one_pass(); });
    d.settle();
  }
  EXPECT_EQ(d.service.lives.ended, 2u);
}

TEST(Quota, StreamsBeyondTheLimitAreRefusedAndTheOthersUnharmed) {
  ServerDialogue d(two_at_once());
  Peer& peer = d.connect();
  peer.says(call(1, "Chat").then(call(3, "Chat")).then(call(5, "Chat")));
  EXPECT_EQ(peer.answer(5).reset, http2::ErrorCode::refused_stream);
  peer.says(frames().data(1, message("a")).data(3, message("b")));
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("re: a"));
  EXPECT_THAT(peer.answer(3).texts(), ElementsAre("re: b"));
}

TEST(Quota, AQueuedStreamKeepsWhatItsClientHasSentMeanwhile) {
  ServerDialogue d(two_at_once());
  Peer& peer = d.connect();
  for (std::uint32_t stream : {1u, 3u}) {
    peer.says(unary(stream, "WaitForeign", "x"));
    peer.says(frames().reset(stream, http2::ErrorCode::cancel));
  }
  peer.says(call(5, "Join"));
  peer.says(frames().data(5, message("a") + message("b").substr(0, 3)));
  peer.says(frames().data(5, message("b").substr(3)).end_stream());
  while (d.service.foreign.waiters() > 0) {
    d.loop().post([&d] { d.service.foreign.let_one_pass(); });
    d.settle();
  }
  EXPECT_THAT(peer.answer(5).texts(), ElementsAre("a;b;"));
}

// The stream's window, and what it was lent, are free for the next stream as soon as it is reset (decision
// 0010): what came through them must not stay with a handler that cannot be unwound.
TEST(Quota, AHandlerThatOutlivesItsStreamHoldsNothingOfWhatItHasNotRead) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const auto fill = [&](std::uint32_t stream) {
    peer.says(call(stream, "ReadForeign").data(stream, message("first")));
    // A message and a piece of the next one.
    const std::string more = message(std::string(40'000, 'x'));
    for (std::size_t at : {std::size_t{0}, std::size_t{16'000}, std::size_t{32'000}})
      peer.says(frames().data(stream, more.substr(at, 16'000)));
    peer.says(frames().data(stream, more.substr(0, 16'000)));
  };
  fill(1);
  peer.says(frames().reset(1, http2::ErrorCode::cancel));
  const std::size_t before = live_memory();
  for (std::uint32_t stream = 3; stream < 43; stream += 2) {
    fill(stream);
    peer.says(frames().reset(stream, http2::ErrorCode::cancel));
  }
  EXPECT_EQ(d.service.foreign.waiters(), 21u) << "all of them run";
  EXPECT_LE(live_memory(), before + 20 * 8'000);
  for (int i = 0; i < 21; ++i) {
    d.loop().post([&d] { d.service.foreign.let_one_pass(); });
    d.settle();
  }
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
  EXPECT_EQ(d.service.lives.begun, d.service.lives.ended);
}

TEST(Connections, BeyondTheLimitAreClosedAtOnce) {
  ServerOptions options;
  options.max_connections = 1;
  ServerDialogue d(options);
  Peer& first = d.connect();
  Peer& second = d.connect();
  EXPECT_TRUE(second.closed());
  first.says(unary(1, "Echo", "x"));
  EXPECT_EQ(first.answer(1).status(), "0");
  first.disconnects();
  Peer& third = d.connect();
  third.says(unary(1, "Echo", "x"));
  EXPECT_EQ(third.answer(1).status(), "0");
}

TEST(Backpressure, AHandlerIsHeldWhileItsClientDoesNotRead) {
  ServerDialogue d;
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 0}});
  peer.says(unary(1, "Flood", "100"));
  EXPECT_LE(d.service.written, 8u) << "64 KiB of 10,000-byte replies";
  EXPECT_EQ(d.service.lives.ended, 0u);
  const std::size_t held = d.service.written;
  peer.says(frames().window_update(1, 40'000));
  EXPECT_GT(d.service.written, held);
  EXPECT_LE(d.service.written, held + 5);
  peer.says(frames().window_update(1, 10'000'000).window_update(0, 10'000'000));
  EXPECT_EQ(d.service.written, 100u);
  EXPECT_EQ(peer.answer(1).texts().size(), 100u);
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST(Backpressure, TrailersWaitBehindTheDataOfAHandlerThatHasReturned) {
  ServerDialogue d;
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 0}});
  peer.says(unary(1, "Echo", std::string(10'000, 'y')));
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
  EXPECT_FALSE(peer.answer(1).ended);
  peer.says(frames().window_update(1, 100'000));
  ASSERT_EQ(peer.answer(1).texts().size(), 1u);
  EXPECT_EQ(peer.answer(1).texts()[0].size(), 10'000u);
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST(Backpressure, AClientIsGrantedWindowOnlyAsItsMessagesAreRead) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string large = message(std::string(30'000, 'z'));
  peer.says(call(1, "SlowReader").data(1, large.substr(0, 16'000)).data(1, large.substr(16'000)));
  peer.says(frames().data(1, large.substr(0, 16'000)).data(1, large.substr(16'000)));
  EXPECT_EQ(peer.window_granted(1), 0u);
  d.service.gate.open();
  d.settle();
  EXPECT_GE(peer.window_granted(1), 60'000u);
  peer.says(frames().data(1).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("60000"));
}

/// Sends as much of `bytes` from `sent` on as the stream's window allows.
void send_within_window(Peer& peer, std::uint32_t stream, std::string_view bytes, std::size_t& sent) {
  for (;;) {
    const std::size_t window = 65'535 + peer.window_granted(stream) - sent;
    const std::size_t portion = std::min({bytes.size() - sent, window, std::size_t{16'000}});
    if (portion == 0) return;
    peer.says(frames().data(stream, bytes.substr(sent, portion)));
    sent += portion;
  }
}

TEST(Assembly, AMessageLargerThanTheWindowArrivesBecauseItIsWaitedFor) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string large = message(std::string(1'000'000, 'z'));
  for (const char* method : {"Echo", "Join"}) {
    const std::uint32_t stream = *method == 'E' ? 1 : 3;
    peer.says(call(stream, method));
    std::size_t sent = 0;
    send_within_window(peer, stream, large, sent);
    ASSERT_EQ(sent, large.size()) << method;
    peer.says(
        frames().data(stream).end_stream().window_update(stream, 2'000'000).window_update(0, 2'000'000));
    ASSERT_EQ(peer.answer(stream).texts().size(), 1u);
    EXPECT_GE(peer.answer(stream).texts()[0].size(), 1'000'000u);
  }
}

TEST(Assembly, BeyondTheBudgetOnlyTheOldestMessageGrows) {
  ServerOptions options;
  options.message_assembly_budget = 200'000;
  ServerDialogue d(options);
  Peer& peer = d.connect();
  const std::string large = message(std::string(1'000'000, 'z'));
  std::vector<std::size_t> sent(3);
  for (std::uint32_t i = 0; i < 3; ++i) peer.says(call(2 * i + 1, "Echo"));
  // All three in turn, as far as they are let.
  for (int round = 0; round < 10; ++round) {
    for (std::uint32_t i = 0; i < 3; ++i) {
      const std::size_t window = 65'535 + peer.window_granted(2 * i + 1) - sent[i];
      const std::size_t portion = std::min({large.size() - sent[i], window, std::size_t{16'000}});
      if (portion > 0) peer.says(frames().data(2 * i + 1, large.substr(sent[i], portion)));
      sent[i] += portion;
    }
  }
  send_within_window(peer, 3, large, sent[1]);
  send_within_window(peer, 5, large, sent[2]);
  EXPECT_LE(sent[0] + sent[1] + sent[2], 200'000u + 3 * 65'535);
  send_within_window(peer, 1, large, sent[0]);
  EXPECT_EQ(sent[0], large.size()) << "the oldest is always let";
  peer.says(frames().data(1).end_stream());
  EXPECT_EQ(d.service.lives.ended, 1u);
  // Now there is room for the next.
  send_within_window(peer, 3, large, sent[1]);
  EXPECT_EQ(sent[1], large.size());
  peer.says(frames().data(3).end_stream());
  send_within_window(peer, 5, large, sent[2]);
  peer.says(frames().data(5).end_stream());
  EXPECT_EQ(d.service.lives.ended, 3u);
}

TEST(Assembly, AMessageThatStopsGrowingIsGivenUp) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Echo").data(1, message("hello").substr(0, 8)));
  peer.says(call(3, "Join").data(3, message("hello").substr(0, 8)));
  d.after(40s);
  peer.says(frames().data(3, message("hello").substr(8, 1)));
  d.after(30s);
  EXPECT_EQ(peer.answer(1).status(), "8");
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  EXPECT_FALSE(peer.answer(3).ended) << "it has grown in between";
  d.after(40s);
  EXPECT_EQ(peer.answer(3).status(), "8");
  EXPECT_EQ(d.service.lives.begun, d.service.lives.ended);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Assembly, AMessageThatStopsGrowingIsGivenUpInTheSameWayAfterTheResponseHasBegun) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Greet").data(1, message("hello").substr(0, 8)));
  EXPECT_EQ(peer.answer(1).header("x-hello"), "you");
  // The connection's window is used up by somebody else, and trailers do not stand in his line.
  peer.says(unary(3, "Flood", "20").window_update(3, 1'000'000));
  d.after(61s);
  EXPECT_EQ(peer.answer(1).status(), "8");
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  EXPECT_FALSE(peer.answer(3).ended);
}

TEST(Assembly, AMessageThatStopsGrowingIsGivenUpThoughItsReaderKeepsAskingAnew) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Impatient").data(1, message("hello").substr(0, 8)));
  d.after(40s);
  peer.says(frames().data(1, message("hello").substr(8, 1)));
  d.after(40s);
  EXPECT_FALSE(peer.answer(1).ended) << "it has grown in between";
  peer.says(frames().data(1));  // which brings nothing
  d.after(25s);
  EXPECT_EQ(peer.answer(1).status(), "8");
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Assembly, AMessageThatNobodyWaitsForAtPresentIsNotGivenUp) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string hello = message("hello");
  peer.says(call(1, "Impatient").field("x-then", "gate").data(1, hello.substr(0, 8)));
  d.after(2s);
  EXPECT_TRUE(d.service.gate.has_waiter());
  d.after(1h);
  EXPECT_FALSE(peer.answer(1).ended) << "its client may well wait for window";
  d.loop().post([&d] { d.service.gate.open(); });
  d.after(30s);
  EXPECT_FALSE(peer.answer(1).ended);
  peer.says(frames().data(1, hello.substr(8)).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("5"));
}

TEST(Assembly, ReadersThatKeepAskingAnewDoNotExceedTheBudget) {
  ServerOptions options;
  options.message_assembly_budget = 200'000;
  options.message_stall_timeout = 1h;
  ServerDialogue d(options);
  Peer& peer = d.connect();
  const std::string large = message(std::string(1'000'000, 'z'));
  constexpr std::uint32_t kStreams = 5;
  std::vector<std::size_t> sent(kStreams);
  for (std::uint32_t i = 0; i < kStreams; ++i) peer.says(call(2 * i + 1, "Impatient"));
  send_within_window(peer, 1, std::string_view(large).substr(0, 100), sent[0]);
  for (int round = 0; round < 20; ++round) {
    // All but the oldest, which would be let.
    for (std::uint32_t i = 1; i < kStreams; ++i) send_within_window(peer, 2 * i + 1, large, sent[i]);
    d.after(2s);
  }
  std::size_t all = 0;
  for (const std::size_t bytes : sent) all += bytes;
  EXPECT_LE(all, 200'000u + kStreams * 65'535);
  // Those that were starved are served in the end.
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    send_within_window(peer, 2 * i + 1, large, sent[i]);
    EXPECT_EQ(sent[i], large.size()) << i;
    peer.says(frames().data(2 * i + 1).end_stream());
    EXPECT_THAT(peer.answer(2 * i + 1).texts(), ElementsAre("1000000")) << i;
  }
}

TEST(Assembly, AStreamThatIsIdleBetweenMessagesIsLeftAlone) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat").data(1, message("one")));
  d.after(1h);
  peer.says(frames().data(1, message("two")).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("re: one", "re: two"));
}

}  // namespace
}  // namespace farcall::server::tests
