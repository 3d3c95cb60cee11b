// What connections and streams hold while nothing happens on them, and what a large message takes.

#include "http2/stream/stream.hpp"
#include "live_memory.hpp"
#include "server_dialogue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace farcall::server::tests {
namespace {

using testing::frames;
using ::testing::Test;
using namespace std::chrono_literals;

/// A client without memory of its own: it says what the test holds, and what it hears is gone.
class Mute final : public net::ByteStream {
 public:
  explicit Mute(net::Loop& loop) : loop_(loop) {}

  void says(std::string_view bytes) {
    said_ = bytes;
    loop_.post([this] { observer_->on_readable(); });
  }

  void set_observer(net::ReadinessObserver& observer) override { observer_ = &observer; }
  net::IoResult read(std::span<std::byte> into) override {
    if (said_.empty()) return {net::IoOutcome::would_block, 0, {}};
    const std::size_t size = std::min(into.size(), said_.size());
    std::memcpy(into.data(), said_.data(), size);
    said_.remove_prefix(size);
    return {net::IoOutcome::done, size, {}};
  }
  net::IoResult write(std::span<const base::ByteView> gather) override {
    std::size_t size = 0;
    for (const base::ByteView& piece : gather) size += piece.size();
    return {net::IoOutcome::done, size, {}};
  }
  void wait_readable() override {}
  void wait_writable() override {}
  void shutdown_send() override {}
  void close() override {}
  std::string peer() const override { return "ipv4:203.0.113.195:50051"; }

 private:
  net::Loop& loop_;
  net::ReadinessObserver* observer_ = nullptr;
  std::string_view said_;
};

class IdleMemory : public Test {
 protected:
  Mute& connect() {
    auto stream = std::make_unique<Mute>(d.loop());
    Mute& client = *stream;
    d.shard().serve(std::move(stream));
    says(client, hello_);
    return client;
  }
  void says(Mute& client, const testing::FrameScript& script) {
    const std::string bytes = script.bytes();
    client.says(bytes);
    d.settle();
  }
  /// A busy client: some calls one after the other, then `streams` at once, which the client gives up.
  void work(Mute& client, std::uint32_t streams) {
    for (std::uint32_t id = 1; id < 9; id += 2) says(client, unary(id, "Echo", "hello"));
    for (std::uint32_t i = 0; i < streams; ++i) says(client, call(11 + 2 * i, "Join"));
    for (std::uint32_t i = 0; i < streams; ++i) {
      says(client, frames().reset(11 + 2 * i, http2::ErrorCode::cancel));
    }
  }

  ServerDialogue d;
  std::uint32_t next_ = 1;
  const testing::FrameScript hello_ = frames().preface().settings({}).settings_ack();
};

TEST_F(IdleMemory, OfAConnectionThatHasCarriedCallsIsAtMostFourKilobytes) {
  work(connect(), 0);
  d.after(2s);
  constexpr std::size_t kConnections = 100;
  const std::size_t before = live_memory();
  for (std::size_t i = 0; i < kConnections; ++i) work(connect(), 0);
  EXPECT_EQ(d.service.lives.ended, d.service.lives.begun);
  d.after(2s);
  EXPECT_LE((live_memory() - before) / kConnections, 4096u);
}

TEST_F(IdleMemory, IsTheSameWhenAHundredStreamsWereOpenBefore) {
  work(connect(), 100);
  d.after(2s);
  constexpr std::size_t kConnections = 10;
  const std::size_t before = live_memory();
  for (std::size_t i = 0; i < kConnections; ++i) work(connect(), 100);
  d.after(2s);
  EXPECT_LE((live_memory() - before) / kConnections, 6 * 1024u)
      << "four kilobytes, how the last streams ended, and a pointer for each stream there was at once";
}

TEST_F(IdleMemory, OfAnOpenStreamIsAtMostOneKilobyte) {
  Mute& first = connect();
  work(first, 0);
  Mute& second = connect();
  work(second, 0);
  d.after(2s);
  constexpr std::uint32_t kStreams = 96;
  const std::size_t before = live_memory();
  for (std::uint32_t i = 0; i < kStreams; ++i) says(second, call(11 + 2 * i, "Join"));
  d.after(2s);
  EXPECT_EQ(d.shard().calls_in_use(), kStreams);
  const std::size_t open = live_memory();
  EXPECT_LE((open - before) / kStreams, 1024u);

  // Nor does one hold more that has received requests, however they came, and used them.
  const std::string requests = message("one") + message("two");
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    says(second, frames().data(11 + 2 * i, requests.substr(0, 11)));
    says(second, frames().data(11 + 2 * i, requests.substr(11)));
  }
  d.after(2s);
  EXPECT_LE(live_memory(), open + 1024u);
  // What has come of a request that is not complete is kept.
  for (std::uint32_t i = 0; i < kStreams; ++i) says(second, frames().data(11 + 2 * i, requests.substr(0, 3)));
  d.after(2s);
  EXPECT_GT(live_memory(), open + kStreams * sizeof(Incoming) / 2);
}

// The client has said all it has to say, and listens.
TEST_F(IdleMemory, OfAnOpenStreamIsNoMoreWhenItsClientHasHalfClosed) {
  Mute& first = connect();
  work(first, 0);
  Mute& second = connect();
  work(second, 0);
  d.after(2s);
  constexpr std::uint32_t kStreams = 96;
  const std::size_t before = live_memory();
  for (std::uint32_t i = 0; i < kStreams; ++i) {
    const std::uint32_t id = 11 + 2 * i;
    says(second, call(id, "Listen"));
    says(second, frames().data(id, message("one")).end_stream());
  }
  d.after(2s);
  EXPECT_EQ(d.shard().calls_in_use(), kStreams);
  EXPECT_LE((live_memory() - before) / kStreams, 1024u);
}

// The request's bytes go before the handler begins, and the request before the reply is serialized.
TEST_F(IdleMemory, OfACallIsNeverMoreThanTwoMessages) {
  constexpr std::size_t kSize = 30'000;  // less than a loop keeps for the next
  const std::string large = message(std::string(kSize, 'x'));
  Mute& client = connect();
  says(client, frames().settings({{testing::Setting::initial_window_size, 0}}));
  std::size_t most = 0;
  for (const std::uint32_t id : {1u, 3u, 5u}) {
    says(client, call(id, "Echo").data(id, large.substr(0, 16'000)));
    says(client, frames().data(id, large.substr(16'000)));
    const std::size_t before = live_memory();
    static_cast<void>(take_most_live_memory());
    says(client, frames().data(id).end_stream());
    most = take_most_live_memory() - before;  // the first make room in the connection
    EXPECT_GE(live_memory(), before) << "the reply waits for a window";
  }
  EXPECT_EQ(d.service.lives.ended, 3u);
  EXPECT_LE(most, kSize + kSize / 4) << "beside the assembled request";
}

TEST_F(IdleMemory, OfCallsThatNobodyNeedsAnyMoreIsGivenBack) {
  std::vector<Mute*> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(&connect());
  const auto open_and_reset = [&] {
    for (Mute* client : clients) {
      for (std::uint32_t i = 0; i < 96; ++i) says(*client, call(next_ + 2 * i, "Join"));
    }
    EXPECT_EQ(d.shard().calls_in_use(), 960u);
    for (Mute* client : clients) {
      for (std::uint32_t i = 0; i < 96; ++i) {
        says(*client, frames().reset(next_ + 2 * i, http2::ErrorCode::cancel));
      }
    }
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
    next_ += 192;
  };
  open_and_reset();
  const std::size_t busy = live_memory();
  d.after(500ms);
  open_and_reset();
  d.after(3s);
  const std::size_t freed = 960 * sizeof(http2::Stream) + 800 * sizeof(Call);
  EXPECT_LT(live_memory(), busy - freed) << "the shard keeps 128 calls of 960";
  open_and_reset();
}

TEST_F(IdleMemory, OfAConnectionThatOnlyPausesStays) {
  Mute& client = connect();
  work(client, 0);
  d.after(2s);
  const std::size_t at_rest = live_memory();
  says(client, unary(11, "Echo", "hello"));
  d.after(900ms);
  EXPECT_GT(live_memory(), at_rest) << "the next call needs it again";
  says(client, unary(13, "Echo", "hello"));
  d.after(900ms);
  EXPECT_GT(live_memory(), at_rest);
  d.after(200ms);
  EXPECT_LE(live_memory(), at_rest + 64) << "how two more streams ended";
}

}  // namespace
}  // namespace farcall::server::tests
