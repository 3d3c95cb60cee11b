#pragma once

#include "http2/limits.hpp"
#include "http2/stream/state.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <vector>

namespace farcall::http2 {

/// How the last streams ended. Looked at only when a frame names a stream that is not open, which is rare, so
/// adding is cheap and finding is a walk over 128 entries, for which room is made as streams end.
///
/// Only clients open streams, so all ids are odd: an entry keeps the other 30 bits, and three ways to end.
class ClosedStreams {
 public:
  void add(std::uint32_t id, Phase how) {
    const std::uint32_t entry = id >> 1 << 2 | code_of(how);
    if (entries_.size() < kClosedStreamsRemembered) {
      entries_.push_back(entry);
      return;
    }
    forgotten_ = std::max(forgotten_, id_of(entries_[oldest_]));
    entries_[oldest_] = entry;
    oldest_ = (oldest_ + 1) % kClosedStreamsRemembered;
  }

  /// The fate of a stream that is not open, although its id is not above the highest in use.
  [[nodiscard]] Phase find(std::uint32_t id) const {
    for (const std::uint32_t entry : entries_) {
      if (id_of(entry) == id) return phase_of(entry);
    }
    return id <= forgotten_ ? Phase::closed_long_ago : Phase::skipped;
  }

 private:
  static std::uint32_t code_of(Phase how) {
    const auto code = static_cast<std::uint32_t>(how) - kFirst;
    assert(code < 3);
    return code;
  }
  static std::uint32_t id_of(std::uint32_t entry) { return entry >> 2 << 1 | 1; }
  static Phase phase_of(std::uint32_t entry) { return static_cast<Phase>((entry & 3U) + kFirst); }

  static constexpr auto kFirst = static_cast<std::uint32_t>(Phase::closed_by_end);
  static_assert(static_cast<std::uint32_t>(Phase::reset_by_us) == kFirst + 2);

  std::vector<std::uint32_t> entries_;
  std::uint32_t oldest_ = 0;     // once there are as many as are remembered
  std::uint32_t forgotten_ = 0;  // the highest id that fell out
};

}  // namespace farcall::http2
