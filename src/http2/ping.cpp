#include "http2/ping.hpp"

#include <chrono>

namespace farcall::http2 {

bool PingJudge::admit(base::TimePoint now, bool streams_open, const Limits& limits) {
  if (std::exchange(forgiven_, false)) {
    strikes_ = 0;
    last_good_ = now;
    return true;
  }
  bool idle = !streams_open && !limits.permit_pings_without_calls;
  base::Duration least = idle ? limits.ping_min_interval_idle : limits.ping_min_interval;
  if (now - last_good_ >= least) {
    last_good_ = now;
    return true;
  }
  ++strikes_;
  return limits.max_ping_strikes == 0 || strikes_ <= limits.max_ping_strikes;
}

Keepalive::Keepalive(base::Duration time, base::Duration timeout, base::TimePoint now)
    : time_(time), timeout_(timeout), last_read_(now) {
  resume();
}

void Keepalive::resume() {
  waiting_ = false;
  dormant_ = time_ == base::Duration::max();
  if (!dormant_) next_ = last_read_ + time_;
}

Keepalive::Action Keepalive::on_deadline(base::TimePoint now, bool may_ping) {
  if (dormant_ || now < next_) return Action::none;
  if (waiting_) return Action::give_up;
  next_ = last_read_ + time_;
  if (now < next_) return Action::none;
  if (!may_ping) {
    dormant_ = true;
    return Action::none;
  }
  waiting_ = true;
  next_ = now + timeout_;
  return Action::ping;
}

void BdpEstimator::on_ack(base::TimePoint now) {
  waiting_ = false;
  auto sample = std::exchange(sample_, 0);
  double seconds = std::chrono::duration<double>(now - sent_).count();
  // Answered within the same reading of the clock: as fast as can be measured.
  double bandwidth = static_cast<double>(sample) / std::max(seconds, 1e-6);
  ++unchanged_;
  if (static_cast<double>(sample) < 0.66 * bdp_ || bandwidth <= best_bandwidth_) return;
  unchanged_ = 0;
  best_bandwidth_ = bandwidth;
  auto window = static_cast<std::uint32_t>(std::min<std::uint64_t>(2 * sample, largest_));
  bdp_ = std::max(bdp_, window);
}

}  // namespace farcall::http2
