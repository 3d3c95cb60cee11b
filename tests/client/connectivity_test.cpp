// What a channel says of its connection, and when it gives one up that nobody uses.

#include "client/connectivity.hpp"

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::frames;
using testing::FrameType;
using testing::Setting;
using enum ConnectivityState;

ChannelOptions idle_after(std::chrono::milliseconds time) {
  ChannelOptions options;
  options.idle_timeout = time;
  return options;
}

/// Asks again at once, every time; writes down what it is told.
struct Observer {
  std::vector<ConnectivityState> seen;

  template <class AnyChannel>
  void watch(AnyChannel& channel, ConnectivityState last) {
    channel.state_change(last).then([this, &channel](ConnectivityState state) {
      seen.push_back(state);
      if (state != shutdown) watch(channel, state);
    });
  }
};

/// One call, from its beginning to its reply.
void converse(TimedChannel& channel, WireConnection& server, std::uint32_t stream) {
  std::future<Result<Text>> answer = begin(channel.say("hello"));
  server.skips_to(FrameType::data, stream);
  server.says(reply(stream, "hi"));
  EXPECT_EQ(shown(outcome(answer)), "hi");
}

/// A connection that has done all it must, so that much time may pass on it.
WireConnection accepted(WirePeer& peer) {
  WireConnection server = peer.accept();
  server.says(frames().settings_ack());
  return server;
}

WireConnection connected(TimedChannel& channel, WirePeer& peer) {
  std::future<Result<Text>> answer = begin(channel.say("hello"));
  WireConnection server = accepted(peer);
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "hi"));
  EXPECT_EQ(shown(outcome(answer)), "hi");
  return server;
}

TEST(IdleTimeout, ClosesAConnectionThatNoCallHasUsedForHalfAnHour) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  WireConnection server = connected(channel, peer);
  channel.advance(30min - 1ms);
  EXPECT_EQ(channel.state(), ready);
  channel.advance(2ms);
  EXPECT_EQ(channel.state(), idle);
  EXPECT_EQ(server.hears(FrameType::go_away).code(), http2::ErrorCode::no_error);
  server.hears_end();

  WireConnection next = connected(channel, peer);
  EXPECT_EQ(channel.state(), ready);
}

TEST(IdleTimeout, CountsFromTheEndOfTheLastCall) {
  WirePeer peer;
  TimedChannel channel(peer.target(), idle_after(10min));
  WireConnection server = connected(channel, peer);
  channel.advance(9min);
  converse(channel, server, 3);
  channel.advance(9min);  // the first ten minutes are over
  EXPECT_EQ(channel.state(), ready);
  converse(channel, server, 5);
  channel.advance(10min - 1ms);
  EXPECT_EQ(channel.state(), ready);
  channel.advance(2ms);
  EXPECT_EQ(channel.state(), idle);
}

TEST(IdleTimeout, SparesAConnectionWithACall) {
  WirePeer peer;
  TimedChannel channel(peer.target(), idle_after(10min));
  std::future<Result<Text>> slow = begin(channel.say("take your time"));
  WireConnection server = accepted(peer);
  server.skips_to(FrameType::data, 1);
  channel.advance(1h);
  EXPECT_EQ(channel.state(), ready);
  server.says(reply(1, "now"));
  EXPECT_EQ(shown(outcome(slow)), "now");
  channel.advance(10min - 1ms);
  EXPECT_EQ(channel.state(), ready);
  channel.advance(2ms);
  EXPECT_EQ(channel.state(), idle);
}

TEST(IdleTimeout, CountsForAConnectionThatWasMadeWithoutACallToo) {
  WirePeer peer;
  TimedChannel channel(peer.target(), idle_after(10min));
  std::future<ConnectivityState> first = begin(channel.state_change(idle));
  channel.connect();
  EXPECT_EQ(outcome(first), connecting);
  std::future<ConnectivityState> second = begin(channel.state_change(connecting));
  WireConnection server = accepted(peer);
  EXPECT_EQ(outcome(second), ready);
  channel.advance(10min + 1ms);
  EXPECT_EQ(channel.state(), idle);
  server.hears_end();
}

TEST(IdleTimeout, MayBeNever) {
  WirePeer peer;
  TimedChannel channel(peer.target(), idle_after(ChannelOptions::kNever));
  WireConnection server = connected(channel, peer);
  channel.advance(24h * 365);
  EXPECT_EQ(channel.state(), ready);
  converse(channel, server, 3);
}

TEST(StateChange, ShowsEveryStateInItsOrder) {
  Observer observer;
  {
    WirePeer peer;
    TimedChannel channel(peer.target());
    observer.watch(channel, idle);
    {
      WireConnection server = connected(channel, peer);
      peer.stop_listening();
    }
    std::future<ConnectivityState> lost = begin(channel.state_change(ready));
    EXPECT_EQ(outcome(lost), idle);
    EXPECT_FALSE(outcome(channel.say("refused")).ok());
    EXPECT_EQ(channel.state(), transient_failure);
    channel.advance(2s);
  }
  EXPECT_THAT(observer.seen,
              ElementsAre(connecting, ready, idle, connecting, transient_failure, idle, shutdown));
}

TEST(StateChange, ShowsAlsoAStateThatIsLeftWithinTheSameTurn) {
  Observer observer;
  WirePeer peer;
  TimedChannel channel(peer.target());
  observer.watch(channel, idle);
  std::future<Result<Text>> first = begin(channel.say("one"));
  WireConnection server = peer.accept({{Setting::max_concurrent_streams, 1}});
  server.skips_to(FrameType::data, 1);
  std::future<Result<Text>> second = begin(channel.say("two"));
  channel.settle();
  server.says(frames().go_away(1, http2::ErrorCode::no_error));  // the second call moves at once
  WireConnection next = peer.accept();
  next.skips_to(FrameType::data, 1);
  channel.settle();
  EXPECT_THAT(observer.seen, ElementsAre(connecting, ready, idle, connecting, ready));
  next.says(reply(1, "2"));
  server.says(reply(1, "1"));
  EXPECT_EQ(shown(outcome(first)), "1");
  EXPECT_EQ(shown(outcome(second)), "2");
}

TEST(StateChange, GivesAnOtherStateAtOnceAndTheSameAtTheDeadline) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  EXPECT_EQ(channel.state_change(ready).get(), idle);
  std::future<ConnectivityState> waiting = begin(channel.state_change(idle, TimedChannel::now() + 1s));
  channel.advance(999ms);
  EXPECT_EQ(waiting.wait_for(0s), std::future_status::timeout);
  channel.advance(2ms);
  EXPECT_EQ(outcome(waiting), idle);
  EXPECT_EQ(outcome(channel.state_change(idle, TimedChannel::now() - 1s)), idle);
}

TEST(StateChange, IsForgottenAtItsDeadlineWhenTheStateHasChangedInTime) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  std::future<ConnectivityState> waiting = begin(channel.state_change(idle, TimedChannel::now() + 1s));
  channel.connect();
  EXPECT_EQ(outcome(waiting), connecting);
  channel.advance(2s);
}

TEST(StateChange, SaysThatATargetWithoutSenseCannotBeReached) {
  Channel channel("ipv4:nonsense");
  EXPECT_EQ(channel.state(), transient_failure);
  channel.connect();
  EXPECT_EQ(channel.state_change(idle).get(), transient_failure);
}

Task<int> counts_changes(std::shared_ptr<Channel> channel, ConnectivityState until) {
  int changes = 0;
  ConnectivityState state = idle;
  while (state != until) {
    state = co_await channel->state_change(state);
    ++changes;
  }
  co_return changes;
}

TEST(StateChange, IsAwaitedByAnyNumberOnAnyThread) {
  WirePeer peer;
  RuntimeOptions two;
  two.loops = 2;
  Runtime runtime(two);
  auto channel = std::make_shared<Channel>(runtime, peer.target());
  std::vector<std::thread> threads;
  std::atomic<int> ended{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      for (ConnectivityState state = idle; state != ready;) state = channel->state_change(state).get();
      ++ended;
    });
    threads.emplace_back([&] {
      if (runtime.block_on(counts_changes(channel, ready)) >= 1) ++ended;
    });
  }
  std::future<ConnectivityState> told = begin(channel->state_change(idle));
  channel->connect();
  EXPECT_EQ(outcome(told), connecting);
  WireConnection server = peer.accept();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(ended, 6);
}

TEST(StateChange, EndsWithTheChannel) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  std::vector<std::future<ConnectivityState>> waits;
  for (int i = 0; i < 3; ++i) waits.push_back(begin(channel->state_change(idle)));
  std::thread blocked([op = channel->state_change(idle)]() mutable { EXPECT_EQ(op.get(), shutdown); });
  Op<ConnectivityState> unstarted = channel->state_change(idle);
  std::future<ConnectivityState> of_the_end = begin(channel->state_change(shutdown));
  EXPECT_EQ(outcome(of_the_end), idle);
  channel.reset();
  for (std::future<ConnectivityState>& wait : waits) EXPECT_EQ(outcome(wait), shutdown);
  EXPECT_EQ(unstarted.get(), shutdown);
  blocked.join();
}

Task<void> waits_for_ever(Channel& channel, std::promise<void>& begun) {
  std::future<ConnectivityState> other = begin(channel.state_change(idle));
  begun.set_value();
  static_cast<void>(co_await channel.state_change(idle));
  ADD_FAILURE() << "nothing has changed";
}

TEST(StateChange, MayBeGivenUp) {
  WirePeer peer;
  Channel channel(peer.target());
  {
    std::promise<void> begun;
    Runtime runtime;
    runtime.spawn(waits_for_ever(channel, begun));
    outcome(begun.get_future());
  }
  std::future<ConnectivityState> other = begin(channel.state_change(idle));
  channel.connect();
  EXPECT_EQ(outcome(other), connecting);
}

TEST(Connect, DoesNothingToAChannelThatIsNotIdle) {
  WirePeer peer;
  peer.stop_listening();
  TimedChannel channel(peer.target());
  EXPECT_FALSE(outcome(channel.say("refused")).ok());
  channel.connect();
  EXPECT_EQ(channel.state(), transient_failure);
}

TEST(Connectivity, IsTheSumOfTheCoresByTheRuleOfGrpc) {
  client::Connectivity whole(idle);
  for (int i = 0; i < 3; ++i) whole.add({});
  whole.set(1, connecting);
  EXPECT_EQ(whole.state(), connecting);
  whole.set(2, ready);
  EXPECT_EQ(whole.state(), ready);
  whole.set(2, idle);
  whole.set(1, idle);
  EXPECT_EQ(whole.state(), idle);
  whole.set(0, transient_failure);
  EXPECT_EQ(whole.state(), idle);
  whole.set(1, transient_failure);
  EXPECT_EQ(whole.state(), idle);
  whole.set(2, transient_failure);
  EXPECT_EQ(whole.state(), transient_failure);
  whole.set(1, idle);
  EXPECT_EQ(whole.state(), idle);
  whole.set(1, connecting);
  EXPECT_EQ(whole.state(), connecting);
  whole.set(2, ready);
  EXPECT_EQ(whole.state(), ready);
  whole.set(1, transient_failure);
  EXPECT_EQ(whole.state(), ready);
  whole.set(0, shutdown);
  EXPECT_EQ(whole.state(), shutdown);
}

}  // namespace
}  // namespace farcall::client_test
