// What the server provably did not see is sent again; what it may have seen is not (gRFC A6, RFC 9113 §8.7).

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace farcall::client_test {
namespace {

using http2::ErrorCode;
using testing::frames;
using testing::FrameType;
using ::testing::HasSubstr;

TEST(TransparentRetry, RepeatsARefusedCallOnce) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(frames().reset(1, ErrorCode::refused_stream));
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), "hello");
  server.says(reply(3, "second time lucky"));
  EXPECT_EQ(shown(outcome(answer)), "second time lucky");

  answer = begin(say(channel, "again"));
  server.skips_to(FrameType::data, 5);
  server.says(frames().reset(5, ErrorCode::refused_stream));
  server.skips_to(FrameType::data, 7);
  server.says(frames().reset(7, ErrorCode::refused_stream));
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
}

TEST(TransparentRetry, RepeatsAStreamWithTheMessagesItHasSent) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientStream<Text, Text> stream = chat(channel);
  std::future<WriteResult> written = begin(stream.write(text("one")));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  EXPECT_EQ(outcome(written), WriteResult::accepted);
  server.says(frames().reset(1, ErrorCode::refused_stream));
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), "one");
  EXPECT_EQ(outcome(stream.write(text("two"))), WriteResult::accepted);
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), "two");
}

TEST(TransparentRetry, DoesNotRepeatACallWhoseResponseHasBegun) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).reset(1, ErrorCode::refused_stream));
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
}

TEST(TransparentRetry, DoesNotRepeatACallThatALostConnectionMayHaveDelivered) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.close();
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
}

TEST(TransparentRetry, DoesNotKeepMoreOfACallThanItsLimit) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, std::string(300'000, 'x')));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(frames().reset(1, ErrorCode::refused_stream));
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
}

TEST(GoAway, MovesNewCallsToANewConnectionWhileTheOldOnesGoOn) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "one"));
  WireConnection old_server = peer.accept();
  old_server.skips_to(FrameType::data, 1);
  old_server.says(frames().go_away(testing::kMaxWindow, ErrorCode::no_error, "max_age").ping(1));
  EXPECT_TRUE(old_server.skips_to(FrameType::ping, 0).ack());

  std::future<Result<Text>> second = begin(say(channel, "two"));
  WireConnection new_server = peer.accept();
  new_server.skips_to(FrameType::data, 1);
  new_server.says(reply(1, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");

  old_server.says(frames().go_away(1, ErrorCode::no_error, "max_age").then(reply(1, "1")));
  EXPECT_EQ(shown(outcome(first)), "1");
  old_server.hears_end();
}

TEST(GoAway, RepeatsWhatTheServerSaysItHasNotSeen) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "one"));
  WireConnection old_server = peer.accept();
  old_server.skips_to(FrameType::data, 1);
  std::future<Result<Text>> second = begin(say(channel, "two"));
  old_server.skips_to(FrameType::data, 3);
  old_server.says(frames().go_away(1, ErrorCode::no_error));

  WireConnection new_server = peer.accept();
  EXPECT_EQ(text_in(new_server.skips_to(FrameType::data, 1).payload), "two");
  new_server.says(reply(1, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");
  old_server.says(reply(1, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
}

TEST(GoAway, OverOurPingsDoublesTheKeepaliveTimeUpToADay) {
  WirePeer peer;
  ChannelOptions options;
  options.keepalive_time = std::chrono::hours(20);
  options.idle_timeout = ChannelOptions::kNever;
  TimedChannel channel(peer.target(), options);
  std::future<Result<Text>> first = begin(channel.say("one"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "1").then(frames().go_away(1, ErrorCode::enhance_your_calm, "too_many_pings")));
  EXPECT_EQ(shown(outcome(first)), "1");
  server.hears_end();
  std::future<Result<Text>> second = begin(channel.say("two"));
  WireConnection next = peer.accept();
  next.says(frames().settings_ack());
  next.skips_to(FrameType::data, 1);
  channel.settle();
  channel.advance(std::chrono::hours(25));
  next.skips_to(FrameType::ping, 0);
}

TEST(GoAway, IsNamedByTheCallsThatItCuts) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "one"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(frames().go_away(1, ErrorCode::enhance_your_calm, "too_many_pings"));
  server.close();
  const Status status = outcome(answer).status();
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), HasSubstr("ENHANCE_YOUR_CALM"));
  EXPECT_THAT(status.message(), HasSubstr("too_many_pings"));
}

}  // namespace
}  // namespace farcall::client_test
