#pragma once

#include <farcall/buffer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace farcall::net {
class Loop;
}  // namespace farcall::net

/// What is behind an Op: see <farcall/op.hpp>.
namespace farcall::codegen {

/// Who is told that a step has its result.
class OpWaiter {
 public:
  /// Once for every step that was started with this waiter, on the loop of the source. May begin other steps,
  /// and may destroy the waiter.
  virtual void complete() = 0;

 protected:
  ~OpWaiter() = default;
};

/// What an Op asks of its source; which ones a source knows is its own matter.
enum class OpStep : std::uint8_t { reply, read, write, close_send, headers, finish };
inline constexpr std::size_t kOpSteps = 6;

/// What stands behind an Op: a call, or what a test puts in its place. Reference-counted.
class OpSource {
 public:
  OpSource() = default;
  OpSource(const OpSource&) = delete;
  OpSource& operator=(const OpSource&) = delete;
  virtual ~OpSource() = default;

  /// Begins a step. Any thread. True: the result is there, `waiter` is not told. False: `waiter.complete()`
  /// follows, and may do so before this returns when the thread is not the loop's. Throws std::logic_error
  /// for a step that is under way already.
  [[nodiscard]] virtual bool start(OpStep step, Buffer payload, OpWaiter& waiter) = 0;

  /// Nobody waits any more for a step that was started; it may be started anew. Any thread. The waiter is
  /// told, if it has not been: on the loop's thread before this returns, elsewhere soon, and soon as well for
  /// a step that another thread has started and that is still on its way to the loop (never without `keep`).
  /// `keep` is let go after that.
  virtual void abandon(OpStep step, OpWaiter& waiter, std::shared_ptr<void> keep) = 0;

  /// The loop that waiters are told on; null for a source that never makes one wait.
  [[nodiscard]] virtual net::Loop* home() const = 0;

  /// Whether blocking this thread would keep the step from ever having its result: it is the one that `home`
  /// runs on. Any thread.
  [[nodiscard]] virtual bool runs_here() const { return false; }

  void add_ref() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  /// The last one to let go destroys the source, on its own thread.
  void release() noexcept {
    // Whoever holds the only reference need not tell others that it goes.
    if (references_.load(std::memory_order_acquire) == 1 ||
        references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      std::unique_ptr<OpSource> last(this);
  }

 private:
  std::atomic<std::uint32_t> references_{1};
};

/// A counted reference to a source.
template <class Source>
class Ref {
 public:
  Ref() = default;
  /// Takes over the reference that `std::make_unique` made.
  explicit Ref(std::unique_ptr<Source> first) : source_(first.release()) {}
  /// Adds a reference.
  static Ref to(Source& source) {
    source.add_ref();
    Ref reference;
    reference.source_ = &source;
    return reference;
  }
  template <class Derived>
  requires(!std::is_same_v<Derived, Source> && std::is_convertible_v<Derived*, Source*>)
      Ref(Ref<Derived> other)
  noexcept : source_(other.detach()) {}
  Ref(const Ref& other) noexcept : source_(other.source_) {
    if (source_ != nullptr) source_->add_ref();
  }
  Ref(Ref&& other) noexcept : source_(std::exchange(other.source_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(source_, other.source_);
    return *this;
  }
  ~Ref() {
    if (source_ != nullptr) source_->release();
  }

  [[nodiscard]] explicit operator bool() const { return source_ != nullptr; }
  [[nodiscard]] Source* get() const { return source_; }
  Source& operator*() const { return *source_; }
  Source* operator->() const { return source_; }
  /// Gives the reference up without releasing it.
  [[nodiscard]] Source* detach() noexcept { return std::exchange(source_, nullptr); }

 private:
  Source* source_ = nullptr;
};

}  // namespace farcall::codegen
