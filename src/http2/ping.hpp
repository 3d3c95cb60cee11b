#pragma once

#include "base/time.hpp"
#include "http2/limits.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace farcall::http2 {

/// Payloads of the pings that the engine sends of its own accord.
inline constexpr std::uint64_t kBdpPing = 0x0204'1010'090e'0707;
inline constexpr std::uint64_t kDrainPing = 0x0106'0108'0003'0309;
inline constexpr std::uint64_t kKeepalivePing = 0x0000'6b65'6570'0000;

/// Pings that the caller has sent and whose answers it awaits.
class PingLedger {
 public:
  /// False when as many are waiting as it can hold.
  [[nodiscard]] bool add(std::uint64_t payload) {
    if (used_ == waiting_.size()) return false;
    waiting_[used_++] = payload;
    return true;
  }
  /// False when no such ping is waiting.
  [[nodiscard]] bool settle(std::uint64_t payload) {
    auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(used_);
    auto found = std::find(waiting_.begin(), end, payload);
    if (found == end) return false;
    std::copy(found + 1, end, found);
    --used_;
    return true;
  }

 private:
  std::array<std::uint64_t, 8> waiting_{};
  std::size_t used_ = 0;
};

/// Judges how often the peer pings (gRFC A8): a strike for each ping that comes sooner after the last good
/// one than the limits say, unless we have sent HEADERS or DATA in between.
class PingJudge {
 public:
  /// We have sent HEADERS or DATA.
  void forgive() { forgiven_ = true; }
  /// Asks and clears: nothing was sent since the last ping.
  [[nodiscard]] bool unprovoked() { return !std::exchange(forgiven_, false); }
  /// False when the ping is one too many.
  [[nodiscard]] bool admit(base::TimePoint now, bool streams_open, const Limits& limits);

 private:
  bool forgiven_ = true;
  std::uint32_t strikes_ = 0;
  base::TimePoint last_good_{};
};

/// Finds out that the peer has vanished: when nothing was read for `time`, a ping; when nothing was read for
/// `timeout` after that, the end. Measured from the last byte read, never from the last ping (gRFC A8).
class Keepalive {
 public:
  enum class Action : std::uint8_t { none, ping, give_up };

  Keepalive(base::Duration time, base::Duration timeout, base::TimePoint now);

  void on_read(base::TimePoint now) {
    last_read_ = now;
    if (waiting_) resume();
  }
  /// A stream was opened: pings that were withheld for want of one are due again.
  void wake() {
    if (dormant_) resume();
  }
  [[nodiscard]] base::TimePoint last_read() const { return last_read_; }
  [[nodiscard]] base::TimePoint deadline() const { return dormant_ ? base::kNever : next_; }
  /// `may_ping`: pings are allowed now; if not, it sleeps until `wake`.
  [[nodiscard]] Action on_deadline(base::TimePoint now, bool may_ping);

 private:
  void resume();

  base::Duration time_;
  base::Duration timeout_;
  base::TimePoint last_read_;
  // When to look next: often too early, since reading does not move it.
  base::TimePoint next_;
  bool waiting_ = false;
  bool dormant_ = false;
};

/// Estimates the bandwidth-delay product from what arrives between a ping and its answer, as gRPC peers do. A
/// ping wakes the peer up, so a path that shows nothing new is looked at ever more seldom.
class BdpEstimator {
 public:
  BdpEstimator(bool enabled, std::uint32_t window, std::uint32_t largest_window)
      : enabled_(enabled), bdp_(window), largest_(largest_window) {}

  /// Flow-controlled bytes have arrived. True: send the ping now. That is worth its cost, to us and to peers
  /// that judge pings, only while a good part of a window flows and `more_may_follow`: what comes behind the
  /// ping is what it measures.
  [[nodiscard]] bool on_data(std::uint32_t bytes, bool more_may_follow, base::TimePoint now) {
    if (!enabled_) return false;
    sample_ += bytes;
    if (sample_ < bdp_ / 4 || !more_may_follow || waiting_ || bdp_ >= largest_) return false;
    if (sample_ < spacing() && now - sent_ < kLongestPause) return false;
    waiting_ = true;
    sample_ = bytes;
    sent_ = now;
    return true;
  }
  /// The ping was answered.
  void on_ack(base::TimePoint now);
  /// What the path deserves, as far as is known.
  [[nodiscard]] std::uint32_t window() const { return bdp_; }
  [[nodiscard]] bool waiting() const { return waiting_; }

 private:
  /// So many pings that show nothing new are no reason yet to look less often; what is measured varies.
  static constexpr unsigned kPatience = 8;
  /// Where a ping costs next to nothing beside what flows: every four windows.
  static constexpr unsigned kMostDoublings = 4;
  /// What was learnt of small calls says nothing of a large transfer later on.
  static constexpr base::Duration kLongestPause = std::chrono::seconds(1);

  /// How many bytes come before a ping: a quarter of the window at first, then more and more.
  [[nodiscard]] std::uint64_t spacing() const {
    return std::uint64_t{bdp_ / 4} << std::min(unchanged_ / kPatience, kMostDoublings);
  }

  bool enabled_;
  bool waiting_ = false;
  std::uint64_t sample_ = 0;  // bytes since the ping, or since the last sample while there is none
  std::uint32_t bdp_;
  std::uint32_t largest_;
  double best_bandwidth_ = 0;  // bytes a second
  base::TimePoint sent_{};
  unsigned unchanged_ = 0;  // samples since the last that changed the estimate
};

}  // namespace farcall::http2
