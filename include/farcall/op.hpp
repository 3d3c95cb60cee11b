#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codegen/op_source.hpp>
#include <farcall/task.hpp>

#include <coroutine>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace farcall {

namespace codegen {

class OpBridge;

/// Whether this thread runs a loop of farcall.
[[nodiscard]] bool on_loop_thread();

/// Starts the step and blocks until it has its result. Throws std::logic_error on a loop's thread, which must
/// not block.
void wait_for(OpSource& source, OpStep step, Buffer payload);

/// The part of awaiting an Op that does not depend on what it gives.
class OpAwaiterBase : protected SuspensionPoint, private OpWaiter {
 public:
  /// On the thread that awaits: the step has its result. For OpBridge.
  void arrive() { complete(); }

 protected:
  OpAwaiterBase(Ref<OpSource> source, OpStep step, Buffer payload)
      : source_(std::move(source)), payload_(std::move(payload)), step_(step) {}
  /// Destroyed while it waits, it gives the step up; nothing is resumed then.
  ~OpAwaiterBase();

  /// True when there is nothing to wait for. If false, on a thread that runs no loop, this object may be gone
  /// already.
  [[nodiscard]] bool begin();
  [[nodiscard]] OpSource& source() { return *source_; }

 private:
  void complete() override {
    if (abandoned_) return;
    waiting_for_source_ = false;
    resume();
  }

  Ref<OpSource> source_;
  Buffer payload_;
  std::shared_ptr<OpBridge> bridge_;  // while the source is on another loop
  OpStep step_;
  bool waiting_for_source_ = false;
  bool abandoned_ = false;
};

template <class T>
class [[nodiscard]] OpAwaiter final : private OpAwaiterBase {
 public:
  using Take = T (*)(OpSource&);

  OpAwaiter(std::optional<T> value, Ref<OpSource> source, OpStep step, Buffer payload, Take take)
      : OpAwaiterBase(std::move(source), step, std::move(payload)), value_(std::move(value)), take_(take) {}

  bool await_ready() const noexcept { return value_.has_value(); }

  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> waiting) {
    if (on_loop_thread()) {
      if (begin()) return false;
      park(waiting);
      return true;
    }
    // Here the other thread may resume the coroutine while begin() is still at work.
    park(waiting);
    return !begin();
  }

  T await_resume() {
    if (value_) return std::move(*value_);
    return take_(source());
  }

 private:
  std::optional<T> value_;
  Take take_;
};

/// What an operation is made of, for those who carry it out in another way than Op does.
template <class T>
struct OpParts {
  std::optional<T> value;  ///< Given: the operation is over already, and has no source.
  Ref<OpSource> source;
  T (*take)(OpSource&) = nullptr;
  Buffer payload;
  OpStep step = OpStep::reply;
};

template <class T, class F>
class OpContinuation final : public OpWaiter {
 public:
  OpContinuation(Ref<OpSource> source, T (*take)(OpSource&), F callback)
      : source_(std::move(source)), take_(take), callback_(std::move(callback)) {}

  /// Consumes `self`, which is told later or has been told already.
  static void start(std::unique_ptr<OpContinuation> self, OpStep step, Buffer payload) {
    // The other thread may be done with both before `start` returns.
    const Ref<OpSource> source = self->source_;
    OpContinuation& waiter = *self;
    if (source->start(step, std::move(payload), waiter)) {
      waiter.run();
    } else {
      static_cast<void>(self.release());  // complete() takes it back
    }
  }

 private:
  void complete() override {
    std::unique_ptr<OpContinuation> self(this);
    run();
  }
  void run() noexcept { callback_(take_(*source_)); }

  Ref<OpSource> source_;
  T (*take_)(OpSource&);
  F callback_;
};

}  // namespace codegen

/// An operation that gives a T once: a unary call, a read or a write of a stream.
///
/// Lazy: nothing happens before it is awaited, got, or given a callback, each of which uses it up
/// (std::logic_error the second time). Destroyed before that, it never began. Move-only; one thread at a
/// time, but it may be awaited on another thread than the one that made it.
///
/// - `T value = co_await op;` in any coroutine. In a Task it resumes on the loop where it was awaited; a
///   coroutine on a thread that runs no loop is resumed on the channel's loop. Destroying the coroutine while
///   it waits cancels a unary call; of a stream's operation only the waiting ends.
/// - `T value = op.get();` blocks the thread. Throws std::logic_error on a loop's thread, which must never
///   block.
/// - `op.then(callback);` calls `callback(T)` once, on the channel's loop: before `then` returns if that is
///   where it is called and the result is there. The callback must not throw: the process would end.
///
/// What goes wrong in a call is part of the T (a Status); exceptions tell misuse only.
template <class T>
class [[nodiscard]] Op {
 public:
  /// For farcall and generated code: an operation that `source` carries out, whose result `take` fetches.
  Op(codegen::Ref<codegen::OpSource>&& source, codegen::OpStep step, T (*take)(codegen::OpSource&))
      : source_(std::move(source)), take_(take), step_(step) {}
  Op(codegen::Ref<codegen::OpSource>&& source, codegen::OpStep step, T (*take)(codegen::OpSource&),
     Buffer&& payload)
      : source_(std::move(source)), take_(take), payload_(std::move(payload)), step_(step) {}

  /// One that has its result already: what a mock returns.
  static Op ready(T value) { return Op(std::move(value)); }

  Op(Op&& other) noexcept
      : value_(std::move(other.value_)),
        source_(std::move(other.source_)),
        take_(other.take_),
        payload_(std::move(other.payload_)),
        step_(other.step_) {
    other.value_.reset();
  }
  Op& operator=(Op&& other) noexcept {
    value_ = std::move(other.value_);
    other.value_.reset();
    source_ = std::move(other.source_);
    take_ = other.take_;
    payload_ = std::move(other.payload_);
    step_ = other.step_;
    return *this;
  }
  ~Op() = default;

  T get() {
    require_unused();
    if (value_) return take_value();
    codegen::Ref<codegen::OpSource> source = std::move(source_);
    codegen::wait_for(*source, step_, std::move(payload_));
    return take_(*source);
  }

  template <class F>
  void then(F callback) {
    require_unused();
    if (value_) {
      callback(take_value());
      return;
    }
    using Continuation = codegen::OpContinuation<T, F>;
    Continuation::start(std::make_unique<Continuation>(std::move(source_), take_, std::move(callback)), step_,
                        std::move(payload_));
  }

  /// For farcall: uses the operation up without beginning it.
  codegen::OpParts<T> dismantle() {
    require_unused();
    return {std::exchange(value_, std::nullopt), std::move(source_), take_, std::move(payload_), step_};
  }

  codegen::OpAwaiter<T> operator co_await() {
    require_unused();
    std::optional<T> value = std::exchange(value_, std::nullopt);
    return codegen::OpAwaiter<T>(std::move(value), std::move(source_), step_, std::move(payload_), take_);
  }

 private:
  explicit Op(T value) : value_(std::move(value)) {}

  void require_unused() const {
    if (!value_ && !source_)
      throw std::logic_error("farcall::Op: this operation was awaited or moved away already");
  }
  T take_value() {
    T value = std::move(*value_);
    value_.reset();
    return value;
  }

  std::optional<T> value_;
  codegen::Ref<codegen::OpSource> source_;
  T (*take_)(codegen::OpSource&) = nullptr;
  Buffer payload_;
  codegen::OpStep step_ = codegen::OpStep::reply;
};

}  // namespace farcall
