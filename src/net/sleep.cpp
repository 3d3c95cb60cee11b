#include "net/loop.hpp"

#include <farcall/sleep.hpp>

#include <algorithm>
#include <stdexcept>

namespace farcall {

namespace net {

/// The deadline of one sleeping coroutine, on the loop that it sleeps on.
class SleepTimer final : public base::Timer {
 public:
  explicit SleepTimer(codegen::SleepAwaiter& awaiter) : awaiter_(awaiter) {}

 private:
  void on_expiry(base::TimePoint) override { awaiter_.resume(); }

  codegen::SleepAwaiter& awaiter_;
};

}  // namespace net

namespace codegen {

SleepAwaiter::SleepAwaiter(std::chrono::steady_clock::duration duration) : duration_(duration) {}

SleepAwaiter::~SleepAwaiter() = default;

void SleepAwaiter::begin() {
  net::Loop* loop = net::Loop::current();
  if (loop == nullptr) {
    throw std::logic_error(
        "farcall::sleep: awaited on a thread that runs no loop of farcall's; await it inside a Task");
  }
  timer_ = std::make_unique<net::SleepTimer>(*this);
  loop->timers().schedule(*timer_,
                          loop->now() + std::max(duration_, std::chrono::steady_clock::duration::zero()));
}

}  // namespace codegen
}  // namespace farcall
