#pragma once

// Behind farcall::async_start: see <farcall/asio.hpp>.

#include <farcall/codegen/op_source.hpp>
#include <farcall/op.hpp>
#include <farcall/runtime.hpp>
#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/execution/context.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/query.hpp>
#include <asio/system_context.hpp>
#include <asio/system_error.hpp>

#include <atomic>
#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <type_traits>
#include <utility>

namespace farcall::codegen {

/// The associated executor of handlers that have none.
struct NoExecutor {};

/// One that may run a function anywhere: that of asio::use_future. A post would have a thread started for it.
template <class Executor>
concept OfTheSystem = requires(const Executor& executor) {
  { asio::query(executor, asio::execution::context) } -> std::same_as<asio::system_context&>;
};

/// Calls a handler: on its associated executor, whose context has outstanding work until then, or at once if
/// it has none.
template <class Handler>
class AsioCompletion {
  using Executor = asio::associated_executor_t<Handler, NoExecutor>;
  static constexpr bool kAtOnce = std::same_as<Executor, NoExecutor>;

 public:
  explicit AsioCompletion(Handler handler) : handler_(std::move(handler)), work_(work_for(handler_)) {}

  template <class... Values>
  void operator()(Values... values) noexcept {
    if constexpr (kAtOnce) {
      std::move(handler_)(std::move(values)...);
    } else {
      Bound<Values...> bound(std::move(handler_), std::move(values)...);
      if constexpr (OfTheSystem<Executor>) {
        asio::dispatch(work_.get_executor(), std::move(bound));
      } else {
        asio::post(work_.get_executor(), std::move(bound));
      }
      work_.reset();
    }
  }

 private:
  template <class... Values>
  class Bound {
   public:
    using allocator_type = asio::associated_allocator_t<Handler>;
    explicit Bound(Handler&& handler, Values&&... values)
        : handler_(std::move(handler)), values_(std::move(values)...) {}
    [[nodiscard]] allocator_type get_allocator() const noexcept {
      return asio::get_associated_allocator(handler_);
    }
    void operator()() { std::apply(std::move(handler_), std::move(values_)); }

   private:
    Handler handler_;
    std::tuple<Values...> values_;
  };

  static auto work_for([[maybe_unused]] const Handler& handler) {
    if constexpr (kAtOnce) {
      return NoExecutor();
    } else {
      return asio::executor_work_guard<Executor>(asio::get_associated_executor(handler));
    }
  }

  Handler handler_;
  decltype(work_for(std::declval<const Handler&>())) work_;
};

[[nodiscard]] inline bool asks_to_end(asio::cancellation_type type) {
  return type != asio::cancellation_type::none;
}

/// An Op under way for a completion handler. Owns itself until it has completed.
template <class T, class Handler>
class StartedOp final : public OpWaiter {
 public:
  using Completion = AsioCompletion<Handler>;

  StartedOp(Ref<OpSource> source, OpStep step, T (*take)(OpSource&), Completion completion)
      : source_(std::move(source)), take_(take), completion_(std::move(completion)), step_(step) {}

  static void start(OpParts<T> parts, Handler handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    Completion completion(std::move(handler));
    auto self = std::make_shared<StartedOp>(parts.source, parts.step, parts.take, std::move(completion));
    self->self_ = self;
    if constexpr (std::constructible_from<T, Status>) {
      if (slot.is_connected()) slot.assign(Canceller(self));
    }
    try {
      if (parts.source->start(parts.step, std::move(parts.payload), *self)) self->complete();
    } catch (...) {
      self->self_.reset();
      throw;
    }
  }

 private:
  class Canceller {
   public:
    explicit Canceller(std::weak_ptr<StartedOp> op) : op_(std::move(op)) {}
    void operator()(asio::cancellation_type type) const {
      const std::shared_ptr<StartedOp> op = op_.lock();
      if (op && asks_to_end(type) && !op->cancelled_.exchange(true)) {
        op->source_->abandon(op->step_, *op, op);
      }
    }

   private:
    std::weak_ptr<StartedOp> op_;
  };

  void complete() override {
    const std::shared_ptr<StartedOp> self = std::move(self_);
    if constexpr (std::constructible_from<T, Status>) {
      if (cancelled_) return completion_(T(Status::cancelled("the operation was cancelled by its starter")));
    }
    completion_(take_(*source_));
  }

  Ref<OpSource> source_;
  T (*take_)(OpSource&);
  Completion completion_;
  OpStep step_;
  std::atomic<bool> cancelled_{false};
  std::shared_ptr<StartedOp> self_;
};

struct StartOp {
  template <class Handler, class T>
  void operator()(Handler&& handler, Op<T> op) const {
    using Decayed = std::decay_t<Handler>;
    OpParts<T> parts = op.dismantle();
    if (parts.value) {
      AsioCompletion<Decayed>(std::forward<Handler>(handler))(std::move(*parts.value));
    } else {
      StartedOp<T, Decayed>::start(std::move(parts), std::forward<Handler>(handler));
    }
  }
};

/// What a handler is given beside the exception.
template <class T>
T value_beside_exception() {
  if constexpr (std::default_initializable<T>) {
    return T();
  } else {
    static_assert(
        std::constructible_from<T, Status>,
        "async_start needs a value to give beside an exception: let the task compute something that "
        "is default-constructible, or made from a farcall::Status");
    return T(Status::unknown("the task has thrown an exception"));
  }
}

/// Calls the handler of a started task, once; if by nothing else then by its own end.
template <class T, class Handler>
class StartedTask {
 public:
  using Completion = AsioCompletion<Handler>;

  explicit StartedTask(Completion completion) : completion_(std::move(completion)) {}
  StartedTask(const StartedTask&) = delete;
  StartedTask& operator=(const StartedTask&) = delete;
  ~StartedTask() {
    if (!completion_) return;
    // In two steps, so that nothing of the exception is left here once the handler has it.
    std::exception_ptr aborted = std::make_exception_ptr(asio::system_error(asio::error::operation_aborted));
    fail(std::move(aborted));
  }

  /// Lazy; begun by the Runtime. Destroyed before its end, it fails.
  static Task<void> run(Task<T> task, std::unique_ptr<StartedTask> self) {
    std::exception_ptr thrown;
    if constexpr (std::is_void_v<T>) {
      try {
        co_await std::move(task);
      } catch (...) {
        thrown = std::current_exception();
      }
      self->tell(std::move(thrown));
    } else {
      std::optional<T> value;
      try {
        value.emplace(co_await std::move(task));
      } catch (...) {
        thrown = std::current_exception();
      }
      if (value) {
        self->tell(std::exception_ptr(), std::move(*value));
      } else {
        self->fail(std::move(thrown));
      }
    }
  }

 private:
  void fail(std::exception_ptr thrown) {
    if constexpr (std::is_void_v<T>) {
      tell(std::move(thrown));
    } else {
      tell(std::move(thrown), value_beside_exception<T>());
    }
  }
  template <class... Values>
  void tell(Values... values) {
    Completion completion = std::move(*completion_);
    completion_.reset();
    completion(std::move(values)...);
  }

  std::optional<Completion> completion_;
};

/// Stops a task when its starter's cancellation slot is told to.
class TaskCanceller {
 public:
  explicit TaskCanceller(std::stop_source stop) : stop_(std::move(stop)) {}
  void operator()(asio::cancellation_type type) {
    if (asks_to_end(type)) stop_.request_stop();
  }

 private:
  std::stop_source stop_;
};

struct StartTask {
  template <class Handler, class T>
  void operator()(Handler&& handler, Runtime* runtime, Task<T> task) const {
    using Started = StartedTask<T, std::decay_t<Handler>>;
    std::stop_source stop(std::nostopstate);
    auto slot = asio::get_associated_cancellation_slot(handler);
    if (slot.is_connected()) {
      stop = std::stop_source();
      slot.assign(TaskCanceller(stop));
    }
    typename Started::Completion completion(std::forward<Handler>(handler));
    auto started = std::make_unique<Started>(std::move(completion));
    runtime->spawn(Started::run(std::move(task), std::move(started)), stop.get_token());
  }
};

template <class T>
struct TaskSignature {
  using type = void(std::exception_ptr, T);
};
template <>
struct TaskSignature<void> {
  using type = void(std::exception_ptr);
};

}  // namespace farcall::codegen
