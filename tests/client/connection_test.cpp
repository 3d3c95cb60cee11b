// How a channel finds, keeps and loses its server.

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using testing::frames;
using testing::FrameType;
using ::testing::HasSubstr;
using testing::Setting;

CallOptions patiently() {
  CallOptions options;
  options.wait_for_ready();
  return options;
}

TEST(Channel, ConnectsWithTheFirstCallAndKeepsTheConnection) {
  WirePeer peer;
  Channel channel(peer.target());
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
  EXPECT_EQ(channel.target(), peer.target());
  EXPECT_TRUE(channel.status().ok());

  std::future<Result<Text>> first = begin(say(channel, "one"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
  EXPECT_EQ(channel.state(), ConnectivityState::ready);

  std::future<Result<Text>> second = begin(say(channel, "two"));
  server.skips_to(FrameType::data, 3);
  server.says(reply(3, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");
}

TEST(Channel, SendsNoCallBeforeTheServerHasShownThatItSpeaksHttp2) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept_silently();
  EXPECT_THROW(
      {
        server.says(frames().ping(7));  // the first frame must be SETTINGS (RFC 9113 §3.4)
        server.hears(FrameType::headers);
      },
      std::runtime_error);
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
}

TEST(Channel, SaysSoWhenThePeerSpeaksHttp1) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept_silently();
  server.says_bytes("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  const Status status = outcome(answer).status();
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), HasSubstr(peer.target()));
  EXPECT_THAT(status.message(), HasSubstr("HTTP/2"));
}

TEST(Channel, FailsCallsWhenNobodyListens) {
  WirePeer peer;
  peer.stop_listening();
  Channel channel(peer.target());
  const Status status = outcome(say(channel, "hello")).status();
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_EQ(status.origin(), StatusOrigin::local);
  EXPECT_THAT(status.message(), HasSubstr(peer.target()));
  EXPECT_THAT(status.message(), HasSubstr("refused"));
  EXPECT_EQ(channel.state(), ConnectivityState::transient_failure);
}

TEST(Channel, TriesTheNextAddressOfItsTarget) {
  WirePeer absent;
  absent.stop_listening();
  WirePeer present;
  Channel channel("ipv4:" + absent.target() + "," + present.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = present.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "here"));
  EXPECT_EQ(shown(outcome(answer)), "here");
}

TEST(Channel, TellsWhatIsWrongWithATarget) {
  for (const char* target :
       {"", "localhost:notaport", "localhost:99999", "ipv4:nonsense", "unix:", "[::1", "ipv6:1.2.3.4"}) {
    Channel channel(target);
    EXPECT_FALSE(channel.status().ok()) << target;
    const Result<Text> result = outcome(say(channel, "hello", patiently()));
    EXPECT_EQ(result.status().code(), StatusCode::unavailable) << target;
    EXPECT_NE(result.status().message(), "") << target;
    EXPECT_EQ(result.status(), channel.status());
  }
}

TEST(Channel, FailsNewCallsUntilTheBackoffIsOverAndTriesAgainThen) {
  WirePeer peer;
  peer.stop_listening();
  TimedChannel channel(peer.target());
  EXPECT_EQ(outcome(channel.say("refused")).status().code(), StatusCode::unavailable);
  EXPECT_EQ(channel.state(), ConnectivityState::transient_failure);

  peer.listen();
  channel.advance(700ms);  // the first backoff is 1 s, give or take 20 %
  EXPECT_EQ(outcome(channel.say("too soon")).status().code(), StatusCode::unavailable);
  channel.advance(600ms);
  EXPECT_EQ(channel.state(), ConnectivityState::idle);

  std::future<Result<Text>> answer = begin(channel.say("again"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "welcome"));
  EXPECT_EQ(shown(outcome(answer)), "welcome");
}

struct Insistence {
  TimedChannel& channel;
  std::promise<void> refused;
  std::promise<std::string> answered;
  bool was_refused = false;

  void call() {
    channel.say("now?").then([this](Result<Text> answer) {
      if (answer.ok()) return answered.set_value(answer->value());
      if (answer.status().code() == StatusCode::cancelled) return;  // the channel goes
      if (!std::exchange(was_refused, true)) refused.set_value();
      call();
    });
  }
};

TEST(Channel, KeepsItsLoopGoingWhenSomebodyCallsAgainAtOnceAndForEver) {
  WirePeer peer;
  peer.stop_listening();
  TimedChannel channel(peer.target());
  Insistence insistence{channel, {}, {}};
  insistence.call();
  outcome(insistence.refused.get_future());
  peer.listen();
  channel.advance(1300ms);
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "yes"));
  EXPECT_EQ(outcome(insistence.answered.get_future()), "yes");
}

TEST(Channel, LetsACallWaitForTheServer) {
  WirePeer peer;
  peer.stop_listening();
  TimedChannel channel(peer.target());
  std::future<Result<Text>> answer = begin(channel.say("patient", patiently()));
  EXPECT_EQ(outcome(channel.say("impatient")).status().code(), StatusCode::unavailable);
  peer.listen();
  channel.advance(1300ms);
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "at last"));
  EXPECT_EQ(shown(outcome(answer)), "at last");
}

TEST(Channel, LetsACallWaitNoLongerThanItsDeadline) {
  WirePeer peer;
  peer.stop_listening();
  TimedChannel channel(peer.target());
  CallOptions options = patiently();
  options.deadline(TimedChannel::now() + 500ms);
  std::future<Result<Text>> answer = begin(channel.say("patient", std::move(options)));
  EXPECT_EQ(outcome(channel.say("impatient")).status().code(), StatusCode::unavailable);
  channel.advance(501ms);
  const Status status = outcome(answer).status();
  EXPECT_EQ(status.code(), StatusCode::deadline_exceeded);
  EXPECT_THAT(status.message(), HasSubstr("refused"));
}

TEST(Channel, GivesAConnectionUpThatDoesNotBecomeHttp2InTime) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  std::future<Result<Text>> answer = begin(channel.say("hello"));
  WireConnection server = peer.accept_silently();
  EXPECT_EQ(channel.state(), ConnectivityState::connecting);
  channel.advance(20s);
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
  server.hears_end();
}

TEST(Channel, ReportsAResetThatEchoesTheDeadlineAsTheDeadline) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  CallOptions options;
  options.deadline(TimedChannel::now() + 1s);
  std::future<Result<Text>> answer = begin(channel.say("slow", std::move(options)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  TimedChannel::move_clock(1s);
  server.says(frames().reset(1, http2::ErrorCode::cancel));
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::deadline_exceeded);
}

TEST(Channel, ReconnectsForTheNextCallAfterTheConnectionWasLost) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "one"));
  {
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    server.says(reply(1, "1"));
    EXPECT_EQ(shown(outcome(first)), "1");
    std::future<Result<Text>> second = begin(say(channel, "two"));
    server.skips_to(FrameType::data, 3);
    server.close();
    const Status status = outcome(second).status();
    EXPECT_EQ(status.code(), StatusCode::unavailable);
    EXPECT_THAT(status.message(), HasSubstr("lost"));
  }
  std::future<Result<Text>> third = begin(say(channel, "three"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "3"));
  EXPECT_EQ(shown(outcome(third)), "3");
}

TEST(Channel, BacksOffFromAServerThatAcceptsConnectionsOnlyToCloseThem) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(channel.state(), ConnectivityState::idle);
    std::future<Result<Text>> answer = begin(channel.say("hello"));
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    server.close();
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
  }
  EXPECT_EQ(channel.state(), ConnectivityState::transient_failure);
}

TEST(Channel, ReplacesAConnectionBeforeItsStreamIdsRunOut) {
  WirePeer peer;
  http2::Config engine;
  engine.first_stream_id = static_cast<std::uint32_t>(client::Session::kLastStreamId) - 1;
  TimedChannel channel(peer.target(), engine);
  std::future<Result<Text>> first = begin(channel.say("one"));
  WireConnection old_server = peer.accept();
  old_server.skips_to(FrameType::data, engine.first_stream_id);
  std::future<Result<Text>> second = begin(channel.say("two"));
  WireConnection new_server = peer.accept();
  new_server.skips_to(FrameType::data, engine.first_stream_id);
  new_server.says(reply(engine.first_stream_id, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");
  old_server.says(reply(engine.first_stream_id, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
  old_server.hears_end();
}

TEST(Channel, QueuesCallsAboveTheServersLimit) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "one"));
  WireConnection server = peer.accept({{Setting::max_concurrent_streams, 1}});
  server.skips_to(FrameType::data, 1);
  std::future<Result<Text>> second = begin(say(channel, "two"));
  std::future<Result<Text>> third = begin(say(channel, "three"));
  // Neither may come before the first has ended: what the server hears next is the second, after its reply.
  server.says(reply(1, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), "two");
  server.says(reply(3, "2"));
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 5).payload), "three");
  server.says(reply(5, "3"));
  EXPECT_EQ(shown(outcome(second)), "2");
  EXPECT_EQ(shown(outcome(third)), "3");
}

// The third call's stream takes the place of one of the others', whose events must all have been seen by
// then.
TEST(Channel, TellsEveryCallThatEndsInOneReadWhileAnotherWaits) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "one"));
  WireConnection server = peer.accept({{Setting::max_concurrent_streams, 2}});
  server.skips_to(FrameType::data, 1);
  std::uint32_t stream = 3;
  std::future<Result<Text>> second = begin(say(channel, "two"));
  server.skips_to(FrameType::data, stream);
  for (int round = 0; round < 4; ++round) {  // from the third on the answers are known by heart
    std::future<Result<Text>> third = begin(say(channel, "three"));
    server.says(reply(stream - 2, "1").then(reply(stream, "2")));
    EXPECT_EQ(shown(outcome(first)), "1");
    EXPECT_EQ(shown(outcome(second)), "2");
    EXPECT_EQ(text_in(server.skips_to(FrameType::data, stream + 2).payload), "three");
    first = std::move(third);
    second = begin(say(channel, "two"));
    server.skips_to(FrameType::data, stream + 4);
    stream += 4;
  }
  server.says(reply(stream - 2, "1").then(reply(stream, "2")));
  EXPECT_EQ(shown(outcome(first)), "1");
  EXPECT_EQ(shown(outcome(second)), "2");
}

TEST(Channel, FailsAQueuedCallAtItsDeadlineAndOpensTheNext) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  std::future<Result<Text>> first = begin(channel.say("one"));
  WireConnection server = peer.accept({{Setting::max_concurrent_streams, 1}});
  server.skips_to(FrameType::data, 1);
  CallOptions options;
  options.deadline(TimedChannel::now() + 1s);
  std::future<Result<Text>> second = begin(channel.say("two", std::move(options)));
  std::future<Result<Text>> third = begin(channel.say("three"));
  channel.advance(1s);
  EXPECT_EQ(outcome(second).status().code(), StatusCode::deadline_exceeded);
  server.says(reply(1, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), "three");
  server.says(reply(3, "3"));
  EXPECT_EQ(shown(outcome(third)), "3");
}

TEST(Channel, FreesTheSlotOfACancelledCall) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientStream<Text, Text> first = chat(channel);
  WireConnection server = peer.accept({{Setting::max_concurrent_streams, 1}});
  server.hears(FrameType::headers);
  std::future<Result<Text>> second = begin(say(channel, "two"));
  first.cancel();
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), http2::ErrorCode::cancel);
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), "two");
  server.says(reply(3, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");
}

}  // namespace
}  // namespace farcall::client_test
