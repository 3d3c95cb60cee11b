#pragma once

#include <farcall/task.hpp>

#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace farcall {

class Pool;

namespace net {
class PoolTrip;
}  // namespace net

namespace codegen {

/// Something that waits for a thread of a pool. Lives until `execute` was called or it was withdrawn.
class PoolTask {
 public:
  PoolTask() = default;
  PoolTask(const PoolTask&) = delete;
  PoolTask& operator=(const PoolTask&) = delete;

  /// On a thread of the pool, once. May destroy the task.
  virtual void execute() noexcept = 0;

 protected:
  virtual ~PoolTask() = default;

 private:
  friend class farcall::Pool;
  PoolTask* next_ = nullptr;
};

}  // namespace codegen

/// Threads for what would block an event loop: disk, databases, long computations. See `on`.
///
/// First come, first served. The queue has no bound of its own: there is one entry for every coroutine that
/// waits, so it is bounded by what bounds those, such as the number of handlers that a server runs at once.
/// The threads are named "farcall-pool". To be destroyed
/// when no coroutine can come to an `on` with it any more.
class Pool {
 public:
  /// Throws std::invalid_argument for 0, and std::system_error when a thread cannot be started.
  explicit Pool(std::size_t threads);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Runs what is queued to its end (except for coroutines that were cancelled), and joins the threads; not
  /// from one of them. The coroutines go on afterwards, on their loops.
  ~Pool();

  [[nodiscard]] std::size_t threads() const;

  // For farcall.
  /// Any thread. Not after `finish`.
  void submit(codegen::PoolTask& task);
  /// False if it has begun, or was never submitted. Any thread.
  [[nodiscard]] bool withdraw(codegen::PoolTask& task);
  /// As the destructor. Idempotent.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

namespace codegen {

/// The part of `on` that does not depend on the function.
class PoolWait : protected UninterruptedWait {
 protected:
  explicit PoolWait(Pool& pool) : pool_(pool) {}
  virtual ~PoolWait() = default;

  /// After UninterruptedWait::begin. A cancelled coroutine is ready to be unwound instead.
  void submit();
  /// For the destructor of the derived class, while there is what the function needs. A coroutine that no
  /// scope protects may be destroyed while it waits: a function that has not begun never does, and one that
  /// runs is waited for.
  void call_off();

 private:
  friend class net::PoolTrip;
  /// On a thread of the pool.
  virtual void call() noexcept = 0;

  Pool& pool_;
  net::PoolTrip* trip_ = nullptr;  // while it is under way; owned by the pool, then by the loop
};

template <class F>
class FunctionAwaiter final : private PoolWait {
 public:
  using Result = std::invoke_result_t<F&>;

  FunctionAwaiter(Pool& pool, F& function) : PoolWait(pool), function_(function) {}
  ~FunctionAwaiter() override { call_off(); }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    begin(waiting);
    submit();
  }
  Result await_resume() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
    if constexpr (!std::is_void_v<Result>) return std::move(*result_);
  }

 private:
  void call() noexcept override {
    try {
      if constexpr (std::is_void_v<Result>) {
        std::invoke(function_);
      } else {
        result_.emplace(std::invoke(function_));
      }
    } catch (...) {
      thrown_ = std::current_exception();
    }
  }

  F& function_;
  std::optional<std::conditional_t<std::is_void_v<Result>, std::monostate, Result>> result_;
  std::exception_ptr thrown_;
};

}  // namespace codegen

/// `T value = co_await on(pool, f);` runs `f()` on a thread of the pool while the Task waits, and goes on on
/// its own loop, with what `f` returned or threw. `f` may refer to the locals of the coroutine, which nobody
/// else touches meanwhile.
///
/// Cancellation does not interrupt `f`: a cancelled coroutine is unwound when `f` has returned. If `f` has
/// not begun by then it never does, and the coroutine is unwound when its turn in the pool's queue has come.
/// One that is awaited after the cancellation does not come to the pool. The end of the Runtime, too, waits
/// for what runs in a pool for one of its tasks, and the end of a Server for what does for its handlers.
/// Throws std::logic_error when awaited on a thread that runs no loop of farcall's.
template <class F>
requires std::is_invocable_v<F&> &&(!std::is_reference_v<std::invoke_result_t<F&>>)  //
    [[nodiscard]] Task<std::invoke_result_t<F&>> on(Pool& pool, F f) {
  co_return co_await codegen::FunctionAwaiter<F>(pool, f);
}

}  // namespace farcall
