#pragma once

#include "base/time.hpp"
#include "http2/limits.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace farcall::http2 {

/// How often a peer may do something: a bucket of tokens that fills with time.
class Budget {
 public:
  explicit Budget(Rate rate) : rate_(rate), tokens_(rate.burst) {}

  /// False when the budget is used up.
  [[nodiscard]] bool take(base::TimePoint now) {
    if (tokens_ < 1.0) refill(now);
    if (tokens_ < 1.0) return false;
    if (tokens_ >= static_cast<double>(rate_.burst)) since_ = now;
    tokens_ -= 1.0;
    return true;
  }

  void give_back() { tokens_ = std::min(tokens_ + 1.0, static_cast<double>(rate_.burst)); }

 private:
  void refill(base::TimePoint now) {
    double seconds = std::chrono::duration<double>(now - since_).count();
    if (seconds <= 0) return;
    tokens_ = std::min(tokens_ + seconds * rate_.per_second, static_cast<double>(rate_.burst));
    since_ = now;
  }

  Rate rate_;
  double tokens_;
  base::TimePoint since_{};
};

/// What the peer has left of each limit that counts frames (see Limits for their reasons).
struct Budgets {
  explicit Budgets(const Limits& limits)
      : settings(limits.settings),
        resets(limits.resets),
        glitches(limits.glitches),
        empty_data(limits.empty_data),
        unknown_frames(limits.unknown_frames) {}

  Budget settings;
  Budget resets;
  Budget glitches;
  Budget empty_data;
  std::uint32_t unknown_frames;
  std::uint64_t tiny_data_debt = 0;
  std::uint64_t window_updates = 0;
  std::uint64_t streams_opened = 0;
  std::uint64_t data_frames_sent = 0;
};

}  // namespace farcall::http2
