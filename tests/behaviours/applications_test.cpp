// What applications do to a call: items 76 to 80 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace farcall::client_test {
namespace {

using behaviours::LiveServer;
using testing::frames;
using testing::FrameType;

/// How far the server lets a call come before its object is destroyed.
enum class Moment { connecting, sent, headers, half_a_message, message, trailers };

/// Destroys a stream at that moment, with a read and an initial_metadata under way; how often their
/// callbacks were called.
int callbacks_of_a_stream_destroyed(Moment moment) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  auto callbacks = std::make_shared<std::atomic<int>>(0);
  auto stream = std::make_unique<ClientStream<Text, Text>>(chat(*channel));
  WireConnection server = peer.accept_silently();
  if (moment != Moment::connecting) {
    server.says(frames().settings());
    server.hears(FrameType::headers);
  }
  if (moment == Moment::headers) server.says(good_headers(1));
  if (moment == Moment::half_a_message) server.says(good_headers(1).data(1, message("half").substr(0, 7)));
  if (moment == Moment::message) server.says(good_headers(1).data(1, message("one")));
  if (moment == Moment::trailers) server.says(reply(1, "one"));
  std::promise<void> read;
  std::promise<void> headers;
  stream->read().then([callbacks, &read](std::optional<Text>) {
    if (++*callbacks <= 2) read.set_value();
  });
  stream->initial_metadata().then([callbacks, &headers](Metadata) {
    if (++*callbacks <= 2) headers.set_value();
  });
  stream.reset();
  outcome(read.get_future());
  outcome(headers.get_future());
  channel.reset();
  return *callbacks;
}

TEST(Applications, AStreamDestroyedAtAnyMomentCompletesItsOperationsOnce) {
  for (const Moment moment : {Moment::connecting, Moment::sent, Moment::headers, Moment::half_a_message,
                              Moment::message, Moment::trailers}) {
    EXPECT_EQ(callbacks_of_a_stream_destroyed(moment), 2) << static_cast<int>(moment);
  }
}

Task<void> awaits_a_call(Channel& channel, std::promise<void>& begun, std::atomic<bool>& resumed) {
  begun.set_value();
  static_cast<void>(co_await say(channel, "hold"));
  resumed = true;
}

TEST(Applications, ATaskDestroyedWhileItAwaitsACallHearsNothingMore) {
  LiveServer server;
  std::atomic<bool> resumed{false};
  auto runtime = std::make_unique<Runtime>();
  auto channel = std::make_unique<Channel>(*runtime, server.target());
  EXPECT_TRUE(outcome(say(*channel, "warm")).ok());
  std::promise<void> begun;
  runtime->spawn(awaits_a_call(*channel, begun, resumed));
  outcome(begun.get_future());
  channel.reset();
  runtime.reset();
  // Whether it was told of the channel's end or destroyed before, it is over, and the server serves on.
  Channel other(server.target());
  EXPECT_EQ(shown(outcome(say(other, "and on"))), "and on");
}

TEST(Applications, AMethodThatNeverReadsEndsTheCallOfWhoeverSends) {
  LiveServer server;
  Channel channel(server.target());
  static constexpr codegen::ClientMethod kMethod("/test.Speech/NoSuch", MethodKind::client_streaming);
  ClientWriter<Text, Text> writer =
      codegen::call_client_streaming<Text, Text>(channel, kMethod, CallOptions());
  const std::string large(100'000, 'w');
  WriteResult result = WriteResult::accepted;
  for (int i = 0; i < 1000 && result == WriteResult::accepted; ++i)
    result = outcome(writer.write(text(large)));
  EXPECT_EQ(result, WriteResult::call_ended);
  EXPECT_EQ(outcome(writer.finish()).status().code(), StatusCode::unimplemented);
  EXPECT_EQ(shown(outcome(say(channel, "unharmed"))), "unharmed");
}

TEST(Applications, AFailFastCallFailsAtOnceAndAWaitingOneAtItsDeadline) {
  WirePeer peer;
  peer.stop_listening();
  TimedChannel channel(peer.target());
  EXPECT_EQ(outcome(channel.say("impatient")).status().code(), StatusCode::unavailable);
  EXPECT_EQ(channel.state(), ConnectivityState::transient_failure);
  EXPECT_EQ(outcome(channel.say("impatient")).status().code(), StatusCode::unavailable);
  CallOptions options;
  options.wait_for_ready().deadline(TimedChannel::now() + 100ms);
  std::future<Result<Text>> patient = begin(channel.say("patient", std::move(options)));
  channel.advance(99ms);
  EXPECT_NE(patient.wait_for(0s), std::future_status::ready);
  channel.advance(2ms);
  EXPECT_EQ(outcome(patient).status().code(), StatusCode::deadline_exceeded);
}

}  // namespace
}  // namespace farcall::client_test
