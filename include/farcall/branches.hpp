#pragma once

#include <farcall/task.hpp>

#include <array>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

/// What is behind all and any: see <farcall/all.hpp> and <farcall/any.hpp>.
namespace farcall::net {
class Loop;
class LateBranches;
}  // namespace farcall::net

namespace farcall::codegen {

template <class A>
concept Awaiter = requires(A& awaiter) {
  { awaiter.await_ready() } -> std::convertible_to<bool>;
  awaiter.await_resume();
};
template <class A>
concept MemberAwaitable = requires(A&& awaitable) {
  { std::forward<A>(awaitable).operator co_await() } -> Awaiter;
};
template <class A>
concept FreeAwaitable = requires(A&& awaitable) {
  { operator co_await(std::forward<A>(awaitable)) } -> Awaiter;
};
/// What `co_await std::move(a)` takes.
template <class A>
concept Awaitable = Awaiter<A> || MemberAwaitable<A> || FreeAwaitable<A>;

template <Awaitable A>
decltype(auto) await_result(A&& awaitable) {
  if constexpr (MemberAwaitable<A>) {
    return std::forward<A>(awaitable).operator co_await().await_resume();
  } else if constexpr (FreeAwaitable<A>) {
    return operator co_await(std::forward<A>(awaitable)).await_resume();
  } else {
    return awaitable.await_resume();
  }
}

/// What awaiting an A gives, as a value.
template <class A>
using AwaitResult = std::remove_cvref_t<decltype(await_result(std::declval<A>()))>;

/// The place of a T in a tuple or a variant.
template <class T>
using ValueOf = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class A>
Task<AwaitResult<A>> await_as_task(A awaitable) {
  co_return co_await std::move(awaitable);
}

/// A task itself; anything else that can be awaited, wrapped into one.
template <class T>
Task<T> as_task(Task<T> task) {
  if (!task) throw std::invalid_argument("farcall: all and any were given a Task that was moved away");
  return task;
}
template <Awaitable A>
Task<AwaitResult<A>> as_task(A awaitable) {
  return await_as_task<A>(std::move(awaitable));
}

class BranchGroup;

/// One of the tasks that run side by side; the scope that its tree runs under. Lives as long as its group.
class BranchScope : public TaskScope {
 protected:
  BranchScope() = default;
  ~BranchScope() override = default;

  /// The task has ended.
  [[nodiscard]] std::coroutine_handle<> ended(bool failed);

 private:
  friend class BranchGroup;
  virtual void start() = 0;
  virtual void destroy() noexcept = 0;
  void unwind() override;

  BranchGroup* group_ = nullptr;
  BranchScope* next_ = nullptr;
  BranchScope* next_late_ = nullptr;
  bool unfinished_ = false;  // and begun
};

/// When a group has what it waits for, and cancels whatever goes on.
enum class Until : std::uint8_t {
  all_have_ended,  ///< Or one of them has thrown.
  one_has_ended,
};

// clang-format off
/// Tasks that run side by side while one coroutine waits for them. On one loop's thread.
///
///     open ──the deciding branch ended──▶ closed ──the last branch ended or was destroyed──▶ over
///       ╰───────────────────── the last branch ended ────────────────────────────────────────▲
///
///     a branch that ...    while open              once closed                once the parent is cancelled
///     parks                waits                   is destroyed, soon         stays, for the parent's owner
///     is parked            waits                   was destroyed at that      stays
///     completes a wait     goes on                 if foreign: until it parks  the same; else stays
///     ends                 may decide              counts                     counts
///
/// Nothing recurses from branch to branch, and no memory is allocated: what resumes the parent is the end of
/// the last branch (by symmetric transfer), or the end of the turn in which the last one parked.
// clang-format on
class BranchGroup final : private TaskScope::Siblings {
 public:
  explicit BranchGroup(Until until);
  BranchGroup(const BranchGroup&) = delete;
  BranchGroup& operator=(const BranchGroup&) = delete;
  /// Behind the destructors of its branches.
  ~BranchGroup();

  /// In the order in which they are to start. Outlives them.
  void add(BranchScope& branch);

  class Wait {
   public:
    explicit Wait(BranchGroup& group) : group_(group) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;
    /// Here also the parent's destruction begins: from now on no branch is resumed.
    ~Wait() { group_.closed.store(true, std::memory_order_relaxed); }

    bool await_ready() const noexcept { return false; }
    template <class Promise>
    bool await_suspend(std::coroutine_handle<Promise> waiting) {
      group_.waiting_ = waiting;
      group_.parent = scope_of(waiting);
      return group_.start();
    }
    void await_resume() const noexcept {}

   private:
    BranchGroup& group_;
  };
  /// Runs all branches until the group is over. Throws std::logic_error on a thread that runs no loop.
  Wait operator co_await() { return Wait(*this); }

  /// Afterwards: the position of the branch that has decided, if one has.
  [[nodiscard]] bool decided() const { return decisive_ != nullptr; }
  [[nodiscard]] std::size_t decisive() const;

 private:
  friend class BranchScope;
  friend class net::LateBranches;

  /// Whether there is something to wait for.
  [[nodiscard]] bool start();
  [[nodiscard]] std::coroutine_handle<> finished(BranchScope& branch, bool failed);
  void close(BranchScope& decisive);
  void destroy(BranchScope& branch);
  void destroy_at_turn_end(BranchScope& branch);
  void destroy_late();
  [[nodiscard]] std::coroutine_handle<> let_go();
  [[nodiscard]] bool parent_cancelled() const { return parent != nullptr && parent->cancelled(); }
  [[nodiscard]] net::LateBranches& late_hook();

  net::Loop* loop_ = nullptr;
  std::coroutine_handle<> waiting_;
  BranchScope* first_ = nullptr;
  BranchScope* last_ = nullptr;
  BranchScope* late_ = nullptr;
  BranchScope* decisive_ = nullptr;
  std::size_t unfinished_ = 0;
  Until until_;
  /// A net::LateBranches, which is a hook at the end of a turn.
  alignas(void*) std::array<std::byte, 4 * sizeof(void*)> late_hook_;
};

template <class T>
class Branch final : public BranchScope {
 public:
  Branch() = default;
  explicit Branch(Task<T>&& task) : task_(std::move(task)) {}
  void set(Task<T>&& task) { task_ = std::move(task); }

  /// Afterwards, and only if it has ended by itself: its result; throws what it threw.
  ValueOf<T> take() {
    if constexpr (std::is_void_v<T>) {
      task_.take();
      return std::monostate();
    } else {
      return task_.take();
    }
  }

 private:
  void start() override { task_.start(*this); }
  void destroy() noexcept override { task_ = Task<T>(); }
  std::coroutine_handle<> finished() override { return ended(task_.failed()); }

  Task<T> task_;
};

}  // namespace farcall::codegen
