// Moments of a channel's end, and of its loop's, that are hard to meet from outside: each is set up step by
// step.

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using client::ChannelCore;
using codegen::OpStep;
using testing::FrameType;

/// Keeps the loop in one turn from its construction to `release`, so that what is posted meanwhile is found
/// in its order.
class HeldLoop {
 public:
  /// `then` is run on the loop before the turn goes on.
  template <class F>
  HeldLoop(net::Loop& loop, F then) {
    loop.post([open = gate_.get_future().share(), &held = held_, then = std::move(then)]() mutable {
      held.set_value();
      open.wait();
      then();
    });
    held_.get_future().wait();
  }
  explicit HeldLoop(net::Loop& loop) : HeldLoop(loop, [] {}) {}
  void release() { gate_.set_value(); }

 private:
  std::promise<void> gate_;
  std::promise<void> held_;
};

codegen::Ref<client::Call> unary_call(const std::shared_ptr<ChannelCore>& core) {
  static constexpr codegen::ClientMethod kMethod("/test.Speech/Say", MethodKind::unary);
  codegen::Ref<client::Call> call(std::make_unique<client::Call>(core, kMethod, CallOptions()));
  call->take_request(codegen::serialize(text("hello")));
  return call;
}

/// Fetches the status when it is told.
class StatusWaiter final : public codegen::OpWaiter {
 public:
  explicit StatusWaiter(client::Call& call) : call_(call) {}
  void complete() override { status_.set_value(call_.take_status()); }
  [[nodiscard]] Status status() { return outcome(status_.get_future()); }

 private:
  client::Call& call_;
  std::promise<Status> status_;
};

class ThrowingWaiter final : public codegen::OpWaiter {
 public:
  void complete() override { throw std::runtime_error("a coroutine that is not farcall's"); }
};

TEST(ChannelsEnd, TellsAStepThatWasBegunBeforeItsCall) {
  TimedChannel channel("127.0.0.1:1");
  HeldLoop held(channel.loop());
  const auto closed = ChannelCore::begin_close(channel.core());
  ClientStream<Text, Text> stream = channel.chat();
  std::promise<std::optional<Text>> read;
  channel.on_loop(
      [&] { stream.read().then([&read](std::optional<Text> reply) { read.set_value(std::move(reply)); }); });
  held.release();
  EXPECT_EQ(shown(outcome(read.get_future())), "(none)");
  closed.wait();
  EXPECT_EQ(stream.finish().get().code(), StatusCode::cancelled);
}

TEST(Calls, EndWithTheConnectionThatAnExceptionHasCost) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  const codegen::Ref<client::Call> first = unary_call(channel.core());
  ThrowingWaiter throwing;
  ASSERT_FALSE(first->start(OpStep::reply, Buffer(), throwing));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  std::future<Result<Text>> second = begin(channel.say("me too"));
  server.skips_to(FrameType::data, 3);
  server.says(reply(1, "throw it"));
  EXPECT_EQ(outcome(second).status().code(), StatusCode::unavailable);
  server.hears_end();
  std::future<Result<Text>> third = begin(channel.say("and now"));
  WireConnection next = peer.accept();
  next.skips_to(FrameType::data, 1);
  next.says(reply(1, "fine"));
  EXPECT_EQ(shown(outcome(third)), "fine");
}

TEST(Calls, AreToldInTheNextTurnOfWhatAWaiterThatThrowsHasKeptFromThem) {
  TimedChannel channel("ipv4:nonsense");
  const codegen::Ref<client::Call> first = unary_call(channel.core());
  const codegen::Ref<client::Call> second = unary_call(channel.core());
  ThrowingWaiter throwing;
  StatusWaiter waiter(*second);
  channel.on_loop([&] {
    EXPECT_FALSE(first->start(OpStep::reply, Buffer(), throwing));
    EXPECT_FALSE(second->start(OpStep::reply, Buffer(), waiter));
  });
  EXPECT_EQ(waiter.status().code(), StatusCode::unavailable);
}

TEST(Calls, AreGivenUpOnTheLoopWhenTheirBeginningIsStillOnItsWayThere) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  const codegen::Ref<client::Call> call = unary_call(channel.core());
  auto waiter = std::make_shared<StatusWaiter>(*call);
  HeldLoop held(channel.loop(), [&] { call->abandon(OpStep::reply, *waiter, waiter); });
  ASSERT_FALSE(call->start(OpStep::reply, Buffer(), *waiter));
  held.release();
  static_cast<void>(waiter->status());  // told before the call has ended, as whoever gives up is
  StatusWaiter later(*call);
  if (call->start(OpStep::finish, Buffer(), later)) later.complete();
  EXPECT_EQ(later.status().code(), StatusCode::cancelled);
}

TEST(Calls, LeaveTheChannelOfALoopThatEndsBeforeTheirCancellation) {
  WirePeer peer;
  auto loop = std::make_unique<net::Loop>();
  client::CoreSet cores({loop.get()}, peer.target(), ChannelOptions());
  const codegen::Ref<client::Call> call = unary_call(cores.pick());
  StatusWaiter waiter(*call);
  ASSERT_FALSE(call->start(OpStep::reply, Buffer(), waiter));
  loop->poll();
  call->cancel("not any more");
  const auto closed = ChannelCore::begin_close(cores.pick());
  loop.reset();
  EXPECT_EQ(closed.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(waiter.status().code(), StatusCode::unavailable);
}

}  // namespace
}  // namespace farcall::client_test
