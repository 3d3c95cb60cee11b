#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "http2/frame/header.hpp"
#include "http2/frame/validator.hpp"
#include "http2/frame/writer.hpp"
#include "http2/stream/flow_control.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace farcall::http2 {

/// The settings of ours that change how received frames are judged.
struct ReceiveSettings {
  std::uint32_t header_table_size = 4096;
  std::uint32_t initial_window_size = Window::kDefault;
  std::uint32_t max_frame_size = FrameLength::kDefaultMax;
};

/// Our side of SETTINGS synchronisation (RFC 9113 §6.5.3): what we announce holds for received frames from
/// its acknowledgement on, and not earlier.
class LocalSettings {
 public:
  [[nodiscard]] const ReceiveSettings& in_force() const { return in_force_; }
  /// What was announced last, acknowledged or not.
  [[nodiscard]] const ReceiveSettings& announced() const {
    return pending_.empty() ? in_force_ : pending_.back().settings;
  }
  [[nodiscard]] bool pending() const { return !pending_.empty(); }
  /// When the oldest announcement that is not acknowledged was made.
  [[nodiscard]] base::TimePoint pending_since() const { return pending_.front().sent; }

  void announce(const ReceiveSettings& settings, base::TimePoint now) { pending_.push_back({settings, now}); }

  /// The peer has acknowledged the oldest announcement, which is now in force. False if there is none.
  [[nodiscard]] bool acknowledge() {
    if (pending_.empty()) return false;
    in_force_ = pending_.front().settings;
    pending_.erase(pending_.begin());
    return true;
  }

 private:
  struct Announcement {
    ReceiveSettings settings;
    base::TimePoint sent;
  };
  ReceiveSettings in_force_;
  std::vector<Announcement> pending_;
};

/// What the peer allows us.
struct PeerSettings {
  /// Streams a client may have open; unlimited if the peer's first SETTINGS do not say. Until they come, a
  /// number that hardly any server refuses.
  std::uint32_t max_concurrent_streams = 100;
  std::uint32_t initial_window_size = Window::kDefault;
  std::uint32_t max_frame_size = FrameLength::kDefaultMax;
  static constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  std::size_t max_header_list_size = kNoLimit;
  /// The first SETTINGS have arrived.
  bool received = false;
};

/// The entries of a SETTINGS payload, whose length the validator has checked.
inline Setting parse_setting(const std::byte* from) {
  auto id = static_cast<std::uint16_t>(std::to_integer<unsigned>(from[0]) << 8 |
                                       std::to_integer<unsigned>(from[1]));
  return {static_cast<SettingId>(id), base::load_u32(from + 2)};
}

/// RFC 9113 §6.5.2: values that are faults. `from_server`: the peer is one, and may not set ENABLE_PUSH to 1.
[[nodiscard]] std::optional<ConnectionFault> validate(const Setting& setting, bool from_server);

}  // namespace farcall::http2
