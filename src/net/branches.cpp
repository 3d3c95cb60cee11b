#include "net/loop.hpp"

#include <farcall/branches.hpp>

#include <cassert>
#include <memory>
#include <new>
#include <stdexcept>
#include <utility>

namespace farcall {

namespace net {

/// Branches that were cancelled while they did something, and have parked since: code that parks goes on a
/// little, so they are destroyed when the turn ends.
class LateBranches final : public TurnEndHook {
 public:
  explicit LateBranches(codegen::BranchGroup& group) : group_(group) {}

 private:
  void at_turn_end() override { group_.destroy_late(); }

  codegen::BranchGroup& group_;
};

}  // namespace net

namespace codegen {

void BranchScope::unwind() {
  group_->destroy_at_turn_end(*this);
}

std::coroutine_handle<> BranchScope::ended(bool failed) {
  return group_->finished(*this, failed);
}

BranchGroup::BranchGroup(Until until) : until_(until) {
  static_assert(sizeof(net::LateBranches) <= sizeof late_hook_);
  ::new (late_hook_.data()) net::LateBranches(*this);
}

BranchGroup::~BranchGroup() {
  std::destroy_at(&late_hook());
}

net::LateBranches& BranchGroup::late_hook() {
  return *std::launder(reinterpret_cast<net::LateBranches*>(late_hook_.data()));
}

void BranchGroup::add(BranchScope& branch) {
  branch.group_ = this;
  branch.join(*this);
  (last_ == nullptr ? first_ : last_->next_) = &branch;
  last_ = &branch;
}

bool BranchGroup::start() {
  loop_ = net::Loop::current();
  if (loop_ == nullptr) {
    throw std::logic_error(
        "farcall::all and any: awaited on a thread that runs no loop of farcall's; await them inside a Task");
  }
  running = 1;  // this function, so that the group is not over before all have begun
  for (BranchScope* branch = first_; branch != nullptr && !closed && !parent_cancelled();
       branch = branch->next_) {
    branch->unfinished_ = true;
    ++unfinished_;
    ++running;
    branch->start();
  }
  return let_go() != waiting_;
}

std::coroutine_handle<> BranchGroup::finished(BranchScope& branch, bool failed) {
  branch.unfinished_ = false;
  --unfinished_;
  const bool decides = failed || until_ == Until::one_has_ended;
  if (decides && !closed && !parent_cancelled()) close(branch);
  return let_go();
}

/// While `decisive` still counts as running, so that whatever the destructors here bring about does not end
/// the group.
void BranchGroup::close(BranchScope& decisive) {
  decisive_ = &decisive;
  closed.store(true, std::memory_order_relaxed);
  for (BranchScope* branch = first_; branch != nullptr; branch = branch->next_) {
    if (branch->unfinished_ && branch->parked()) destroy(*branch);
  }
  // One tells all the waits of the tree that are cancelled.
  BranchScope* unfinished = first_;
  while (unfinished != nullptr && !unfinished->unfinished_) unfinished = unfinished->next_;
  if (unfinished != nullptr) unfinished->tell_foreign_waits();
}

void BranchGroup::destroy(BranchScope& branch) {
  branch.unfinished_ = false;
  --unfinished_;
  branch.destroy();
}

void BranchGroup::destroy_at_turn_end(BranchScope& branch) {
  branch.next_late_ = std::exchange(late_, &branch);
  loop_->at_turn_end(late_hook());
}

void BranchGroup::destroy_late() {
  // Everything parks for the parent's owner then, who destroys it all at once.
  if (parent_cancelled()) return;
  if (running++ == 0 && parent != nullptr) parent->unpark();
  while (BranchScope* branch = late_) {
    late_ = branch->next_late_;
    if (branch->unfinished_) destroy(*branch);
  }
  let_go().resume();
}

/// Whoever counted as running does so no more. Returns what is to run next.
std::coroutine_handle<> BranchGroup::let_go() {
  if (--running > 0) return std::noop_coroutine();
  if (unfinished_ == 0 && !parent_cancelled()) return waiting_;
  if (parent != nullptr) parent->park();
  return std::noop_coroutine();
}

std::size_t BranchGroup::decisive() const {
  std::size_t position = 0;
  for (const BranchScope* branch = first_; branch != decisive_; branch = branch->next_) ++position;
  return position;
}

}  // namespace codegen
}  // namespace farcall
