// Op on its own, over a source that a test plays, and awaited in tasks.

#include "calls.hpp"
#include "net/loop.hpp"
#include "net/loop_group.hpp"
#include "wire_peer.hpp"

#include <farcall/mock.hpp>
#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using testing::frames;
using testing::FrameType;

TEST(Op, GivesAResultThatIsReady) {
  EXPECT_EQ(Op<int>::ready(7).get(), 7);
  int told = 0;
  Op<int>::ready(8).then([&told](int value) { told = value; });
  EXPECT_EQ(told, 8);
}

TEST(Op, IsUsedUpByItsFirstUse) {
  Op<int> op = Op<int>::ready(7);
  EXPECT_EQ(op.get(), 7);
  EXPECT_THROW(op.get(), std::logic_error);
  Op<int> other = Op<int>::ready(8);
  Op<int> moved = std::move(other);
  EXPECT_THROW(other.get(), std::logic_error);
  EXPECT_EQ(moved.get(), 8);
}

Task<int> awaited(Op<int> op) {
  co_return co_await op;
}

TEST(Op, IsAwaitedWithoutSuspendingWhenItIsReady) {
  Runtime runtime;
  EXPECT_EQ(runtime.block_on(awaited(Op<int>::ready(9))), 9);
}

Task<std::string> converse(ClientStream<Text, Text> stream) {
  std::string heard;
  Text word = text("hello");
  co_await stream.write(word);
  co_await stream.close_send();
  while (std::optional<Text> answer = co_await stream.read()) heard += answer->value() + " ";
  Status status = co_await stream.finish();
  co_return heard + to_string(status);
}

TEST(Op, LetsATestPlayTheServersPart) {
  Runtime runtime;
  std::vector<Text> written;
  ClientStream<Text, Text> stream =
      mock_stream(written, std::vector<Text>{text("one"), text("two")}, Status::data_loss("worn"));
  EXPECT_EQ(runtime.block_on(converse(std::move(stream))), "one two DATA_LOSS: worn");
  ASSERT_EQ(written.size(), 1U);
  EXPECT_EQ(written.front().value(), "hello");
}

Task<bool> resumes_where_it_waited(Channel& channel) {
  net::Loop* before = net::Loop::current();
  Result<Text> answer = co_await say(channel, "hello");
  co_return answer.ok() && before != nullptr&& net::Loop::current() == before;
}

template <class T>
std::future<T> on_own_thread(Runtime& runtime, Task<T> task) {
  return std::async(std::launch::async, [&runtime, moved = std::make_shared<Task<T>>(std::move(task))] {
    return runtime.block_on(std::move(*moved));
  });
}

TEST(Op, ResumesTheTaskOnItsOwnLoopWhenTheChannelIsOnAnother) {
  WirePeer peer;
  Channel channel(peer.target());
  Runtime runtime;
  std::future<bool> there = on_own_thread(runtime, resumes_where_it_waited(channel));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "hi"));
  EXPECT_TRUE(outcome(there));
}

TEST(Op, ResumesTheTaskOnTheChannelsLoopWhenItIsThere) {
  WirePeer peer;
  RuntimeOptions one;
  one.loops = 1;
  Runtime runtime(one);
  Channel channel(runtime, peer.target());
  std::future<bool> there = on_own_thread(runtime, resumes_where_it_waited(channel));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "hi"));
  EXPECT_TRUE(outcome(there));
}

Task<std::string> refuses_to_block(Channel& channel) {
  try {
    static_cast<void>(say(channel, "hello").get());
  } catch (const std::logic_error& error) {
    co_return error.what();
  }
  co_return "blocked";
}

TEST(Op, RefusesToBlockALoop) {
  WirePeer peer;
  Channel channel(peer.target());
  Runtime runtime;
  EXPECT_NE(runtime.block_on(refuses_to_block(channel)).find("co_await"), std::string::npos);
}

Task<std::string> passes_errors_on(Channel& channel) {
  ClientStream<Text, Text> stream = chat(channel);
  Op<std::optional<Text>> first = stream.read();
  Op<std::optional<Text>> second = stream.read();
  first.then([](std::optional<Text>) {});
  try {
    co_await second;
  } catch (const std::logic_error& error) {
    co_return error.what();
  }
  co_return "no error";
}

TEST(Op, ThrowsForASecondReadWhereItIsAwaited) {
  WirePeer peer;
  RuntimeOptions one;
  one.loops = 1;
  Runtime runtime(one);
  Channel same_loop(runtime, peer.target());
  EXPECT_NE(runtime.block_on(passes_errors_on(same_loop)).find("second read"), std::string::npos);
  Channel other_loop(peer.target());
  EXPECT_NE(runtime.block_on(passes_errors_on(other_loop)).find("second read"), std::string::npos);
}

/// A coroutine of somebody else's: it runs on whatever thread resumes it, and may be destroyed where it
/// waits.
class Stranger {
 public:
  struct promise_type {
    Stranger get_return_object() {
      return Stranger(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit Stranger(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  Stranger(Stranger&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  ~Stranger() {
    if (handle_) handle_.destroy();
  }

 private:
  std::coroutine_handle<promise_type> handle_;
};

Stranger ask_and_tell(Channel& channel, std::promise<std::string>& told) {
  Result<Text> answer = co_await say(channel, "hello");
  told.set_value(shown(answer));
}

TEST(Op, ResumesAForeignCoroutine) {
  WirePeer peer;
  Channel channel(peer.target());
  std::promise<std::string> told;
  Stranger stranger = ask_and_tell(channel, told);
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "hi"));
  EXPECT_EQ(outcome(told.get_future()), "hi");
  // The promise is set before the coroutine has come to its end on the channel's thread.
  static_cast<void>(outcome(say(channel, "later", within(0s))));
}

TEST(Op, CancelsTheCallOfAForeignCoroutineThatIsDestroyed) {
  WirePeer peer;
  Channel channel(peer.target());
  std::promise<std::string> told;
  std::optional<WireConnection> server;
  {
    Stranger stranger = ask_and_tell(channel, told);
    server.emplace(peer.accept());
    server->skips_to(FrameType::data, 1);
  }
  EXPECT_EQ(server->hears(FrameType::rst_stream).code(), http2::ErrorCode::cancel);
}

struct Witness {
  explicit Witness(std::promise<void>& gone) : gone_(&gone) {}
  Witness(Witness&& other) noexcept : gone_(std::exchange(other.gone_, nullptr)) {}
  ~Witness() {
    if (gone_ != nullptr) gone_->set_value();
  }
  std::promise<void>* gone_;
};

Task<void> waits_for_ever(Channel& channel, Witness witness) {
  static_cast<void>(witness);
  static_cast<void>(co_await say(channel, "hello"));
}

/// A task that its owner ends on the loop, as a server ends the handler of a cancelled call.
class OwnedTask final : private TaskScope {
 public:
  explicit OwnedTask(Task<void> task) : task_(std::move(task)) {}
  void start() { task_.start(*this); }
  void destroy() { task_ = Task<void>(); }

 private:
  std::coroutine_handle<> finished() override { return std::noop_coroutine(); }
  void unwind() override {}
  Task<void> task_;
};

class DestroyedTask : public ::testing::TestWithParam<bool> {};

TEST_P(DestroyedTask, CancelsItsCall) {
  const bool on_the_channels_loop = GetParam();
  WirePeer peer;
  RuntimeOptions one;
  one.loops = 1;
  Runtime own(one);
  Runtime foreign(one);
  Channel channel(own, peer.target());
  net::Loop& loop = (on_the_channels_loop ? own : foreign).group().at(0);
  std::promise<void> gone;
  auto task = std::make_shared<OwnedTask>(waits_for_ever(channel, Witness(gone)));
  loop.post([task] { task->start(); });
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  loop.post([task] { task->destroy(); });
  outcome(gone.get_future());
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), http2::ErrorCode::cancel);
}

INSTANTIATE_TEST_SUITE_P(OnEitherLoop, DestroyedTask, ::testing::Bool(), [](const auto& which) {
  return which.param ? "OnTheChannelsLoop" : "OnAnotherLoop";
});

Task<std::string> reads(ClientStream<Text, Text>& stream) {
  std::optional<Text> heard = co_await stream.read();
  co_return shown(heard);
}

Task<void> reads_in_vain(ClientStream<Text, Text>& stream) {
  static_cast<void>(co_await stream.read());
}

TEST_P(DestroyedTask, LosesNoMessageWhenAReadIsGivenUp) {
  const bool on_the_channels_loop = GetParam();
  WirePeer peer;
  RuntimeOptions one;
  one.loops = 1;
  Runtime own(one);
  Runtime foreign(one);
  Channel channel(own, peer.target());
  Runtime& readers = on_the_channels_loop ? own : foreign;
  ClientStream<Text, Text> stream = chat(channel);
  auto task = std::make_shared<OwnedTask>(reads_in_vain(stream));
  net::Loop& loop = readers.group().at(0);
  std::promise<void> given_up;
  loop.post([&, task] {
    task->start();
    task->destroy();
    given_up.set_value();
  });
  outcome(given_up.get_future());
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  server.says(good_headers(1).data(1, message("kept")));
  std::future<std::string> heard = on_own_thread(readers, reads(stream));
  EXPECT_EQ(outcome(heard), "kept");
}

}  // namespace
}  // namespace farcall::client_test
