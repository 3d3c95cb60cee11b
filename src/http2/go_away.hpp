#pragma once

#include "base/time.hpp"
#include "http2/frame/header.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace farcall::http2 {

/// What has been said in GOAWAY frames, in both directions (RFC 9113 §6.8).
///
/// A server drains in two steps: "no more, please" with the highest id there is, so that requests under way
/// are still served, and, once a ping has shown that the peer knows, the id that it acted on last.
class GoAway {
 public:
  enum class Sent : std::uint8_t { nothing, warning, final };

  [[nodiscard]] Sent sent() const { return sent_; }
  [[nodiscard]] bool received() const { return received_; }
  [[nodiscard]] bool started() const { return received_ || sent_ != Sent::nothing; }
  /// Peer streams beyond this are not served.
  [[nodiscard]] std::uint32_t last_served() const { return last_served_; }
  /// Of the peer's GOAWAY: our streams beyond this are not served.
  [[nodiscard]] std::uint32_t last_of_peer() const { return last_of_peer_; }
  [[nodiscard]] const std::string& debug() const { return debug_; }

  void warn(std::string_view debug) {
    sent_ = Sent::warning;
    debug_ = debug;
  }
  /// Returns the id to send, which never rises.
  std::uint32_t finish(std::uint32_t last_id) {
    sent_ = Sent::final;
    last_served_ = std::min(last_served_, last_id);
    return last_served_;
  }
  /// False if `last` is above that of an earlier GOAWAY.
  [[nodiscard]] bool receive(std::uint32_t last) {
    if (last > last_of_peer_) return false;
    received_ = true;
    last_of_peer_ = last;
    return true;
  }

 private:
  Sent sent_ = Sent::nothing;
  bool received_ = false;
  std::uint32_t last_served_ = StreamId::kLargest;
  std::uint32_t last_of_peer_ = StreamId::kLargest;
  std::string debug_;
};

}  // namespace farcall::http2
