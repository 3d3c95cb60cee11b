#pragma once

#include <algorithm>
#include <cstdint>

namespace farcall::http2 {

/// How many payload bytes may travel in one direction, of one stream or of the connection (RFC 9113 §5.2,
/// §6.9).
///
/// On the sending side: what the peer has room for. On the receiving side: what we have promised to take. It
/// may be negative after SETTINGS_INITIAL_WINDOW_SIZE was lowered (§6.9.2); then nothing may be sent until it
/// is positive.
class Window {
 public:
  static constexpr std::int64_t kLargest = 0x7fff'ffff;
  static constexpr std::uint32_t kDefault = 65'535;

  constexpr explicit Window(std::uint32_t size = kDefault) : size_(size) {}

  [[nodiscard]] constexpr std::int64_t size() const { return size_; }
  [[nodiscard]] constexpr std::uint32_t available() const {
    return static_cast<std::uint32_t>(std::max<std::int64_t>(size_, 0));
  }

  /// Bytes have travelled. False, and nothing changed, if the window is too small for them.
  [[nodiscard]] constexpr bool take(std::uint32_t bytes) {
    if (bytes > size_ && bytes > 0) return false;
    size_ -= bytes;
    return true;
  }

  /// WINDOW_UPDATE, or the difference of two initial sizes. False, and nothing changed, if the window would
  /// exceed 2^31-1, which is a FLOW_CONTROL_ERROR.
  [[nodiscard]] constexpr bool change(std::int64_t by) {
    if (size_ + by > kLargest) return false;
    size_ += by;
    return true;
  }

 private:
  std::int64_t size_;
};

/// The receiving side of a window: what the peer may still send, and the credit that it has coming.
class ReceiveWindow {
 public:
  explicit ReceiveWindow(std::uint32_t size) : left_(size), target_(size) {}

  [[nodiscard]] std::int64_t left() const { return left_.size(); }
  [[nodiscard]] std::uint32_t target() const { return target_; }

  /// The peer has sent `bytes`. False if it had no right to (FLOW_CONTROL_ERROR).
  [[nodiscard]] bool receive(std::uint32_t bytes) { return left_.take(bytes); }

  /// `bytes` of what was received are dealt with. Returns the increment to send now, 0 while less than half
  /// the window is owed: one WINDOW_UPDATE for many frames.
  [[nodiscard]] std::uint32_t give_back(std::uint32_t bytes) {
    owed_ += bytes;
    if (owed_ == 0 || owed_ < target_ / 2) return 0;
    return settle(owed_);
  }

  /// The increment that may be sent now, since something else is: 0 while less than a quarter is owed.
  [[nodiscard]] std::uint32_t give_back_early() {
    if (owed_ == 0 || owed_ < target_ / 4) return 0;
    return settle(owed_);
  }

  /// The window becomes `target` large. Returns the increment to send for it (§6.9; connection window).
  [[nodiscard]] std::uint32_t enlarge(std::uint32_t target) {
    if (target <= target_) return 0;
    std::uint32_t increment = target - target_ + owed_;
    target_ = target;
    return settle(increment);
  }

  /// Our SETTINGS_INITIAL_WINDOW_SIZE has taken effect (stream windows): the peer has made the same change.
  void change_target(std::int64_t by) {
    target_ = static_cast<std::uint32_t>(target_ + by);
    static_cast<void>(left_.change(by));
  }

 private:
  std::uint32_t settle(std::uint32_t increment) {
    if (!left_.change(increment)) return 0;
    owed_ = 0;
    return increment;
  }

  Window left_;
  std::uint32_t target_;
  std::uint32_t owed_ = 0;
};

}  // namespace farcall::http2
