#pragma once

#include "base/intrusive_list.hpp"
#include "loop_fixture.hpp"

#include <farcall/task.hpp>

#include <gtest/gtest.h>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace farcall::net {

/// Where coroutines wait as at any suspension point of farcall, until the test lets them on.
class Gate {
 public:
  class Awaiter : private base::ListNode, private SuspensionPoint {
   public:
    explicit Awaiter(Gate& gate) : gate_(gate) {}
    ~Awaiter() { leave(); }
    bool await_ready() const { return false; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> waiting) {
      gate_.waiting_.push_back(*this);
      ++gate_.waiters_;
      park(waiting);
    }
    void await_resume() const {}

   private:
    template <class T>
    friend class base::IntrusiveList;
    friend class Gate;
    void leave() {
      if (linked()) --gate_.waiters_;
      unlink();
    }
    Gate& gate_;
  };

  [[nodiscard]] Awaiter pass() { return Awaiter(*this); }
  [[nodiscard]] std::size_t waiters() const { return waiters_; }
  /// The one that has waited longest, or the one at a position.
  void let_pass(std::size_t position = 0) {
    if (position + 1 == waiters_) {
      let_pass(waiting_.back());
    } else {
      let_pass(*std::next(waiting_.begin(), static_cast<std::ptrdiff_t>(position)));
    }
  }

 private:
  static void let_pass(Awaiter& awaiter) {
    awaiter.leave();
    awaiter.resume();
  }

  base::IntrusiveList<Awaiter> waiting_;
  std::size_t waiters_ = 0;
};

/// The same, but nothing that farcall knows: a coroutine that waits here cannot be unwound.
class ForeignGate {
 public:
  struct Awaiter {
    explicit Awaiter(ForeignGate& where) : gate(where) {}
    ForeignGate& gate;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> waiting) { gate.waiting_.push_back(waiting); }
    void await_resume() const {}
  };

  [[nodiscard]] Awaiter pass() { return Awaiter(*this); }
  [[nodiscard]] std::size_t waiters() const { return waiting_.size(); }
  void let_pass(std::size_t position = 0) {
    std::coroutine_handle<> let = waiting_.at(position);
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(position));
    let.resume();
  }

 private:
  std::vector<std::coroutine_handle<>> waiting_;
};

/// What lives in a coroutine: notes when it is destroyed.
class Witness {
 public:
  Witness(std::vector<std::string>& story, std::string name) : story_(&story), name_(std::move(name)) {}
  Witness(Witness&& other) noexcept
      : story_(std::exchange(other.story_, nullptr)), name_(std::move(other.name_)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (story_ != nullptr) story_->push_back("~" + name_);
  }

 private:
  std::vector<std::string>* story_;
  std::string name_;
};

/// A root task with an owner who may cancel it, as a server does a handler.
class Tree final : private TaskScope {
 public:
  explicit Tree(Loop& loop) : loop_(loop) {}
  ~Tree() { task_ = Task<void>(); }

  void start(Task<void> task) {
    task_ = std::move(task);
    task_.start(*this);
  }
  void cancel() {
    TaskScope::cancel();
    if (parked() && !unwinding_) destroy();
  }
  /// As the end of a runtime does, which asks nobody.
  void destroy() {
    ASSERT_TRUE(parked());
    end_ = "unwound";
    task_ = Task<void>();
  }
  using TaskScope::parked;

  /// "running", "done", "unwound", or what was thrown.
  [[nodiscard]] const std::string& end() const { return end_; }

 private:
  std::coroutine_handle<> finished() override {
    end_ = "done";
    try {
      task_.take();
    } catch (const std::exception& error) {
      end_ = error.what();
    }
    task_ = Task<void>();
    return std::noop_coroutine();
  }
  void unwind() override {
    EXPECT_FALSE(std::exchange(unwinding_, true)) << "a tree is unwound once";
    loop_.post([this] { destroy(); });
  }

  Loop& loop_;
  Task<void> task_;
  std::string end_ = "running";
  bool unwinding_ = false;
};

/// A loop whose clock the test moves, a tree on it, and gates.
struct Stage {
  /// Runs `f` on the loop, and whatever follows.
  template <class F>
  void turn(F f) {
    bool ran = false;
    loop_.post([&] {
      ran = true;
      f();
    });
    // Another thread that posts at the same time may have the batch that it goes with, and yet to hand it in.
    do loop_.poll();
    while (!ran);
  }
  void start(Task<void> task) {
    turn([&] { tree_.start(std::move(task)); });
  }
  void cancel() {
    turn([&] { tree_.cancel(); });
  }
  void open(std::size_t position = 0) {
    turn([&] { gate_.let_pass(position); });
  }
  void open_foreign(std::size_t position = 0) {
    turn([&] { foreign_.let_pass(position); });
  }
  void after(base::Duration duration) {
    virtual_now += duration;
    loop_.poll();
  }

  /// Branches: each tells when it begins, when it gets on, and (`~`) when it is destroyed.
  Task<std::string> now(std::string name) {
    Witness witness = begins(name);
    co_return name;
  }
  Task<std::string> gated(std::string name) {
    Witness witness = begins(name);
    co_await gate_.pass();
    story_.push_back(name + " on");
    co_return name;
  }
  Task<std::string> foreign(std::string name) {
    Witness witness = begins(name);
    co_await foreign_.pass();
    story_.push_back(name + " on");
    co_return name;
  }
  Task<std::string> foreign_then_gated(std::string name) {
    Witness witness = begins(name);
    co_await foreign_.pass();
    story_.push_back(name + " on");
    co_await gate_.pass();
    story_.push_back(name + " through");
    co_return name;
  }
  /// Throws its name.
  Task<std::string> failing(Task<std::string> task) {
    std::string name = co_await std::move(task);
    throw std::runtime_error(name);
  }

  Witness begins(const std::string& name) {
    story_.push_back(name);
    return Witness(story_, name);
  }
  /// What was told since the last time.
  std::vector<std::string> story() { return std::exchange(story_, {}); }

  std::vector<std::string> story_;
  LoopLog log_;
  Loop loop_{log_.options(true)};
  Gate gate_;
  ForeignGate foreign_;
  Tree tree_{loop_};
};

class Branches : public ::testing::Test, protected Stage {};

}  // namespace farcall::net
