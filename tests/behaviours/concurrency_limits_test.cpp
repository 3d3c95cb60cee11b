// Settings that come late or never, and limits on concurrent calls: items 22 to 28 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace farcall::client_test {
namespace {

using testing::frames;
using testing::FrameType;
using testing::Setting;

/// Nothing but what was asked for lies between here and the answer to a PING.
void expect_quiet(WireConnection& server, std::uint64_t payload) {
  server.says(frames().ping(payload));
  const testing::Frame frame = server.hears(FrameType::ping);
  EXPECT_EQ(frame.opaque(), payload);
}

TEST(ConcurrencyLimits, ACallWaitsForTheSettingsOfASilentServerUntilItsDeadline) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  CallOptions options;
  options.deadline(TimedChannel::now() + 5s);
  std::future<Result<Text>> answer = begin(channel.say("hello", std::move(options)));
  WireConnection server = peer.accept_silently();
  EXPECT_EQ(channel.state(), ConnectivityState::connecting);
  channel.advance(5s);
  const Status status = outcome(answer).status();
  EXPECT_EQ(status.code(), StatusCode::deadline_exceeded);
  EXPECT_THAT(status.message(), HasSubstr("connection"));
  EXPECT_EQ(channel.state(), ConnectivityState::connecting);
}

TEST(ConcurrencyLimits, ALimitLoweredBelowWhatIsOpenLetsNoneBeginUntilEnoughHaveEnded) {
  WirePeer peer;
  Channel channel(peer.target());
  std::vector<std::future<Result<Text>>> answers;
  for (const char* words : {"one", "two", "three"}) answers.push_back(begin(say(channel, words)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 5);
  server.says(frames().settings({{Setting::max_concurrent_streams, 1}}));
  EXPECT_TRUE(server.skips_to(FrameType::settings, 0).ack());
  answers.push_back(begin(say(channel, "four")));
  server.says(reply(1, "1"));
  EXPECT_EQ(shown(outcome(answers[0])), "1");
  server.says(reply(3, "2"));
  EXPECT_EQ(shown(outcome(answers[1])), "2");
  expect_quiet(server, 1);  // one is open, and one is allowed
  server.says(reply(5, "3"));
  EXPECT_EQ(shown(outcome(answers[2])), "3");
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 7).payload), "four");
  server.says(reply(7, "4"));
  EXPECT_EQ(shown(outcome(answers[3])), "4");
}

TEST(ConcurrencyLimits, ALimitThatIsNotNamedIsNoneAndAnEmptySettingsFrameChangesNothing) {
  WirePeer peer;
  Channel channel(peer.target());
  std::vector<std::future<Result<Text>>> answers;
  for (int i = 0; i < 150; ++i) answers.push_back(begin(say(channel, "all at once")));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 299);
  for (std::uint32_t stream = 1; stream < 300; stream += 2) server.says(reply(stream, "ok"));
  for (auto& answer : answers) EXPECT_EQ(shown(outcome(answer)), "ok");

  server.says(frames().settings({{Setting::max_concurrent_streams, 1}}).settings());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(server.skips_to(FrameType::settings, 0).ack());
  std::future<Result<Text>> first = begin(say(channel, "one"));
  server.skips_to(FrameType::data, 301);
  std::future<Result<Text>> second = begin(say(channel, "two"));
  expect_quiet(server, 1);
  server.says(reply(301, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
  server.skips_to(FrameType::data, 303);
  server.says(reply(303, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");
}

TEST(ConcurrencyLimits, CallsBeyondTheLimitOfARealServerAllSucceed) {
  ServerOptions options;
  options.max_concurrent_streams = 1;
  behaviours::LiveServer server(options);
  Channel channel(server.target());
  std::vector<std::future<Result<Text>>> answers;
  for (int i = 0; i < 100; ++i) answers.push_back(begin(say(channel, std::to_string(i))));
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(shown(outcome(answers[i])), std::to_string(i));
}

TEST(ConcurrencyLimits, PingsAreAnsweredWhileTheClientMaySendNothing) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  WireConnection server = peer.accept({{Setting::initial_window_size, 0}});
  server.hears(FrameType::headers);
  EXPECT_EQ(outcome(writer.write(text("blocked"))), WriteResult::accepted);
  for (std::uint64_t payload : {1U, 2U, 3U}) expect_quiet(server, payload);
  server.says(frames().window_update(1, 1000));
  EXPECT_EQ(text_in(server.hears(FrameType::data).payload), "blocked");
}

}  // namespace
}  // namespace farcall::client_test
