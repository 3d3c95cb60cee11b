#include "net/loop_group.hpp"

#include <farcall/runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <coroutine>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace farcall {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Waits at a suspension point of farcall until the loop's next turn.
struct NextTurn final : SuspensionPoint {
  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    park(waiting);
    net::Loop::current()->post([this] { resume(); });
  }
  void await_resume() const {}
};

/// Waits at a suspension point of farcall for ever.
struct Forever final : SuspensionPoint {
  explicit Forever(std::promise<void>& parked) : parked_(parked) {}
  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    park(waiting);
    parked_.set_value();
  }
  void await_resume() const {}

 private:
  std::promise<void>& parked_;
};

struct Log {
  RuntimeOptions options(std::size_t loops = 1) {
    RuntimeOptions made;
    made.loops = loops;
    made.log = [this](LogLevel, std::string_view text) {
      const std::lock_guard lock(mutex);
      lines.emplace_back(text);
    };
    return made;
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

Task<int> add(int a, int b) {
  co_await NextTurn();
  co_return a + b;
}

Task<std::string> sum_text(int a, int b) {
  const int sum = co_await add(a, b);
  co_return std::to_string(sum);
}

Task<void> fail(std::string why) {
  co_await NextTurn();
  throw std::runtime_error(why);
}

Task<net::Loop*> where() {
  co_return net::Loop::current();
}

Task<void> wait_for_ever(std::promise<void>& parked, std::shared_ptr<int> held) {
  co_await Forever(parked);
  static_cast<void>(held);
}

Task<void> tell(std::promise<int>& told) {
  told.set_value(co_await add(2, 3));
}

Task<void> block_inside(Runtime& runtime) {
  runtime.block_on(add(1, 1));
  co_return;
}

TEST(Runtime, BlocksOnATaskAndReturnsWhatItComputed) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(sum_text(20, 22)), "42");
}

TEST(Runtime, RunsTasksOnItsLoops) {
  Log log;
  Runtime runtime(log.options(2));
  ASSERT_EQ(runtime.loops(), 2U);
  net::Loop* first = runtime.block_on(where());
  net::Loop* second = runtime.block_on(where());
  EXPECT_NE(first, second);
  EXPECT_EQ(runtime.block_on(where()), first);
  EXPECT_TRUE(first == &runtime.group().at(0) || first == &runtime.group().at(1));
}

TEST(Runtime, ThrowsWhatTheTaskThrew) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_THROW(runtime.block_on(fail("no")), std::runtime_error);
  EXPECT_THAT(log.lines, IsEmpty());
}

TEST(Runtime, RefusesToBlockItsOwnLoop) {
  Log log;
  Runtime runtime(log.options());
  try {
    runtime.block_on(block_inside(runtime));
    FAIL();
  } catch (const std::logic_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("co_await the task instead"));
  }
}

TEST(Runtime, RunsASpawnedTaskToItsEnd) {
  Log log;
  std::promise<int> told;
  Runtime runtime(log.options());
  runtime.spawn(tell(told));
  EXPECT_EQ(told.get_future().get(), 5);
}

TEST(Runtime, LogsWhatASpawnedTaskThrows) {
  Log log;
  {
    Runtime runtime(log.options());
    runtime.spawn(fail("spilled"));
    runtime.block_on(add(1, 1));  // two turns on the same loop
    runtime.block_on(add(1, 1));
  }
  EXPECT_THAT(log.lines, ElementsAre(HasSubstr("spilled")));
}

TEST(Runtime, DestroysASpawnedTaskWhereItWaits) {
  Log log;
  auto held = std::make_shared<int>();
  {
    std::promise<void> parked;
    Runtime runtime(log.options());
    runtime.spawn(wait_for_ever(parked, held));
    parked.get_future().wait();
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_THAT(log.lines, IsEmpty());
}

/// Notes in what belongs to the caller of block_on, as late as it may.
struct UsesItsCaller {
  explicit UsesItsCaller(std::atomic<bool>& which) : caller_is_there(which) {}
  UsesItsCaller(const UsesItsCaller&) = delete;
  UsesItsCaller& operator=(const UsesItsCaller&) = delete;
  ~UsesItsCaller() {
    // Time for a caller that was woken too early to leave.
    for (int i = 0; i < 2000; ++i) std::this_thread::yield();
    EXPECT_TRUE(caller_is_there);
  }
  std::atomic<bool>& caller_is_there;
};

Task<int> wait_for_ever_with(std::promise<void>& parked, std::atomic<bool>& caller_is_there) {
  const UsesItsCaller uses(caller_is_there);
  co_await Forever(parked);
  co_return 1;
}

TEST(Runtime, DestroysATaskThatSomebodyBlocksOnBeforeItLetsHimGo) {
  Log log;
  std::promise<void> parked;
  std::atomic<bool> caller_is_there{true};
  std::optional<Runtime> runtime(std::in_place, log.options());
  std::thread caller([&] {
    try {
      runtime->block_on(wait_for_ever_with(parked, caller_is_there));
      ADD_FAILURE();
    } catch (const std::runtime_error& error) {
      caller_is_there = false;
      EXPECT_THAT(error.what(), HasSubstr("the runtime ended before the task did"));
    }
  });
  parked.get_future().wait();
  runtime.reset();
  caller.join();
}

TEST(Runtime, DestroysATaskThatHasNotBegun) {
  auto held = std::make_shared<int>();
  std::promise<void> parked;
  { const Task<void> never_started = wait_for_ever(parked, held); }
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Runtime, ServesManyThreadsAtOnce) {
  Log log;
  Runtime runtime(log.options(2));
  std::vector<std::thread> threads;
  std::atomic<int> sum{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) sum += runtime.block_on(add(1, 1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sum.load(), 800);
}

}  // namespace
}  // namespace farcall
