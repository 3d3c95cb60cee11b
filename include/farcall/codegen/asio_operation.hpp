#pragma once

// Behind farcall::use_task: see <farcall/asio.hpp>.

#include <farcall/task.hpp>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/error_code.hpp>
#include <asio/system_error.hpp>

#include <atomic>
#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace farcall::codegen {

/// What becomes of an operation's error_code or exception.
struct ThrowErrors {};
struct GiveErrors {};

/// One Asio operation that a coroutine waits for. Shared by the awaiter and the completion handler, since
/// each may outlive the other.
class AsioWait : private ForeignWait {
 public:
  ~AsioWait() override;
  AsioWait(const AsioWait&) = delete;
  AsioWait& operator=(const AsioWait&) = delete;

  /// On the loop, before the operation is initiated. False if it is not to be: the coroutine was cancelled,
  /// and will be unwound.
  [[nodiscard]] bool begin(std::coroutine_handle<> waiting, TaskScope* scope);
  /// It was, and may have completed meanwhile.
  void initiated() { initiating_ = false; }
  /// It could not be.
  void not_initiated();
  /// The operation has completed; its results are stored. Any thread, once.
  static void complete(std::shared_ptr<AsioWait> self);
  /// The coroutine is gone.
  void detach();

 protected:
  AsioWait();
  [[nodiscard]] bool completed() const { return completed_; }
  /// Asks the operation to end. On the loop.
  void on_cancelled() override = 0;

 private:
  class Arrival;
  friend class Arrival;
  struct Place;

  void arrive();
  void leave();

  std::unique_ptr<Place> place_;
  std::coroutine_handle<> waiting_;
  TaskScope* scope_ = nullptr;
  bool waits_ = false;
  std::atomic<bool> initiating_{true};
  std::atomic<bool> completed_{false};
};

/// Where an operation runs and is to be cancelled, if its initiation says so.
template <class Initiation>
struct AsioExecutor {
  explicit AsioExecutor(const Initiation&) {}
  template <class F>
  void dispatch(F f) const {
    f();
  }
};
template <class Initiation>
requires requires(const Initiation& initiation) {
  initiation.get_executor();
}
struct AsioExecutor<Initiation> {
  explicit AsioExecutor(const Initiation& initiation) : executor(initiation.get_executor()) {}
  template <class F>
  void dispatch(F f) const {
    asio::dispatch(executor, std::move(f));
  }
  std::decay_t<decltype(std::declval<const Initiation&>().get_executor())> executor;
};

template <class Initiation, class... Results>
class AsioOperation final : public AsioWait {
 public:
  static std::shared_ptr<AsioOperation> make(const Initiation& initiation) {
    auto made = std::make_shared<AsioOperation>(initiation);
    made->self_ = made;
    return made;
  }
  explicit AsioOperation(const Initiation& initiation) : executor_(initiation) {}

  [[nodiscard]] asio::cancellation_slot slot() { return signal_.slot(); }
  template <class... Args>
  void store(Args&&... args) {
    results_.emplace(std::forward<Args>(args)...);
  }
  /// Throws if it was dropped without having completed.
  std::tuple<Results...> take() {
    if (!results_) throw asio::system_error(asio::error::operation_aborted);
    return std::move(*results_);
  }

 private:
  void on_cancelled() override {
    std::shared_ptr<AsioOperation> self = self_.lock();
    if (!self) return;
    executor_.dispatch([self = std::move(self)] {
      if (!self->completed()) self->signal_.emit(asio::cancellation_type::terminal);
    });
  }

  AsioExecutor<Initiation> executor_;
  asio::cancellation_signal signal_;
  std::optional<std::tuple<Results...>> results_;
  std::weak_ptr<AsioOperation> self_;
};

/// The completion handler of an operation. Without an executor of its own: it is called on the operation's.
template <class Operation, class... Args>
class AsioHandler {
 public:
  using cancellation_slot_type = asio::cancellation_slot;

  explicit AsioHandler(std::shared_ptr<Operation> operation) : operation_(std::move(operation)) {}
  AsioHandler(AsioHandler&&) noexcept = default;
  AsioHandler& operator=(AsioHandler&&) = delete;
  /// One that is dropped instead of being called has completed, too.
  ~AsioHandler() {
    if (operation_) AsioWait::complete(std::move(operation_));
  }

  [[nodiscard]] cancellation_slot_type get_cancellation_slot() const noexcept { return operation_->slot(); }

  void operator()(Args... args) {
    operation_->store(std::forward<Args>(args)...);
    AsioWait::complete(std::move(operation_));
  }

 private:
  std::shared_ptr<Operation> operation_;
};

/// What `co_await` gives of a tuple: nothing, the one, or all.
inline void asio_result(std::tuple<>&&) {}
template <class T>
T asio_result(std::tuple<T>&& results) {
  return std::get<0>(std::move(results));
}
template <class T, class U, class... More>
std::tuple<T, U, More...> asio_result(std::tuple<T, U, More...>&& results) {
  return std::move(results);
}

inline void throw_if(const asio::error_code& error) {
  if (error) throw asio::system_error(error);
}
inline void throw_if(std::exception_ptr error) {
  if (error) std::rethrow_exception(std::move(error));
}
template <class T>
concept AsioError = std::same_as<T, asio::error_code> || std::same_as<T, std::exception_ptr>;

template <class... Results>
decltype(auto) asio_outcome(GiveErrors, std::tuple<Results...>&& results) {
  return asio_result(std::move(results));
}
template <class... Results>
decltype(auto) asio_outcome(ThrowErrors, std::tuple<Results...>&& results) {
  return asio_result(std::move(results));
}
template <AsioError Error, class... Results>
decltype(auto) asio_outcome(ThrowErrors, std::tuple<Error, Results...>&& results) {
  throw_if(std::get<0>(std::move(results)));
  return std::apply(
      [](Error&&, Results&&... rest) { return asio_result(std::tuple<Results...>(std::move(rest)...)); },
      std::move(results));
}

/// An Asio operation, not begun: begins when it is awaited, once.
template <class Errors, class Initiation, class Signature, class... Args>
class AsioAwaiter;

template <class Errors, class Initiation, class... Results, class... Args>
class [[nodiscard]] AsioAwaiter<Errors, Initiation, void(Results...), Args...> {
  using Operation = AsioOperation<Initiation, std::decay_t<Results>...>;

 public:
  template <class I, class... A>
  explicit AsioAwaiter(std::in_place_t, I&& initiation, A&&... args)
      : initiation_(std::forward<I>(initiation)), args_(std::forward<A>(args)...) {}
  // As its arguments are. NOLINTNEXTLINE(performance-noexcept-move-constructor)
  AsioAwaiter(AsioAwaiter&&) = default;
  AsioAwaiter& operator=(AsioAwaiter&&) = delete;
  ~AsioAwaiter() {
    if (operation_) operation_->detach();
  }

  bool await_ready() const noexcept { return false; }

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    // The coroutine is resumed in another turn, so this stays.
    operation_ = Operation::make(initiation_);
    if (!operation_->begin(waiting, scope_of(waiting))) return;
    try {
      std::apply(
          [this](Args&&... args) {
            std::move(initiation_)(AsioHandler<Operation, Results...>(operation_), std::move(args)...);
          },
          std::move(args_));
    } catch (...) {
      operation_->not_initiated();
      throw;
    }
    operation_->initiated();
  }

  decltype(auto) await_resume() { return asio_outcome(Errors(), operation_->take()); }

 private:
  Initiation initiation_;
  std::tuple<Args...> args_;
  std::shared_ptr<Operation> operation_;
};

}  // namespace farcall::codegen
