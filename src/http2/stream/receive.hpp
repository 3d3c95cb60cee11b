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
  void expect_length(std::optional<std::uint64_t> length) { missing_ = length.value_or(kAnyLength); }
  /// Counts a frame's payload. False if the message does not, or can no longer, have the length announced.
  [[nodiscard]] bool count(std::uint32_t bytes, bool end) {
    if (bytes > 0) received_any_ = true;
    if (missing_ == kAnyLength) return true;
    if (bytes > missing_) return false;
    missing_ -= bytes;
    return !end || missing_ == 0;
  }

  /// Whether a payload of that size, which has not come yet, may be all there is.
  [[nodiscard]] bool may_be_all(std::uint32_t bytes) const {
    return !received_any_ && (missing_ == kAnyLength || bytes == missing_);
  }

  /// Handed to the application as part of a frame that puts `debt` on the bill of tiny frames.
  void hand_out(std::size_t bytes) { held_ += static_cast<std::uint32_t>(bytes); }
  void charge(std::uint32_t debt) { debt_ += debt; }
  /// The application is done with `bytes`: returns how many of them it held indeed.
  [[nodiscard]] std::uint32_t take_back(std::size_t bytes) {
    auto returned = static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, held_));
    held_ -= returned;
    return returned;
  }
  /// The part of the debt that is paid off now that `returned` bytes came back: all of it when nothing is
  /// held.
  [[nodiscard]] std::uint32_t settle(std::uint32_t returned) {
    if (debt_ == 0) return 0;
    const std::uint64_t whole = std::uint64_t{held_} + returned;
    const std::uint32_t paid =
        held_ == 0 ? debt_ : static_cast<std::uint32_t>(std::uint64_t{debt_} * returned / whole);
    debt_ -= paid;
    return paid;
  }
  /// What the window has been enlarged by beyond the initial one, out of the connection's budget for that.
  void lend(std::uint32_t bytes) { lent_ += bytes; }
  [[nodiscard]] std::uint32_t lent() const { return lent_; }
  /// The debt that goes with the stream.
  [[nodiscard]] std::uint32_t write_off() const { return debt_; }

 private:
  static constexpr std::uint64_t kAnyLength = std::numeric_limits<std::uint64_t>::max();

  ReceiveWindow window_;
  std::uint64_t missing_ = kAnyLength;  // of the length that was announced
  std::uint32_t held_ = 0;              // at most the window, which is less than 2^31
  std::uint32_t debt_ = 0;              // part of what tiny_data_deficit bounds
  std::uint32_t lent_ = 0;
  bool received_any_ = false;
};

}  // namespace farcall::http2
