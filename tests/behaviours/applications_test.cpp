// What applications do to a call: items 76 to 80 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/any.hpp>
#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

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
  Channel channel(server.target());
  EXPECT_TRUE(outcome(say(channel, "warm")).ok());
  {
    // On a loop of its own: the channel, with the call, outlives the task.
    Runtime runtime;
    std::promise<void> begun;
    runtime.spawn(awaits_a_call(channel, begun, resumed));
    outcome(begun.get_future());
  }
  EXPECT_EQ(shown(outcome(say(channel, "and on"))), "and on");
  EXPECT_FALSE(resumed);
}

/// The call is a loser, and its task destroyed at once.
Task<Result<Text>> prefers_the_quick(Channel& channel, std::promise<void>& begun,
                                     std::atomic<bool>& resumed) {
  Op<Result<Text>> quick = say(channel, "quick");
  auto first = co_await any(awaits_a_call(channel, begun, resumed), std::move(quick));
  if (first.index() == 0) co_return Status::internal("the held call has ended first");
  co_return std::get<1>(std::move(first));
}

TEST(Applications, ATaskThatIsGivenUpWhileItAwaitsACallFreesTheCallsPlace) {
  ServerOptions options;
  options.max_concurrent_streams = 2;
  LiveServer server(options);
  Runtime runtime;
  Channel channel(runtime, server.target());
  for (int i = 0; i < 5; ++i) {
    std::atomic<bool> resumed{false};
    std::promise<void> begun;
    EXPECT_EQ(shown(runtime.block_on(prefers_the_quick(channel, begun, resumed))), "quick");
    EXPECT_EQ(shown(outcome(say(channel, "and on"))), "and on");
    EXPECT_FALSE(resumed);
  }
}

ClientWriter<Text, Text> ignored(Channel& channel) {
  static constexpr codegen::ClientMethod kMethod("/test.Speech/Ignore", MethodKind::client_streaming);
  return codegen::call_client_streaming<Text, Text>(channel, kMethod, CallOptions());
}

TEST(Applications, AMethodThatNeverReadsHoldsItsClientUntilTheCallIsCancelled) {
  ServerOptions options;
  options.max_concurrent_streams = 2;
  LiveServer server(options);
  Channel channel(server.target());
  ClientWriter<Text, Text> writer = ignored(channel);
  const Text large = text(std::string(100'000, 'w'));
  std::future<WriteResult> write;
  int accepted = -1;
  do {
    ++accepted;
    write = begin(writer.write(large));
    // Whatever can be sent is on its way by the time that these have been answered on the same connection.
    for (int i = 0; i < 20 && write.wait_for(0s) != std::future_status::ready; ++i) {
      EXPECT_EQ(shown(outcome(say(channel, "meanwhile"))), "meanwhile");
    }
  } while (accepted < 100 && write.wait_for(0s) == std::future_status::ready &&
           write.get() == WriteResult::accepted);
  ASSERT_LT(accepted, 100) << "10 MB went to a handler that reads nothing";
  ASSERT_TRUE(write.valid()) << "the call has ended instead of waiting";

  // No place is left, until the first call gives its up.
  ClientWriter<Text, Text> other = ignored(channel);
  EXPECT_EQ(outcome(other.write(text("x"))), WriteResult::accepted);
  std::future<Result<Text>> third = begin(say(channel, "third"));
  EXPECT_NE(third.wait_for(0s), std::future_status::ready);
  writer.cancel();
  EXPECT_EQ(outcome(write), WriteResult::call_ended);
  EXPECT_EQ(outcome(writer.finish()).status().code(), StatusCode::cancelled);
  EXPECT_EQ(shown(outcome(third)), "third");
}

TEST(Applications, WhoeverStreamsToAMethodThatDoesNotExistIsStopped) {
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
