// What any() gives, and what becomes of those that were not the first.

#include "branches_fixture.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <variant>

namespace farcall::net {
namespace {

using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class Any : public Branches {
 protected:
  /// Tells who was first and what it gave.
  Task<void> either(Task<std::string> first, Task<std::string> second) {
    Witness witness(story_, "parent");
    const std::variant<std::string, std::string> got = co_await any(std::move(first), std::move(second));
    story_.push_back(std::to_string(got.index()) + "=" + std::visit([](const auto& x) { return x; }, got));
  }
  Task<std::string> either_of(Task<std::string> first, Task<std::string> second) {
    std::variant<std::string, std::string> got = co_await any(std::move(first), std::move(second));
    co_return std::visit([](auto& x) { return x; }, got);
  }
  Task<std::string> both_of(Task<std::string> first, Task<std::string> second) {
    auto [a, b] = co_await all(std::move(first), std::move(second));
    co_return a + b;
  }
  Task<void> tell(Task<std::string> task) { story_.push_back("=" + co_await std::move(task)); }
};

TEST_F(Any, GivesTheFirstAndDestroysTheOtherWhereItWaits) {
  start(either(gated("a"), gated("b")));
  EXPECT_THAT(story(), ElementsAre("a", "b"));
  open(1);
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "~a", "1=b", "~parent"));
  EXPECT_EQ(gate_.waiters(), 0U);
  EXPECT_EQ(tree_.end(), "done");
}

TEST_F(Any, DoesNotBeginWhatFollowsABranchThatEndsAtOnce) {
  start(either(now("a"), gated("b")));
  EXPECT_THAT(story(), ElementsAre("a", "~a", "0=a", "~parent"));
}

TEST_F(Any, DestroysWhatHasBegunWhenALaterBranchEndsAtOnce) {
  start(either(gated("a"), now("b")));
  EXPECT_THAT(story(), ElementsAre("a", "b", "~b", "~a", "1=b", "~parent"));
}

TEST_F(Any, ThrowsWhatTheFirstHasThrown) {
  start(either(gated("a"), failing(gated("b"))));
  story();
  open(1);
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "~a", "~parent"));
  EXPECT_EQ(tree_.end(), "b");
}

TEST_F(Any, LosesWhatALoserThrows) {
  start(either(gated("a"), failing(foreign("b"))));
  open();
  EXPECT_EQ(tree_.end(), "running");
  story();
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "0=a", "~parent"));
  EXPECT_EQ(tree_.end(), "done");
}

TEST_F(Any, WaitsForALoserInAForeignWaitAndUnwindsItThen) {
  start(either(gated("a"), foreign_then_gated("b")));
  open();
  EXPECT_FALSE(tree_.parked());
  story();
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "0=a", "~parent"));
  EXPECT_EQ(gate_.waiters(), 0U);
}

TEST_F(Any, IsUnwoundWhenItsTreeIsCancelledWhileItWaitsForALoser) {
  for (const bool loser_parks : {true, false}) {
    Tree tree(loop_);
    turn([&] { tree.start(either(gated("a"), loser_parks ? foreign_then_gated("b") : foreign("b"))); });
    open();
    turn([&] { tree.cancel(); });
    EXPECT_EQ(tree.end(), "running");
    story();
    open_foreign();
    EXPECT_EQ(tree.end(), "unwound");
    EXPECT_THAT(story(), ElementsAre("b on", "~b", "~parent"));
  }
}

TEST_F(Any, IsUnwoundWhileAllItsBranchesWait) {
  start(either(gated("a"), gated("b")));
  story();
  cancel();
  EXPECT_THAT(story(), UnorderedElementsAre("~a", "~b", "~parent"));
}

TEST_F(Any, DecidesNothingInACancelledTree) {
  start(either(foreign("a"), gated("b")));
  cancel();
  story();
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("a on", "~a", "~b", "~parent"));
  EXPECT_EQ(tree_.end(), "unwound");
}

Task<void> limited(Gate& gate, std::string& told) {
  struct Wait {
    static Task<int> run(Gate& gate) {
      co_await gate.pass();
      co_return 7;
    }
  };
  std::variant<int, std::monostate> got = co_await any(Wait::run(gate), sleep(200ms));
  told = got.index() == 0 ? std::to_string(std::get<0>(got)) : "too late";
}

TEST_F(Any, LimitsATaskByASleep) {
  std::string told;
  start(limited(gate_, told));
  after(199ms);
  EXPECT_EQ(told, "");
  after(2ms);
  EXPECT_EQ(told, "too late");
  EXPECT_EQ(gate_.waiters(), 0U);
}

TEST_F(Any, LeavesNoTimerOfTheSleepThatWasNotNeeded) {
  std::string told;
  start(limited(gate_, told));
  open();
  EXPECT_EQ(told, "7");
  EXPECT_TRUE(loop_.timers().empty());
}

Task<void> first_of(std::vector<Task<std::string>> tasks, std::vector<std::string>& story) {
  First<std::string> first = co_await any(std::move(tasks));
  story.push_back(std::to_string(first.index) + "=" + first.value);
}

TEST_F(Any, TakesVectors) {
  std::vector<Task<std::string>> tasks;
  for (const char* name : {"a", "b", "c"}) tasks.push_back(gated(name));
  start(first_of(std::move(tasks), story_));
  story();
  open(2);
  EXPECT_THAT(story(), ElementsAre("c on", "~c", "~a", "~b", "2=c"));
}

Task<void> first_sleep(std::size_t& which) {
  std::vector<Sleep> sleeps{sleep(3s), sleep(1s), sleep(2s)};
  First<std::monostate> first = co_await any(std::move(sleeps));
  which = first.index;
}

TEST_F(Any, SaysWhichOfAVectorThatGivesNothing) {
  std::size_t which = 99;
  start(first_sleep(which));
  after(1500ms);
  EXPECT_EQ(which, 1U);
}

TEST_F(Any, RefusesAnEmptyVector) {
  EXPECT_THROW(static_cast<void>(any(std::vector<Task<int>>())), std::invalid_argument);
}

TEST_F(Any, NestsInAnyAndAll) {
  start(tell(either_of(both_of(gated("a"), gated("b")), either_of(gated("c"), foreign("d")))));
  story();
  open(0);
  EXPECT_THAT(story(), ElementsAre("a on", "~a"));
  open(0);  // b: the pair is complete; c is destroyed, d is waited for
  EXPECT_THAT(story(), ElementsAre("b on", "~b"));
  EXPECT_FALSE(tree_.parked());
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("d on", "~d", "~c", "=ab"));
}

Task<void> race_all(Gate& gate, int count, std::size_t& who) {
  struct Wait {
    static Task<void> run(Gate& gate) { co_await gate.pass(); }
  };
  std::vector<Task<void>> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(Wait::run(gate));
  who = (co_await any(std::move(tasks))).index;
}

TEST_F(Any, DestroysTenThousandLosers) {
  std::size_t who = 0;
  start(race_all(gate_, 10'000, who));
  open(9'000);
  EXPECT_EQ(who, 9'000U);
  EXPECT_EQ(gate_.waiters(), 0U);
}

/// A tree of random shape whose leaves wait at random, driven and cancelled at random: whatever happens, each
/// coroutine is destroyed once, the tree ends, and no foreign wait is cut short.
class RandomTree : private Stage {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  void play() {
    const unsigned cancel_at = pick(60);
    start(root());
    for (unsigned step = 0; tree_.end() == "running"; ++step) {
      ASSERT_LT(step, 10'000U) << "the tree does not end";
      const bool cancelled = step >= cancel_at;
      if (step == cancel_at) {
        cancel();
      } else if (foreign_.waiters() > 0 && (cancelled || pick(3) == 0)) {
        open_foreign(pick(static_cast<unsigned>(foreign_.waiters())));
      } else if (gate_.waiters() > 0 && pick(2) == 0) {
        open(pick(static_cast<unsigned>(gate_.waiters())));
      } else {
        after(5ms);
      }
    }
    EXPECT_EQ(alive_, 0);
    EXPECT_EQ(gate_.waiters(), 0U);
    EXPECT_EQ(foreign_.waiters(), 0U) << "a coroutine was destroyed in a foreign wait";
    EXPECT_TRUE(loop_.timers().empty());
    EXPECT_THAT(log_.lines, IsEmpty());
  }
  [[nodiscard]] const std::string& end() const { return tree_.end(); }

 private:
  unsigned pick(unsigned bound) { return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_); }

  Task<int> leaf(unsigned steps) {
    struct Life {
      explicit Life(int& count) : alive(count) { ++alive; }
      Life(const Life&) = delete;
      Life& operator=(const Life&) = delete;
      ~Life() { --alive; }
      int& alive;
    };
    Life life(alive_);
    for (unsigned i = 0; i < steps; ++i) {
      switch (pick(5)) {
        case 0:
          co_await foreign_.pass();
          break;
        case 1:
          co_await sleep(std::chrono::milliseconds(pick(20)));
          break;
        case 2:  // somebody else goes on within this one
          if (gate_.waiters() > 0) gate_.let_pass(pick(static_cast<unsigned>(gate_.waiters())));
          break;
        case 3:
          if (pick(12) == 0) throw std::runtime_error("thrown");
          break;
        default:
          co_await gate_.pass();
      }
    }
    co_return 1;
  }
  Task<int> grow(unsigned depth) {
    if (depth == 0) co_return co_await leaf(pick(4));
    std::vector<Task<int>> children;
    for (unsigned i = pick(4); i < 5; ++i) children.push_back(grow(depth - 1));
    if (pick(2) == 0) {
      int sum = 0;
      for (const int value : co_await all(std::move(children))) sum += value;
      co_return sum;
    }
    co_return (co_await any(std::move(children))).value;
  }
  Task<void> root() { static_cast<void>(co_await grow(3)); }

  std::mt19937 random_;
  int alive_ = 0;
};

TEST(RandomTrees, EndOnce) {
  std::map<std::string, int> ends;
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomTree tree(seed);
    tree.play();
    ++ends[tree.end()];
    if (::testing::Test::HasFailure()) return;
  }
  EXPECT_THAT(ends,
              UnorderedElementsAre(Pair("done", Gt(100)), Pair("unwound", Gt(100)), Pair("thrown", Gt(100))));
}

}  // namespace
}  // namespace farcall::net
