#pragma once

#include <chrono>

namespace farcall::base {

using Clock = std::chrono::steady_clock;
using Duration = Clock::duration;
/// A moment on the monotonic clock. The pure half never reads a clock: whoever drives it passes the time in.
using TimePoint = Clock::time_point;

/// "Never": the deadline of something that has none.
inline constexpr TimePoint kNever = TimePoint::max();

}  // namespace farcall::base
