#pragma once

#include "base/time.hpp"

namespace farcall::client {

/// gRPC's connection backoff: how far apart the beginnings of failed attempts are. The first delay is the
/// initial one, each further is 1.6 times as long up to the maximum, and 20 % of jitter keeps clients of one
/// server from marching in step.
class Backoff {
 public:
  Backoff(base::Duration initial, base::Duration most) : initial_(initial), most_(most), next_(initial) {}

  /// `random`: even in [0, 1).
  [[nodiscard]] base::Duration next(double random);
  /// A connection was good: the next failure is a first one.
  void reset() { next_ = initial_; }

 private:
  static constexpr double kMultiplier = 1.6;
  static constexpr double kJitter = 0.2;

  base::Duration initial_;
  base::Duration most_;
  base::Duration next_;
};

}  // namespace farcall::client
