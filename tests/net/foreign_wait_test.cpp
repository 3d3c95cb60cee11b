// Who is told, and how often, when a tree that waits for what is not farcall's is cancelled.

#include "branches_fixture.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>

namespace farcall::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// An operation that is none of farcall's and ends when the test says so; it notes when it is told.
class Operation final : private ForeignWait {
 public:
  Operation(std::vector<std::string>& story, std::string name) : story_(story), name_(std::move(name)) {}

  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    waiting_ = waiting;
    wait_scope_ = scope_of(waiting);
    wait_scope_->begin_wait(*this);
  }
  void await_resume() const {}

  /// The coroutine goes on, or is ready to be unwound.
  void end() {
    wait_scope_->end_wait(*this);
    if (wait_scope_->cancelled()) {
      wait_scope_->park();
    } else {
      waiting_.resume();
    }
  }
  /// Called when it is told.
  std::function<void()> when_told;

 private:
  void on_cancelled() override {
    story_.push_back("told " + name_);
    if (when_told) when_told();
  }

  std::vector<std::string>& story_;
  std::string name_;
  std::coroutine_handle<> waiting_;
  TaskScope* wait_scope_ = nullptr;
};

class ForeignWaits : public Branches {
 protected:
  Operation& operation(std::string name) { return operations_.emplace_back(story_, std::move(name)); }
  Task<std::string> await(Operation& operation) {
    co_await operation;
    co_return "ended";
  }
  Task<void> race(std::vector<Task<std::string>> tasks) {
    co_await any(std::move(tasks));
    story_.emplace_back("decided");
  }
  Task<void> both(Task<void> a, Task<void> b) { co_await all(std::move(a), std::move(b)); }
  Task<void> all_of(std::vector<Task<std::string>> tasks) { co_await all(std::move(tasks)); }

  std::deque<Operation> operations_;
};

TEST_F(ForeignWaits, AreEachToldOnceHoweverOftenSomebodyTells) {
  Operation& a = operation("a");
  Operation& b = operation("b");
  std::vector<Task<std::string>> tasks;
  tasks.push_back(await(a));
  tasks.push_back(await(b));
  tasks.push_back(gated("g"));
  start(race(std::move(tasks)));
  story();
  open();
  EXPECT_THAT(story(), ElementsAre("g on", "~g", "told a", "told b"));
  cancel();
  EXPECT_THAT(story(), IsEmpty());
  turn([&] { b.end(); });
  turn([&] { a.end(); });
  EXPECT_EQ(tree_.end(), "unwound");
}

TEST_F(ForeignWaits, OfBranchesThatGoOnAreNotTold) {
  Operation& loser = operation("loser");
  Operation& other = operation("other");
  std::vector<Task<std::string>> first;
  first.push_back(await(loser));
  first.push_back(gated("g"));
  std::vector<Task<std::string>> second;
  second.push_back(await(other));
  start(both(race(std::move(first)), race(std::move(second))));
  story();
  open();
  EXPECT_THAT(story(), ElementsAre("g on", "~g", "told loser"));
  turn([&] { loser.end(); });
  EXPECT_THAT(story(), ElementsAre("decided"));
  cancel();
  EXPECT_THAT(story(), ElementsAre("told other")) << "later, when it is cancelled too";
  turn([&] { other.end(); });
  EXPECT_EQ(tree_.end(), "unwound");
}

TEST_F(ForeignWaits, AreAllToldWhenOneOfThemCancelsMore) {
  Operation& loser = operation("loser");
  Operation& before = operation("before");
  std::vector<Task<std::string>> losers;
  losers.push_back(await(loser));
  losers.push_back(gated("g"));
  std::vector<Task<std::string>> others;
  others.push_back(await(before));
  others.push_back(await(operation("after")));
  start(both(race(std::move(others)), race(std::move(losers))));
  story();
  loser.when_told = [this] { tree_.cancel(); };
  open();
  EXPECT_THAT(story(), ElementsAre("g on", "~g", "told loser", "told before", "told after"));
  turn([&] {
    for (Operation& operation : operations_) operation.end();
  });
  EXPECT_EQ(tree_.end(), "unwound");
}

/// 20,000 of them, which a search for each would make 4 * 10^8 steps, several times over.
TEST_F(ForeignWaits, AreEndedInAnyOrderByTheThousand) {
  constexpr std::size_t kWaits = 20'000;
  for (const bool newest_first : {false, true}) {
    operations_.clear();
    std::vector<Task<std::string>> tasks;
    for (std::size_t i = 0; i < kWaits; ++i) tasks.push_back(await(operation("it")));
    tasks.push_back(gated("g"));
    Tree tree(loop_);
    turn([&] { tree.start(race(std::move(tasks))); });
    story();
    open();
    EXPECT_EQ(std::ranges::count(story(), "told it"), kWaits);
    turn([&] {
      for (std::size_t i = 0; i < kWaits; ++i) operations_[newest_first ? kWaits - 1 - i : i].end();
    });
    EXPECT_EQ(tree.end(), "done");
  }
}

TEST_F(ForeignWaits, EndByThemselvesByTheThousand) {
  constexpr std::size_t kWaits = 20'000;
  std::vector<Task<std::string>> tasks;
  for (std::size_t i = 0; i < kWaits; ++i) tasks.push_back(await(operation("it")));
  start(all_of(std::move(tasks)));
  turn([&] {
    for (Operation& operation : operations_) operation.end();
  });
  EXPECT_EQ(tree_.end(), "done");
}

}  // namespace
}  // namespace farcall::net
