#include "net/loop.hpp"

#include "loop_fixture.hpp"
#include "net/loop_group.hpp"

#include <farcall/buffer.hpp>
#include <farcall/task.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <latch>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace farcall::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Hook final : TurnEndHook {
  explicit Hook(std::function<void()> action) : ends(std::move(action)) {}
  void at_turn_end() override { ends(); }
  std::function<void()> ends;
};

struct Alarm final : base::Timer {
  explicit Alarm(std::function<void()> action) : rings(std::move(action)) {}
  void on_expiry(base::TimePoint) override { rings(); }
  std::function<void()> rings;
};

TEST(Loop, RunsJobsInTheOrderOfPosting) {
  Loop loop;
  std::vector<int> ran;
  for (int i = 0; i < 3; ++i) loop.post([&ran, i] { ran.push_back(i); });
  EXPECT_THAT(ran, IsEmpty());
  EXPECT_EQ(loop.poll(), 1U) << "one wake-up takes all";
  EXPECT_THAT(ran, ElementsAre(0, 1, 2));
}

TEST(Loop, RunsAJobThatAJobHasPostedInALaterTurn) {
  Loop loop;
  std::vector<int> ran;
  Hook hook([&] { ran.push_back(2); });
  loop.post([&] {
    ran.push_back(1);
    loop.at_turn_end(hook);
    loop.post([&] { ran.push_back(3); });
  });
  EXPECT_EQ(loop.poll(), 2U);
  EXPECT_THAT(ran, ElementsAre(1, 2, 3));
}

TEST(Loop, KeepsTheMemoryOfLargeBuffersForTheNext) {
  Loop loop;
  Loop inner;
  const std::byte* memory = nullptr;
  const auto next = [](std::size_t capacity) {
    const Buffer buffer(capacity);
    return buffer.data();
  };
  loop.post([&] { memory = next(100'000); });
  loop.post([&] {
    const Buffer held(100'000);
    EXPECT_EQ(held.data(), memory);
    inner.post([&] { EXPECT_NE(next(100'000), memory); });
    inner.poll();
    EXPECT_NE(next(100'000), memory);
  });
  loop.poll();
  loop.post([&] { EXPECT_EQ(Buffer(80'000).capacity(), 100'000u) << "this loop's again"; });
  loop.poll();
}

TEST(Loop, TakesMoveOnlyWork) {
  Loop loop;
  int got = 0;
  loop.post([&got, value = std::make_unique<int>(5)] { got = *value; });
  loop.poll();
  EXPECT_EQ(got, 5);
}

TEST(Loop, DestroysJobsThatComeAfterItsEnd) {
  Loop loop;
  auto counted = std::make_shared<int>();
  loop.post([counted] { FAIL(); });
  loop.stop();
  loop.run();
  EXPECT_EQ(counted.use_count(), 1);
  loop.post([counted] { FAIL(); });
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(Loop, DestroysJobsThatNobodyHasRun) {
  auto counted = std::make_shared<int>();
  {
    Loop loop;
    for (int i = 0; i < 100'000; ++i) loop.post([counted] { FAIL(); });
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(Loop, GoesOnAfterAnExceptionAndLogsIt) {
  LoopLog log;
  Loop loop(log.options());
  bool ran = false;
  loop.post([] { throw std::runtime_error("broken"); });
  loop.post([&ran] { ran = true; });
  loop.poll();
  EXPECT_TRUE(ran);
  EXPECT_THAT(log.lines, ElementsAre(HasSubstr("broken")));
}

TEST(Loop, KnowsTheThreadItRunsOn) {
  Loop loop;
  EXPECT_FALSE(loop.on_thread());
  EXPECT_EQ(Loop::current(), nullptr);
  Loop* seen = nullptr;
  loop.post([&seen] { seen = Loop::current(); });
  loop.poll();
  EXPECT_EQ(seen, &loop);
  EXPECT_EQ(Loop::current(), nullptr);
}

TEST(Loop, CallsAHookOnceAtTheEndOfTheTurnInWhichItWasArmed) {
  Loop loop;
  std::vector<int> calls;
  Hook other([&] { calls.push_back(2); });
  Hook hook([&] {
    calls.push_back(1);
    loop.at_turn_end(other);  // in the same turn still
  });
  loop.post([&] {
    loop.at_turn_end(hook);
    loop.at_turn_end(hook);
    EXPECT_THAT(calls, IsEmpty());
  });
  loop.poll();
  EXPECT_THAT(calls, ElementsAre(1, 2));
  loop.post([] {});
  loop.poll();
  EXPECT_THAT(calls, ElementsAre(1, 2));
}

TEST(Loop, LetsOthersRunWhenAHookKeepsArmingItself) {
  Loop loop;
  int calls = 0;
  bool job_ran = false;
  Hook hook([&] {
    ++calls;
    if (!job_ran) loop.at_turn_end(hook);
  });
  loop.post([&] {
    loop.at_turn_end(hook);
    loop.post([&] { job_ran = true; });
  });
  loop.poll();
  EXPECT_TRUE(job_ran);
  EXPECT_GT(calls, 1);
}

TEST(Loop, LetsAHookDestroyItselfAndForgetsOneThatIsDestroyed) {
  Loop loop;
  bool called = false;
  std::unique_ptr<Hook> hook;
  hook = std::make_unique<Hook>([&] {
    called = true;
    hook.reset();
  });
  auto doomed = std::make_unique<Hook>([] { FAIL(); });
  loop.post([&] {
    loop.at_turn_end(*hook);
    loop.at_turn_end(*doomed);
    doomed.reset();
  });
  loop.poll();
  EXPECT_TRUE(called);
}

TEST(Loop, FiresTimersBeforeTheHooksOfTheTurn) {
  LoopLog log;
  Loop loop(log.options(true));
  std::vector<int> calls;
  Hook hook([&] { calls.push_back(2); });
  Alarm alarm([&] {
    calls.push_back(1);
    loop.at_turn_end(hook);
  });
  loop.timers().schedule(alarm, loop.now() + 10ms);
  loop.poll();
  EXPECT_THAT(calls, IsEmpty());
  virtual_now += 10ms;
  loop.poll();
  EXPECT_THAT(calls, ElementsAre(1, 2));
}

TEST(Loop, WakesUpForATimerEarlierThanTheOneItWaitedFor) {
  Loop loop;
  std::vector<int> calls;
  Alarm late([&] { calls.push_back(2); });
  Alarm early([&] { calls.push_back(1); });
  loop.timers().schedule(late, loop.now() + 24h);
  loop.poll();
  base::TimePoint deadline{};
  loop.post([&] {
    deadline = loop.now() + 1ms;
    loop.timers().schedule(early, deadline);
  });
  run_until(loop, [&] { return !calls.empty(); });
  EXPECT_THAT(calls, ElementsAre(1));
  EXPECT_GE(base::Clock::now(), deadline);
}

TEST(Loop, TellsOneTimeThroughoutATurn) {
  Loop loop;
  base::TimePoint first{};
  base::TimePoint second{};
  loop.post([&] {
    first = loop.now();
    const base::TimePoint before = base::Clock::now();
    while (base::Clock::now() == before) {
    }
    second = loop.now();
  });
  loop.poll();
  EXPECT_EQ(first, second);
}

TEST(Loop, OffersABufferOf64KiB) {
  Loop loop;
  EXPECT_EQ(loop.read_buffer().size(), 65536U);
}

TEST(LoopGroup, RunsEachLoopOnAThreadOfItsOwnAndTakesThemInTurn) {
  LoopGroup group(3);
  ASSERT_EQ(group.size(), 3U);
  std::vector<std::thread::id> threads(4);
  std::latch done(4);
  for (std::thread::id& id : threads) {
    group.next().post([&id, &done] {
      id = std::this_thread::get_id();
      done.count_down();
    });
  }
  done.wait();
  EXPECT_NE(threads[0], threads[1]);
  EXPECT_NE(threads[1], threads[2]);
  EXPECT_EQ(threads[0], threads[3]);
}

TEST(LoopGroup, HasALoopForEveryProcessorUnlessToldOtherwise) {
  const LoopGroup group(0);
  EXPECT_GE(group.size(), 1U);
}

TEST(LoopGroup, TakesPostsFromManyThreadsUntilItsEnd) {
  LoopGroup group(2);
  std::atomic<int> ran{0};
  std::latch done(4000);
  std::vector<std::thread> posters;
  for (int t = 0; t < 4; ++t) {
    posters.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) {
        group.next().post([&] {
          ran.fetch_add(1);
          done.count_down();
        });
      }
    });
  }
  for (std::thread& poster : posters) poster.join();
  done.wait();
  EXPECT_EQ(ran.load(), 4000);
  group.stop();
  group.stop();
  group.at(0).post([] { FAIL(); });
}

}  // namespace
}  // namespace farcall::net
