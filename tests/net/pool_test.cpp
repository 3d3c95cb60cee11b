// Functions on the threads of a Pool, and the coroutines that wait for them.

#include "branches_fixture.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>
#include <farcall/pool.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <thread>

namespace farcall::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A pool thread held in a function until the test lets it go.
class Held {
 public:
  void operator()() {
    entered_.set_value();
    let_go_.get_future().wait();
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void let_go() { let_go_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> let_go_;
};

class Pools : public Branches {
 protected:
  Task<void> hold(Held& held) {
    Witness witness(story_, "task");
    co_await on(pool_, std::ref(held));
    story_.push_back("on");
  }
  Task<std::string> call(std::string name) {
    Witness witness(story_, name);
    co_await on(pool_, [this] { ++calls_; });
    story_.push_back(name + " on");
    co_return name;
  }
  Task<void> run_call(std::string name) { static_cast<void>(co_await call(std::move(name))); }
  /// Turns until the tree has ended.
  void until_ended(Tree& tree) {
    run_until(loop_, [&tree] { return tree.end() != "running"; });
  }

  std::atomic<int> calls_{0};
  Pool pool_{1};
};

struct Seen {
  std::thread::id before;
  std::thread::id on_pool;
  std::thread::id after;
  std::string thread_name;
};

Task<Seen> look(Pool& pool) {
  Seen seen;
  seen.before = std::this_thread::get_id();
  auto here = [&seen] {
    char name[32] = {};
    pthread_getname_np(pthread_self(), name, sizeof name);
    seen.thread_name = name;
    return std::this_thread::get_id();
  };
  seen.on_pool = co_await on(pool, here);
  seen.after = std::this_thread::get_id();
  co_return seen;
}

TEST(PoolOnARuntime, RunsAFunctionOnAThreadOfItsOwnWhileTheTaskWaits) {
  Pool pool(2);
  EXPECT_EQ(pool.threads(), 2U);
  Runtime runtime;
  const Seen seen = runtime.block_on(look(pool));
  EXPECT_NE(seen.before, seen.on_pool);
  EXPECT_EQ(seen.before, seen.after);
  EXPECT_EQ(seen.thread_name, "farcall-pool");
}

TEST(PoolOnARuntime, BringsBackWhatTheFunctionGivesOrThrows) {
  Pool pool(1);
  Runtime runtime;
  auto number = std::make_unique<int>(5);
  auto moves = [number = std::move(number)]() mutable { return std::move(number); };
  EXPECT_EQ(*runtime.block_on(on(pool, std::move(moves))), 5);
  runtime.block_on(on(pool, [] {}));
  EXPECT_THROW(runtime.block_on(on(pool, []() -> int { throw std::runtime_error("no"); })),
               std::runtime_error);
}

TEST(PoolOnARuntime, LetsTheRuntimesEndWaitForWhatRunsInAPool) {
  Held held;
  std::vector<std::string> story;
  std::vector<std::string> log;
  struct Run {
    static Task<void> run(Pool& pool, Held& held, Witness witness, std::vector<std::string>& story) {
      static_cast<void>(witness);
      co_await on(pool, std::ref(held));
      co_await on(pool, [&story] { story.emplace_back("never"); });
      story.emplace_back("never");
    }
  };
  struct Nothing {
    static Task<void> run() { co_return; }
  };
  /// Destroyed by the runtime's end, when the other task is cancelled already.
  struct Sleeper {
    static Task<void> run(Held& held) {
      struct AtEnd {
        explicit AtEnd(Held& which) : held(which) {}
        AtEnd(const AtEnd&) = delete;
        AtEnd& operator=(const AtEnd&) = delete;
        ~AtEnd() { held.let_go(); }
        Held& held;
      };
      AtEnd at_end(held);
      co_await sleep(std::chrono::hours(1));
    }
  };
  std::optional<std::thread> other;
  {
    RuntimeOptions options;
    options.loops = 1;
    options.log = [&log](LogLevel, std::string_view line) { log.emplace_back(line); };
    auto pool = std::make_unique<Pool>(1);
    Runtime runtime(options);
    runtime.spawn(Run::run(*pool, held, Witness(story, "task"), story));
    held.wait_until_entered();
    runtime.spawn(Sleeper::run(held));
    // The end of the pool, too, comes while the function runs.
    other.emplace([owned = std::move(pool)]() mutable { owned.reset(); });
    runtime.block_on(Nothing::run());
  }
  other->join();
  EXPECT_THAT(story, ElementsAre("~task"));
  EXPECT_THAT(log, IsEmpty());
}

TEST(PoolOnARuntime, ServesManyTasks) {
  Pool pool(3);
  RuntimeOptions two;
  two.loops = 2;
  Runtime runtime(two);
  struct Run {
    static Task<long> run(Pool& pool) {
      std::vector<Task<int>> tasks;
      for (int i = 0; i < 1000; ++i) tasks.push_back(on(pool, [i] { return i; }));
      long sum = 0;
      for (const int value : co_await all(std::move(tasks))) sum += value;
      co_return sum;
    }
  };
  EXPECT_EQ(runtime.block_on(Run::run(pool)), 499'500);
}

TEST_F(Pools, RefuseToHaveNoThread) {
  EXPECT_THROW(Pool(0), std::invalid_argument);
}

TEST_F(Pools, RefuseACoroutineOnAThreadWithoutALoop) {
  tree_.start(run_call("a"));
  EXPECT_THAT(tree_.end(), HasSubstr("runs no loop"));
  EXPECT_EQ(calls_, 0);
}

TEST_F(Pools, UnwindACancelledCoroutineWhenTheFunctionHasReturned) {
  Held held;
  start(hold(held));
  held.wait_until_entered();
  cancel();
  EXPECT_EQ(tree_.end(), "running");
  EXPECT_THAT(story(), IsEmpty());
  held.let_go();
  until_ended(tree_);
  EXPECT_EQ(tree_.end(), "unwound");
  EXPECT_THAT(story(), ElementsAre("~task"));
}

TEST_F(Pools, PassOverAFunctionWhoseCoroutineWasCancelled) {
  Held held;
  start(hold(held));
  held.wait_until_entered();
  Tree second(loop_);
  turn([&] { second.start(run_call("second")); });
  turn([&] { second.cancel(); });
  EXPECT_EQ(second.end(), "running") << "it is still in the queue";
  held.let_go();
  until_ended(second);
  EXPECT_EQ(second.end(), "unwound");
  until_ended(tree_);
  EXPECT_EQ(tree_.end(), "done");
  EXPECT_EQ(calls_, 0);
}

TEST_F(Pools, PassOverAFunctionThatLostAgainstAnother) {
  Held held;
  start(hold(held));
  held.wait_until_entered();
  struct Race {
    static Task<void> run(Task<std::string> a, Task<std::string> b) {
      co_await any(std::move(a), std::move(b));
    }
  };
  Tree race(loop_);
  turn([&] { race.start(Race::run(call("call"), gated("g"))); });
  open();
  EXPECT_EQ(race.end(), "running");
  held.let_go();
  until_ended(race);
  EXPECT_EQ(race.end(), "done");
  EXPECT_EQ(calls_, 0);
  until_ended(tree_);
}

TEST_F(Pools, RunWhatIsQueuedBeforeTheyEnd) {
  auto pool = std::make_unique<Pool>(1);
  Held held;
  std::atomic<int> calls{0};
  struct Run {
    static Task<void> run(Pool& pool, Held& held, std::atomic<int>& calls) {
      std::vector<Task<void>> tasks;
      tasks.push_back(on(pool, std::ref(held)));
      for (int i = 0; i < 10; ++i) tasks.push_back(on(pool, [&calls] { ++calls; }));
      co_await all(std::move(tasks));
    }
  };
  start(Run::run(*pool, held, calls));
  held.wait_until_entered();
  EXPECT_EQ(calls, 0);
  std::thread ender([&pool] { pool.reset(); });
  held.let_go();
  ender.join();
  EXPECT_EQ(calls, 10);
  EXPECT_EQ(tree_.end(), "running") << "its loop has not turned since";
  until_ended(tree_);
  EXPECT_EQ(tree_.end(), "done");
}

TEST_F(Pools, KeepAStoppedLoopRunningUntilTheirFunctionHasReturned) {
  Held held;
  start(hold(held));
  held.wait_until_entered();
  std::thread runner([this] { loop_.run(); });
  loop_.stop();
  held.let_go();
  runner.join();
  EXPECT_EQ(tree_.end(), "done");
}

/// A coroutine that is none of farcall's, and that its owner may destroy at any time.
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
  explicit Stranger(std::coroutine_handle<> handle) : handle_(handle) {}
  Stranger(Stranger&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Stranger& operator=(Stranger&&) = delete;
  ~Stranger() {
    if (handle_) handle_.destroy();
  }

 private:
  std::coroutine_handle<> handle_;
};

template <class F>
Stranger stranger(Pool& pool, F& f) {
  co_await on(pool, std::ref(f));
}

TEST_F(Pools, WithdrawAFunctionWhoseCoroutineIsDestroyedBeforeItBegins) {
  Held held;
  std::optional<Stranger> first;
  std::optional<Stranger> second;
  std::optional<Stranger> third;
  auto count = [this] { ++calls_; };
  turn([&] {
    first.emplace(stranger(pool_, held));
    second.emplace(stranger(pool_, count));
    third.emplace(stranger(pool_, count));
  });
  held.wait_until_entered();
  turn([&] { second.reset(); });
  held.let_go();
  pool_.finish();
  EXPECT_EQ(calls_, 1);
  loop_.poll();
}

TEST_F(Pools, WaitForAFunctionWhoseCoroutineIsDestroyedWhileItRuns) {
  Held held;
  std::optional<Stranger> first;
  turn([&] { first.emplace(stranger(pool_, held)); });
  held.wait_until_entered();
  std::atomic<bool> let_go{false};
  std::thread other([&] {
    let_go = true;
    held.let_go();
  });
  turn([&] {
    first.reset();
    EXPECT_TRUE(let_go);
  });
  other.join();
}

Stranger stranger_with_a_result(Pool& pool, Held& held, std::shared_ptr<int> kept) {
  auto f = [&held, &kept] {
    held();
    return kept;
  };
  co_await on(pool, std::move(f));
}

TEST_F(Pools, LetGoOfTheResultOfAFunctionWhoseCoroutineIsDestroyedWhileItRuns) {
  Held held;
  auto kept = std::make_shared<int>(5);
  std::optional<Stranger> first;
  turn([&] { first.emplace(stranger_with_a_result(pool_, held, kept)); });
  held.wait_until_entered();
  std::thread other([&] { held.let_go(); });
  turn([&] { first.reset(); });
  other.join();
  EXPECT_EQ(kept.use_count(), 1);
}

Stranger stranger_with_text(Pool& pool) {
  auto f = [] { return std::string(100, 'x'); };
  co_await on(pool, std::move(f));
}

TEST_F(Pools, BearTheDestructionOfACoroutineAtAnyMoment) {
  std::atomic<int> begun{0};
  auto begin = [&begun] { ++begun; };
  for (int i = 0; i < 2000; ++i) {
    turn([&] {
      const Stranger first = stranger(pool_, begin);
      const Stranger second = stranger_with_text(pool_);
      // The thread takes the second one up about now; each time another moment of that.
      while (begun <= i) continue;
      for (std::atomic<int> spins{(i % 100) * 20}; spins > 0; --spins) continue;
    });
  }
}

Task<void> foreign_then_on(ForeignGate& gate, Pool& pool, std::atomic<int>& calls, Witness witness) {
  static_cast<void>(witness);
  co_await gate.pass();
  auto count = [&calls] { ++calls; };
  co_await on(pool, count);
}

TEST_F(Pools, AreNotReachedByACoroutineThatIsCancelled) {
  Held held;
  Tree holder(loop_);
  turn([&] { holder.start(hold(held)); });
  held.wait_until_entered();
  start(foreign_then_on(foreign_, pool_, calls_, Witness(story_, "late")));
  cancel();
  open_foreign();
  EXPECT_EQ(tree_.end(), "unwound") << "the pool has no thread for it";
  EXPECT_THAT(story(), ElementsAre("~late"));
  held.let_go();
  until_ended(holder);
  EXPECT_EQ(calls_, 0);
}

}  // namespace
}  // namespace farcall::net
