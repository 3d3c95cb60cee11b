// What all() gives, and how it ends when a branch throws or its tree is cancelled.

#include "branches_fixture.hpp"

#include <farcall/all.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <future>
#include <memory>
#include <tuple>
#include <variant>

namespace farcall::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class All : public Branches {
 protected:
  /// Waits for two, and tells what they gave.
  Task<void> both(Task<std::string> first, Task<std::string> second) {
    Witness witness(story_, "parent");
    auto [a, b] = co_await all(std::move(first), std::move(second));
    story_.push_back(a + "+" + b);
  }
  Task<void> wait_at_gate() { co_await gate_.pass(); }
  Task<void> cancel_own_tree() {
    tree_.cancel();
    co_return;
  }
};

template <class T>
struct Ready {
  explicit Ready(T result) : value(std::move(result)) {}
  bool await_ready() const { return true; }
  void await_suspend(std::coroutine_handle<>) const {}
  T await_resume() { return std::move(value); }
  T value;
};

Task<std::unique_ptr<int>> boxed(int value) {
  co_return std::make_unique<int>(value);
}

TEST_F(All, GivesTheResultsInTheOrderOfTheArguments) {
  start(both(gated("a"), gated("b")));
  EXPECT_THAT(story(), ElementsAre("a", "b"));
  open(1);
  EXPECT_THAT(story(), ElementsAre("b on", "~b"));
  EXPECT_TRUE(tree_.parked());
  open();
  EXPECT_THAT(story(), ElementsAre("a on", "~a", "a+b", "~parent"));
  EXPECT_EQ(tree_.end(), "done");
}

TEST_F(All, IsOverAtOnceWhenNoBranchWaits) {
  start(both(now("a"), now("b")));
  EXPECT_THAT(story(), ElementsAre("a", "~a", "b", "~b", "a+b", "~parent"));
  EXPECT_EQ(tree_.end(), "done");
}

Task<void> take_everything(std::string& told, Gate& gate) {
  struct Wait {
    static Task<void> run(Gate& gate) { co_await gate.pass(); }
  };
  std::tuple<std::unique_ptr<int>, std::monostate, std::string, std::monostate> got =
      co_await all(boxed(1), Wait::run(gate), Ready<std::string>("two"), sleep(5s));
  told = std::to_string(*std::get<0>(got)) + std::get<2>(got);
}

TEST_F(All, TakesTasksSleepsAndWhateverCanBeAwaited) {
  std::string told;
  start(take_everything(told, gate_));
  open();
  after(4s);
  EXPECT_EQ(told, "");
  after(2s);
  EXPECT_EQ(told, "1two");
}

Task<void> take_vectors(std::string& told) {
  std::vector<Ready<std::string>> words{Ready<std::string>("x"), Ready<std::string>("y")};
  for (const std::string& word : co_await all(std::move(words))) told += word;
  std::vector<Sleep> sleeps{sleep(1s), sleep(2s)};
  co_await all(std::move(sleeps));
  const std::vector<std::string> none = co_await all(std::vector<Task<std::string>>());
  told += std::to_string(none.size());
}

TEST_F(All, TakesVectors) {
  std::string told;
  start(take_vectors(told));
  EXPECT_EQ(told, "xy");
  after(1500ms);
  EXPECT_EQ(told, "xy");
  after(1s);
  EXPECT_EQ(told, "xy0");
  EXPECT_EQ(tree_.end(), "done");
}

TEST_F(All, ThrowsTheFirstExceptionWhenTheOthersAreDestroyed) {
  start(both(gated("a"), failing(gated("b"))));
  story();
  open(1);
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "~a", "~parent"));
  EXPECT_EQ(tree_.end(), "b");
  EXPECT_EQ(gate_.waiters(), 0U);
}

TEST_F(All, DoesNotBeginWhatFollowsABranchThatThrowsAtOnce) {
  start(both(failing(now("a")), gated("b")));
  EXPECT_THAT(story(), ElementsAre("a", "~a", "~parent"));
  EXPECT_EQ(tree_.end(), "a");
}

TEST_F(All, WaitsForForeignOperationsBeforeItThrows) {
  start(both(failing(gated("a")), foreign_then_gated("b")));
  story();
  open();
  EXPECT_THAT(story(), ElementsAre("a on", "~a"));
  EXPECT_FALSE(tree_.parked()) << "a foreign operation will resume it";
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "~parent")) << "unwound where it parks next";
  EXPECT_EQ(tree_.end(), "a");
}

TEST_F(All, LosesTheExceptionsOfLaterBranches) {
  start(both(failing(foreign("a")), failing(gated("b"))));
  story();
  open();
  EXPECT_EQ(tree_.end(), "running");
  open_foreign();
  EXPECT_EQ(tree_.end(), "b");
}

TEST_F(All, IsUnwoundWhileAllItsBranchesWait) {
  start(both(gated("a"), gated("b")));
  story();
  EXPECT_TRUE(tree_.parked());
  cancel();
  EXPECT_EQ(tree_.end(), "unwound");
  const std::vector<std::string> told = story();
  EXPECT_THAT(told, UnorderedElementsAre("~a", "~b", "~parent"));
  EXPECT_EQ(told.back(), "~parent");
}

TEST_F(All, IsUnwoundWhenOneBranchHasEndedAndTheOtherWaits) {
  start(both(now("a"), gated("b")));
  story();
  cancel();
  EXPECT_THAT(story(), ElementsAre("~b", "~parent"));
}

TEST_F(All, IsUnwoundWhenTheLastForeignWaitIsOver) {
  for (const bool foreign_first : {true, false}) {
    Tree tree(loop_);
    Task<std::string> gated_one = gated("g");
    Task<std::string> foreign_one = foreign_then_gated("f");
    turn([&] {
      tree.start(foreign_first ? both(std::move(foreign_one), std::move(gated_one))
                               : both(std::move(gated_one), std::move(foreign_one)));
    });
    EXPECT_FALSE(tree.parked());
    turn([&] { tree.cancel(); });
    story();
    open();
    EXPECT_THAT(story(), IsEmpty()) << "what is cancelled is not resumed";
    open_foreign();
    EXPECT_EQ(tree.end(), "unwound");
    EXPECT_EQ(story().front(), "f on");
    EXPECT_EQ(gate_.waiters(), 0U);
  }
}

TEST_F(All, IsUnwoundWhenTheLastForeignWaitEndsItsBranch) {
  start(both(foreign("a"), foreign("b")));
  cancel();
  open_foreign();
  EXPECT_EQ(tree_.end(), "running");
  story();
  open_foreign();
  EXPECT_EQ(tree_.end(), "unwound");
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "~parent")) << "the parent does not go on";
}

TEST_F(All, LeavesItsBranchesAsTheyAreWhileACancelledTreeCannotBeUnwound) {
  struct Run {
    static Task<void> run(Task<std::string> a, Task<std::string> b, Task<std::string> c) {
      co_await all(std::move(a), std::move(b), std::move(c));
    }
  };
  start(Run::run(failing(foreign("a")), gated("b"), foreign("c")));
  cancel();
  story();
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("a on", "~a"));
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("c on", "~c", "~b"));
}

TEST_F(All, DoesNotThrowIntoACancelledParent) {
  start(both(failing(foreign("a")), gated("b")));
  cancel();
  story();
  open_foreign();
  EXPECT_THAT(story(), ElementsAre("a on", "~a", "~b", "~parent"));
  EXPECT_EQ(tree_.end(), "unwound");
}

Task<void> three(Task<void> first, Task<std::string> second) {
  co_await all(std::move(first), std::move(second));
}

TEST_F(All, BeginsNoMoreBranchesOnceOneHasCancelledTheTree) {
  start(three(cancel_own_tree(), gated("b")));
  EXPECT_THAT(story(), IsEmpty());
  EXPECT_EQ(tree_.end(), "unwound");
}

TEST_F(All, IsUnwoundWhenItIsReachedByACancelledTree) {
  struct Late {
    static Task<void> run(ForeignGate& gate, Task<void> then) {
      co_await gate.pass();
      co_await std::move(then);
    }
  };
  start(Late::run(foreign_, both(gated("a"), gated("b"))));
  cancel();
  open_foreign();
  EXPECT_EQ(tree_.end(), "unwound");
  EXPECT_THAT(story(), ElementsAre("~parent")) << "no branch begins";
}

/// Lets somebody pass the gate when it is destroyed.
struct LetsPass {
  explicit LetsPass(Gate& which) : gate(which) {}
  LetsPass(const LetsPass&) = delete;
  LetsPass& operator=(const LetsPass&) = delete;
  ~LetsPass() {
    if (gate.waiters() > 0) gate.let_pass();
  }
  Gate& gate;
};

Task<std::string> lets_pass_at_end(Gate& own, Gate& other) {
  LetsPass lets(other);
  co_await own.pass();
  co_return "";
}

TEST_F(All, ResumesNoBranchOfADestroyedParent) {
  for (const bool gated_first : {true, false}) {
    Gate own;
    Tree tree(loop_);
    Task<std::string> lets = lets_pass_at_end(own, gate_);
    Task<std::string> waits = gated("a");
    turn([&] {
      tree.start(gated_first ? both(std::move(waits), std::move(lets))
                             : both(std::move(lets), std::move(waits)));
    });
    story();
    turn([&] { tree.destroy(); });
    EXPECT_THAT(story(), ElementsAre("~a", "~parent")) << "one destructor completes what the other waits for";
  }
}

TEST_F(All, ResumesNoBranchThatIsToBeDestroyedForAnotherOnesException) {
  Gate own;
  Gate gate_of_third;
  struct Run {
    static Task<void> run(Task<std::string> a, Task<std::string> b, Task<std::string> c) {
      co_await all(std::move(a), std::move(b), std::move(c));
    }
  };
  struct Third {
    static Task<std::string> run(Gate& gate) {
      co_await gate.pass();
      throw std::runtime_error("third");
    }
  };
  start(Run::run(lets_pass_at_end(own, gate_), gated("b"), Third::run(gate_of_third)));
  story();
  turn([&] { gate_of_third.let_pass(); });
  EXPECT_THAT(story(), ElementsAre("~b"));
  EXPECT_EQ(tree_.end(), "third");
}

Task<std::string> resumes_other(Gate& own, Gate& other, std::vector<std::string>& story) {
  co_await own.pass();
  other.let_pass();
  story.push_back("still here");
  co_await own.pass();
  co_return "";
}

TEST_F(All, LetsABranchThatIsOnTheStackGoOnUntilItParks) {
  Gate own;
  start(both(resumes_other(own, gate_, story_), failing(gated("b"))));
  story();
  turn([&] { own.let_pass(); });
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "still here", "~parent"));
  EXPECT_EQ(tree_.end(), "b");
  EXPECT_EQ(own.waiters(), 0U);
}

/// Cancels the tree when it is destroyed.
struct CancelsTree {
  explicit CancelsTree(Tree& which) : tree(which) {}
  CancelsTree(const CancelsTree&) = delete;
  CancelsTree& operator=(const CancelsTree&) = delete;
  ~CancelsTree() { tree.cancel(); }
  Tree& tree;
};

Task<std::string> cancels_tree_when_late(Tree& tree, Task<std::string> task) {
  CancelsTree cancels(tree);
  co_return co_await std::move(task);
}

TEST_F(All, IsNotParkedWhileItDestroysALateBranch) {
  Gate own;
  start(both(cancels_tree_when_late(tree_, resumes_other(own, gate_, story_)), failing(gated("b"))));
  story();
  turn([&] { own.let_pass(); });
  EXPECT_EQ(tree_.end(), "unwound");
  EXPECT_THAT(story(), ElementsAre("b on", "~b", "still here", "~parent"));
}

TEST_F(All, IsUnwoundWithALateBranchWhenTheTreeIsCancelledInTheSameTurn) {
  Gate own;
  start(both(resumes_other(own, gate_, story_), failing(gated("b"))));
  story();
  turn([&] {
    own.let_pass();
    EXPECT_TRUE(tree_.parked()) << "the late branch waits for the end of the turn";
    tree_.cancel();
  });
  EXPECT_EQ(tree_.end(), "unwound");
  EXPECT_EQ(own.waiters(), 0U);
}

TEST_F(All, RefusesAThreadWithoutALoop) {
  tree_.start(both(now("a"), now("b")));
  EXPECT_THAT(tree_.end(), HasSubstr("runs no loop"));
}

TEST_F(All, RefusesATaskThatWasMovedAway) {
  EXPECT_THROW(static_cast<void>(all(Task<void>())), std::invalid_argument);
  start(both(now("a"), now("b")));
}

Task<int> nested(Gate& gate, int depth) {
  if (depth == 0) {
    co_await gate.pass();
    co_return 1;
  }
  std::tuple<int, int> both = co_await all(nested(gate, depth - 1), nested(gate, 0));
  co_return std::get<0>(both) + std::get<1>(both);
}

Task<void> count_nested(Gate& gate, int depth, int& sum) {
  sum = co_await nested(gate, depth);
}

TEST_F(All, NestsDeeply) {
  constexpr int kDepth = 500;
  int sum = 0;
  start(count_nested(gate_, kDepth, sum));
  EXPECT_EQ(gate_.waiters(), kDepth + 1U);
  EXPECT_TRUE(tree_.parked());
  while (gate_.waiters() > 1) open(gate_.waiters() / 2);
  EXPECT_TRUE(tree_.parked());
  open();
  EXPECT_EQ(sum, kDepth + 1);
  EXPECT_EQ(tree_.end(), "done");
}

TEST_F(All, IsUnwoundFromDeepNesting) {
  int sum = 0;
  start(count_nested(gate_, 500, sum));
  cancel();
  EXPECT_EQ(gate_.waiters(), 0U);
}

/// Waits in a list that is left from the end, which is where destruction begins.
Task<int> number(int value, Gate& gate) {
  co_await gate.pass();
  co_return value;
}

Task<void> add_all(Gate& gate, int count, long& sum) {
  std::vector<Task<int>> tasks;
  for (int i = 0; i < count; ++i) tasks.push_back(number(i, gate));
  for (const int value : co_await all(std::move(tasks))) sum += value;
}

TEST_F(All, RunsTenThousandBranches) {
  long sum = 0;
  start(add_all(gate_, 10'000, sum));
  EXPECT_EQ(gate_.waiters(), 10'000U);
  turn([&] {
    while (gate_.waiters() > 0) gate_.let_pass(gate_.waiters() - 1);
  });
  EXPECT_EQ(sum, 49'995'000);
}

TEST_F(All, IsUnwoundFromTenThousandBranches) {
  long sum = 0;
  start(add_all(gate_, 10'000, sum));
  cancel();
  EXPECT_EQ(gate_.waiters(), 0U);
  EXPECT_EQ(sum, 0);
}

Task<int> at_once(int value) {
  co_return value;
}

Task<void> add_at_once(int rounds, long& sum) {
  for (int round = 0; round < rounds; ++round) {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(at_once(i));
    for (const int value : co_await all(std::move(tasks))) sum += value;
  }
}

TEST_F(All, UsesNoStackForBranchesThatEndAtOnce) {
  long sum = 0;
  start(add_at_once(100, sum));
  EXPECT_EQ(sum, 495'000);
}

TEST(AllOnARuntime, RunsFromBlockOn) {
  RuntimeOptions one;
  one.loops = 1;
  Runtime runtime(one);
  auto [a, b, c] = runtime.block_on(all(at_once(1), boxed(2), sleep(1ms)));
  EXPECT_EQ(a + *b, 3);
  static_cast<void>(c);
}

Task<void> waits_for_both(Witness witness, Gate& gate, std::promise<void>& parked) {
  struct Parks {
    static Task<void> run(Gate& gate, std::promise<void>* parked) {
      if (parked != nullptr) parked->set_value();
      co_await gate.pass();
    }
  };
  static_cast<void>(witness);
  co_await all(Parks::run(gate, nullptr), Parks::run(gate, &parked));
}

TEST(AllOnARuntime, IsUnwoundAtTheRuntimesEnd) {
  Gate gate;
  std::vector<std::string> story;
  {
    std::promise<void> parked;
    RuntimeOptions one;
    one.loops = 1;
    Runtime runtime(one);
    runtime.spawn(waits_for_both(Witness(story, "task"), gate, parked));
    parked.get_future().wait();
  }
  EXPECT_THAT(story, ElementsAre("~task"));
  EXPECT_EQ(gate.waiters(), 0U);
}

}  // namespace
}  // namespace farcall::net
