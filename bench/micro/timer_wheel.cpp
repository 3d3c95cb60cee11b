// Deadlines: nearly all of them are cancelled.

#include "base/timer_wheel.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

namespace bench::micro {
namespace {

using farcall::base::TimePoint;
using farcall::base::TimerWheel;
using std::chrono::milliseconds;

class Deadline final : public farcall::base::Timer {
 public:
  void on_expiry(TimePoint) override { ++expiries_; }
  [[nodiscard]] std::size_t expiries() const { return expiries_; }

 private:
  std::size_t expiries_ = 0;
};

/// So many others are armed already.
struct Others {
  Others(TimerWheel& wheel, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      deadlines.push_back(std::make_unique<Deadline>());
      wheel.schedule(*deadlines.back(), TimePoint{} + milliseconds(1'000'000 + i));
    }
  }
  std::vector<std::unique_ptr<Deadline>> deadlines;
};

void arm_and_cancel(benchmark::State& state) {
  TimerWheel wheel(TimePoint{});
  const Others others(wheel, static_cast<std::size_t>(state.range(0)));
  Deadline deadline;
  for (auto _ : state) {
    wheel.schedule(deadline, TimePoint{} + milliseconds(5000));
    deadline.cancel();
  }
}
BENCHMARK(arm_and_cancel)->Arg(0)->Arg(10'000);

void arm_and_expire(benchmark::State& state) {
  TimerWheel wheel(TimePoint{});
  Deadline deadline;
  TimePoint now{};
  for (auto _ : state) {
    wheel.schedule(deadline, now + milliseconds(20));
    now += milliseconds(21);
    wheel.advance(now);
  }
  if (deadline.expiries() != static_cast<std::size_t>(state.iterations()))
    state.SkipWithError("not all expired");
}
BENCHMARK(arm_and_expire);

void advance_with_nothing_due(benchmark::State& state) {
  TimerWheel wheel(TimePoint{});
  const Others others(wheel, 10'000);
  TimePoint now{};
  for (auto _ : state) wheel.advance(now += std::chrono::nanoseconds(1));
}
BENCHMARK(advance_with_nothing_due);

}  // namespace
}  // namespace bench::micro
