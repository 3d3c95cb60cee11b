#include "client/backoff.hpp"

#include <algorithm>
#include <chrono>

namespace farcall::client {

namespace {

base::Duration scaled(base::Duration duration, double factor) {
  using Fine = std::chrono::duration<double, base::Duration::period>;
  return std::chrono::duration_cast<base::Duration>(Fine(duration) * factor);
}

}  // namespace

base::Duration Backoff::next(double random) {
  const base::Duration delay = std::min(next_, most_);
  next_ = delay < scaled(most_, 1 / kMultiplier) ? scaled(delay, kMultiplier) : most_;
  return scaled(delay, 1 - kJitter + 2 * kJitter * random);
}

}  // namespace farcall::client
