#pragma once

#include <farcall/task.hpp>

#include <chrono>
#include <coroutine>
#include <memory>

namespace farcall {

namespace net {
class SleepTimer;
}  // namespace net

namespace codegen {

class SleepAwaiter final : private SuspensionPoint {
 public:
  explicit SleepAwaiter(std::chrono::steady_clock::duration duration);
  ~SleepAwaiter();

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    begin();
    park(waiting);
  }
  void await_resume() const noexcept {}

 private:
  friend class net::SleepTimer;
  void begin();

  std::chrono::steady_clock::duration duration_;
  std::unique_ptr<net::SleepTimer> timer_;
};

}  // namespace codegen

/// What `sleep` gives: it begins when it is awaited, each time.
class [[nodiscard]] Sleep {
 public:
  explicit Sleep(std::chrono::steady_clock::duration duration) : duration_(duration) {}
  codegen::SleepAwaiter operator co_await() const { return codegen::SleepAwaiter(duration_); }

 private:
  std::chrono::steady_clock::duration duration_;
};

/// `co_await farcall::sleep(200ms)` suspends a Task, never for less than `duration`, and lets its loop do
/// other work meanwhile; with a duration of zero or less, until the loop's next tick (a millisecond). A
/// cancelled call's handler is unwound out of it. A limit for something else is
/// `any(something, sleep(200ms))`. Throws std::logic_error when awaited on a thread that runs
/// no loop of farcall's.
template <class Rep, class Period>
[[nodiscard]] Sleep sleep(std::chrono::duration<Rep, Period> duration) {
  using Wide = std::chrono::duration<long double, std::chrono::steady_clock::period>;
  constexpr auto kLongest = std::chrono::steady_clock::duration(std::chrono::hours(24 * 365 * 100));
  if (Wide(duration) >= Wide(kLongest)) return Sleep(kLongest);
  return Sleep(std::chrono::ceil<std::chrono::steady_clock::duration>(duration));
}

}  // namespace farcall
