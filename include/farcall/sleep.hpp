#pragma once

#include <farcall/task.hpp>

#include <chrono>
#include <coroutine>
#include <memory>

namespace farcall {

namespace net {
class SleepTimer;
}  // namespace net

/// What `sleep` gives to co_await.
class [[nodiscard]] SleepAwaiter final : private SuspensionPoint {
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

/// `co_await farcall::sleep(200ms)` suspends a Task, never for less than `duration`, and lets its loop do
/// other work meanwhile; with a duration of zero or less, until the loop's next tick (a millisecond). A
/// cancelled call's handler is unwound out of it. Throws std::logic_error when awaited on a thread that runs
/// no loop of farcall's.
template <class Rep, class Period>
[[nodiscard]] SleepAwaiter sleep(std::chrono::duration<Rep, Period> duration) {
  using Wide = std::chrono::duration<long double, std::chrono::steady_clock::period>;
  constexpr auto kLongest = std::chrono::steady_clock::duration(std::chrono::hours(24 * 365 * 100));
  if (Wide(duration) >= Wide(kLongest)) return SleepAwaiter(kLongest);
  return SleepAwaiter(std::chrono::ceil<std::chrono::steady_clock::duration>(duration));
}

}  // namespace farcall
