#pragma once

#include <atomic>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace farcall {

namespace net {
class PoolTrips;
}  // namespace net

template <class T = void>
class Task;

class TaskScope;

/// A place in a ring of waits; alone in it to begin with.
class ForeignWaitLink {
 public:
  ForeignWaitLink() = default;
  ForeignWaitLink(const ForeignWaitLink&) = delete;
  ForeignWaitLink& operator=(const ForeignWaitLink&) = delete;

 protected:
  ~ForeignWaitLink() = default;

 private:
  friend class TaskScope;
  [[nodiscard]] bool linked() const { return next_ != this; }
  void insert_before(ForeignWaitLink& other) {
    previous_ = std::exchange(other.previous_, this);
    next_ = &other;
    previous_->next_ = this;
  }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

  ForeignWaitLink* previous_ = this;
  ForeignWaitLink* next_ = this;
};

/// A wait for something that is not farcall's, during which the coroutine must stay where it is, and which
/// can be asked to end: whoever carries it out is told when the result is not wanted any more. The scope's
/// thread.
class ForeignWait : private ForeignWaitLink {
 public:
  ForeignWait() = default;

 protected:
  virtual ~ForeignWait() = default;

 private:
  friend class TaskScope;
  /// The tree was cancelled: the wait should end soon. Once, and must resume nobody.
  virtual void on_cancelled() = 0;

  TaskScope* scope_ = nullptr;
};

/// What a tree of tasks runs under: it knows whether the tree waits at suspension points of farcall, where it
/// may be destroyed, and whether somebody has asked for that.
///
/// A tree is one chain of coroutines, each awaiting the next, until one of them runs several tasks side by
/// side (all, any): each of those is the root of a branch with a scope of its own, and the tree waits when
/// all of them do. See docs/decisions/0016.
///
/// Used on one thread, the loop's. Implemented by whoever owns a root task (a call on the server, a spawned
/// task, all and any); user code never sees it.
class TaskScope {
 public:
  /// What scopes have in common whose tasks run side by side.
  struct Siblings {
    /// The scope of the coroutine that waits for them; null for a coroutine that is not farcall's.
    TaskScope* parent = nullptr;
    /// How many of them are neither parked nor over, and whoever else must not see the parent parked.
    std::size_t running = 0;
    /// They are cancelled, whatever the parent is.
    std::atomic<bool> closed{false};
  };

  TaskScope() = default;
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  /// This tree, or one that it is a branch of, is to end. Also for another thread that works for the tree
  /// while that is not parked.
  [[nodiscard]] bool cancelled() const {
    for (const TaskScope* scope = this; scope != nullptr; scope = scope->siblings_->parent) {
      if (scope->asked_to_end()) return true;
      if (scope->siblings_ == nullptr) return false;
    }
    return false;
  }
  /// Nothing of the tree does anything but wait at suspension points of farcall: destroying its root now
  /// unwinds it.
  [[nodiscard]] bool parked() const { return parked_; }

  /// Asks for the end. If the tree is parked the owner may destroy it; otherwise `unwind` is called when it
  /// parks.
  void cancel() {
    cancelled_.store(true, std::memory_order_relaxed);
    tell_foreign_waits();
  }
  /// Tells the foreign waits of what is cancelled, in the whole tree. For those who cancel in another way
  /// than by `cancel`.
  void tell_foreign_waits() {
    TaskScope& root = top();
    // Once around the ring, always from its front, since whoever is told may begin or end another. If that
    // tells waits in turn, it has told everybody.
    for (std::uint32_t left = root.untold_; left > 0 && root.untold_ > 0; --left) {
      ForeignWait& wait = static_cast<ForeignWait&>(*root.foreign_waits_.next_);
      wait.unlink();
      if (wait.scope_->cancelled()) {
        --root.untold_;
        wait.on_cancelled();
      } else {
        wait.insert_before(root.foreign_waits_);
      }
    }
  }

  /// For suspension points: the innermost coroutine goes to wait. When cancelled it will not be resumed any
  /// more.
  void park() {
    for (TaskScope* scope = this; scope != nullptr; scope = scope->siblings_->parent) {
      scope->parked_ = true;
      if (scope->asked_to_end()) scope->unwind();
      if (scope->siblings_ == nullptr || --scope->siblings_->running > 0) return;
    }
  }
  void unpark() {
    for (TaskScope* scope = this; scope != nullptr; scope = scope->siblings_->parent) {
      scope->parked_ = false;
      if (scope->siblings_ == nullptr || scope->siblings_->running++ > 0) return;
    }
  }

  /// For awaiters of what is not farcall's: the coroutine waits, and the tree is not to be destroyed until
  /// `end_wait`.
  void begin_wait(ForeignWait& wait) {
    TaskScope& root = top();
    wait.scope_ = this;
    wait.insert_before(root.foreign_waits_);
    ++root.untold_;
  }
  void end_wait(ForeignWait& wait) {
    if (!wait.linked()) return;  // it was told
    wait.unlink();
    --top().untold_;
  }

  /// Where the functions in pools for this tree are counted; null: nowhere.
  [[nodiscard]] net::PoolTrips* pool_trips() { return top().pool_trips_; }

 protected:
  virtual ~TaskScope() = default;

  /// Before the task starts: it is one of several.
  void join(Siblings& siblings) { siblings_ = &siblings; }
  /// Before the task starts, for the scope of a whole tree whose owner waits for them; `trips` outlives it.
  void count_pool_trips(net::PoolTrips& trips) { pool_trips_ = &trips; }

 private:
  template <class>
  friend class Task;
  friend struct TaskPromiseBase;

  /// The root has run to its end; it may be destroyed from here on, even inside this call. Returns what is to
  /// run next on this thread.
  virtual std::coroutine_handle<> finished() = 0;
  /// A cancelled tree has parked. The owner destroys the root soon, but not inside this call.
  virtual void unwind() = 0;

  /// The scope of the whole tree.
  [[nodiscard]] TaskScope& top() {
    TaskScope* scope = this;
    while (scope->siblings_ != nullptr && scope->siblings_->parent != nullptr)
      scope = scope->siblings_->parent;
    return *scope;
  }
  [[nodiscard]] bool asked_to_end() const {
    return cancelled_.load(std::memory_order_relaxed) ||
           (siblings_ != nullptr && siblings_->closed.load(std::memory_order_relaxed));
  }

  // Of the whole tree, if this is its top:
  struct ForeignWaits final : ForeignWaitLink {};
  ForeignWaits foreign_waits_;  // those that were not told yet, the oldest in front
  net::PoolTrips* pool_trips_ = nullptr;
  std::uint32_t untold_ = 0;

  std::atomic<bool> cancelled_{false};
  bool parked_ = false;
  Siblings* siblings_ = nullptr;
};

/// Memory for coroutine frames: a cache of the event loop's thread, the heap elsewhere. A frame may be freed
/// on another thread than the one that made it.
[[nodiscard]] void* allocate_frame(std::size_t size);
void free_frame(void* frame, std::size_t size) noexcept;

struct TaskPromiseBase {
  TaskPromiseBase() = default;
  TaskPromiseBase(const TaskPromiseBase&) = delete;
  TaskPromiseBase& operator=(const TaskPromiseBase&) = delete;

  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> self) noexcept {
      TaskPromiseBase& promise = self.promise();
      if (promise.continuation) return promise.continuation;
      if (promise.scope != nullptr) return promise.scope->finished();
      return std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }

  void unhandled_exception() noexcept { exception = std::current_exception(); }

  [[nodiscard]] TaskScope* task_scope() const { return scope; }

  std::coroutine_handle<> continuation;  // null for a root
  TaskScope* scope = nullptr;            // null while no farcall owner runs the tree
  std::exception_ptr exception;
};

/// The scope that the coroutine behind `handle` runs under; null for coroutines that are not farcall's.
template <class Promise>
TaskScope* scope_of(std::coroutine_handle<Promise> handle) {
  if constexpr (requires { handle.promise().task_scope(); }) {
    return handle.promise().task_scope();
  } else {
    return nullptr;
  }
}

template <class T>
struct TaskPromise : TaskPromiseBase {
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& result) {
    value.emplace(std::forward<U>(result));
  }
  T take() {
    if (exception) std::rethrow_exception(exception);
    return std::move(*value);
  }

  std::optional<T> value;
};

template <>
struct TaskPromise<void> : TaskPromiseBase {
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() {
    if (exception) std::rethrow_exception(exception);
  }
};

/// A coroutine that computes a T: what handlers return.
///
/// Lazy: it does not begin before it is awaited (or handed to a Runtime). Single-owner: destroying a Task
/// destroys the coroutine where it is suspended, with everything that it in turn awaits; destructors run, no
/// exception is thrown. An exception that leaves the coroutine is thrown by the `co_await` of it. A Task may
/// await any awaiter, but one that resumes it must do so on the thread of the loop that it began on.
///
/// Parameters are the coroutine's own only when taken by value: a reference must outlive the Task. A lambda
/// that captures must not be a coroutine, since its captures die with the lambda.
template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  Task& operator=(Task&& other) noexcept {
    Task old(std::move(*this));
    handle_ = std::exchange(other.handle_, {});
    return *this;
  }
  ~Task() {
    if (handle_) handle_.destroy();
  }

  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(handle_); }
  [[nodiscard]] bool done() const { return handle_ && handle_.done(); }

  /// Begins a root task under `scope`, which is told when it has finished. For owners of roots, not for
  /// handlers.
  void start(TaskScope& scope) {
    handle_.promise().scope = &scope;
    handle_.resume();
  }
  /// What the finished root computed; throws what it threw.
  T take() { return handle_.promise().take(); }
  /// Whether `take` would throw.
  [[nodiscard]] bool failed() const { return static_cast<bool>(handle_.promise().exception); }

  struct Awaiter {
    Handle handle;
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
      handle.promise().continuation = parent;
      handle.promise().scope = scope_of(parent);
      return handle;
    }
    T await_resume() { return handle.promise().take(); }
  };
  Awaiter operator co_await() const& noexcept { return Awaiter{handle_}; }
  Awaiter operator co_await() const&& noexcept { return Awaiter{handle_}; }

 private:
  friend class RootTask;

  Handle handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// A root for an owner that need not know what it computes. Destroyed with its coroutine, as a Task is.
class RootTask {
 public:
  RootTask() = default;
  RootTask(const RootTask&) = delete;
  RootTask& operator=(const RootTask&) = delete;
  ~RootTask() { destroy(); }

  /// Once: takes `task` over, which is not empty.
  template <class T>
  void adopt(Task<T> task) noexcept {
    promise_ = &task.handle_.promise();
    coroutine_ = std::exchange(task.handle_, {});
  }
  void start(TaskScope& scope) {
    promise_->scope = &scope;
    coroutine_.resume();
  }
  /// Of the finished root: throws what it threw. What it computed is in the promise, until this is destroyed.
  void rethrow() const {
    if (promise_->exception) std::rethrow_exception(promise_->exception);
  }
  [[nodiscard]] TaskPromiseBase& promise() const { return *promise_; }
  void destroy() {
    if (coroutine_) std::exchange(coroutine_, {}).destroy();
  }

 private:
  std::coroutine_handle<> coroutine_;
  TaskPromiseBase* promise_ = nullptr;
};

/// The base of every awaiter of farcall's own: parks the coroutine with its scope while it waits.
///
/// A derived awaiter calls `park` in await_suspend and arranges for `resume` to be called later on the loop's
/// thread; its destructor must revoke that arrangement, because a cancelled coroutine is destroyed where it
/// waits.
class SuspensionPoint {
 public:
  SuspensionPoint() = default;
  SuspensionPoint(const SuspensionPoint&) = delete;
  SuspensionPoint& operator=(const SuspensionPoint&) = delete;

 protected:
  ~SuspensionPoint() = default;

  template <class Promise>
  void park(std::coroutine_handle<Promise> waiting) {
    waiting_ = waiting;
    scope_ = scope_of(waiting);
    if (scope_ != nullptr) scope_->park();
  }

  void resume() {
    if (scope_ != nullptr) {
      if (scope_->cancelled()) return;  // it is about to be unwound
      scope_->unpark();
    }
    waiting_.resume();
  }

 private:
  std::coroutine_handle<> waiting_;
  TaskScope* scope_ = nullptr;
};

/// The base of awaiters that another thread works for, and that must therefore stay until it is done: a
/// coroutine that was cancelled meanwhile is unwound at the end of the wait.
class UninterruptedWait {
 public:
  UninterruptedWait() = default;
  UninterruptedWait(const UninterruptedWait&) = delete;
  UninterruptedWait& operator=(const UninterruptedWait&) = delete;

 protected:
  ~UninterruptedWait() = default;

  template <class Promise>
  void begin(std::coroutine_handle<Promise> waiting) {
    waiting_ = waiting;
    scope_ = scope_of(waiting);
  }
  /// During the wait: whether its result is still wanted. Any thread.
  [[nodiscard]] bool cancelled() const { return scope_ != nullptr && scope_->cancelled(); }
  /// Null for a coroutine that no scope protects.
  [[nodiscard]] TaskScope* scope() const { return scope_; }
  /// On the loop's thread. The coroutine goes on, or is ready to be unwound.
  void end() {
    if (cancelled()) {
      scope_->park();
    } else {
      waiting_.resume();
    }
  }

 private:
  std::coroutine_handle<> waiting_;
  TaskScope* scope_ = nullptr;
};

}  // namespace farcall
