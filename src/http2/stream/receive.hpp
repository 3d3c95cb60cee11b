#pragma once

#include "http2/stream/flow_control.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace farcall::http2 {

/// The receiving side of a stream besides its state: window, what the application holds, length of the
/// message.
class ReceiveSide {
 public:
  explicit ReceiveSide(std::uint32_t window) : window_(window) {}

  [[nodiscard]] ReceiveWindow& window() { return window_; }

  /// From the content-length field (RFC 9113 §8.1.1).
  void expect_length(std::optional<std::uint64_t> length) { expected_ = length.value_or(kAnyLength); }
  /// Counts a frame's payload. False if the message does not, or can no longer, have the length announced.
  [[nodiscard]] bool count(std::uint32_t bytes, bool end) {
    received_ += bytes;
    if (expected_ == kAnyLength) return true;
    return end ? received_ == expected_ : received_ <= expected_;
  }

  /// Whether a payload of that size, which has not come yet, may be all there is.
  [[nodiscard]] bool may_be_all(std::uint32_t bytes) const {
    return received_ == 0 && (expected_ == kAnyLength || bytes == expected_);
  }

  /// Handed to the application as part of a frame that puts `debt` on the bill of tiny frames.
  void hand_out(std::uint64_t bytes) { held_ += bytes; }
  void charge(std::uint32_t debt) { debt_ += debt; }
  /// The application is done with `bytes`: returns how many of them it held indeed.
  [[nodiscard]] std::uint32_t take_back(std::size_t bytes) {
    auto returned = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, held_));
    held_ -= returned;
    return returned;
  }
  /// The part of the debt that is paid off now that `returned` bytes came back: all of it when nothing is
  /// held.
  [[nodiscard]] std::uint64_t settle(std::uint32_t returned) {
    std::uint64_t paid = held_ == 0 ? debt_ : debt_ * returned / (held_ + returned);
    debt_ -= paid;
    return paid;
  }
  /// What the window has been enlarged by beyond the initial one, out of the connection's budget for that.
  void lend(std::uint32_t bytes) { lent_ += bytes; }
  [[nodiscard]] std::uint32_t lent() const { return lent_; }
  /// The debt that goes with the stream.
  [[nodiscard]] std::uint64_t write_off() const { return debt_; }

 private:
  static constexpr std::uint64_t kAnyLength = std::numeric_limits<std::uint64_t>::max();

  ReceiveWindow window_;
  std::uint64_t expected_ = kAnyLength;
  std::uint64_t received_ = 0;
  std::uint64_t held_ = 0;
  std::uint64_t debt_ = 0;
  std::uint32_t lent_ = 0;
};

}  // namespace farcall::http2
