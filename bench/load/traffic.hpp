#pragma once

#include "program/latency.hpp"

#include <cstdint>
#include <optional>
#include <time.h>

namespace bench::load {

/// Nanoseconds of CLOCK_MONOTONIC.
using Moment = std::uint64_t;

[[nodiscard]] inline Moment now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<Moment>(time.tv_sec) * 1'000'000'000 + static_cast<Moment>(time.tv_nsec);
}

/// The calls of one phase: when each is due, and what became of them.
///
/// Without a rate a call is due as soon as one may be outstanding (a closed loop). With a rate it is due at
/// its place on a fixed time line, whatever became of those before: one that has to wait for a free place
/// waits at the expense of its own latency (an open loop, no coordinated omission).
class Traffic {
 public:
  /// `rate` in calls a second, or 0.
  Traffic(long calls, double rate, Moment start)
      : calls_(calls), interval_(rate > 0 ? 1e9 / rate : 0), start_(start) {}

  /// A call that is due, and since when. It counts as begun.
  [[nodiscard]] std::optional<Moment> take(Moment at) {
    if (begun_ == calls_) return std::nullopt;
    const Moment due = next_due(at);
    if (due > at) return std::nullopt;
    ++begun_;
    return due;
  }
  /// When the next one is due; with a rate and while any is left.
  [[nodiscard]] std::optional<Moment> next() const {
    if (interval_ == 0 || begun_ == calls_) return std::nullopt;
    return next_due(0);
  }

  void ended(long messages) {
    ++ended_;
    messages_ += messages;
  }
  void add_latency(Moment nanoseconds) { latency_.add(nanoseconds); }

  [[nodiscard]] bool has_rate() const { return interval_ > 0; }
  [[nodiscard]] bool over() const { return ended_ == calls_; }
  [[nodiscard]] long begun() const { return begun_; }
  [[nodiscard]] long calls() const { return calls_; }
  [[nodiscard]] long messages() const { return messages_; }
  [[nodiscard]] const Latency& latency() const { return latency_; }

 private:
  [[nodiscard]] Moment next_due(Moment at) const {
    if (interval_ == 0) return at;
    return start_ + static_cast<Moment>(static_cast<double>(begun_) * interval_);
  }

  long calls_;
  double interval_;  // nanoseconds
  Moment start_;
  long begun_ = 0;
  long ended_ = 0;
  long messages_ = 0;
  Latency latency_;
};

}  // namespace bench::load
