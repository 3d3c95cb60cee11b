#pragma once

#include "http2/limits.hpp"
#include "http2/stream/state.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace farcall::http2 {

/// How the last streams ended. Looked at only when a frame names a stream that is not open, which is rare, so
/// adding is cheap and finding is a walk over 128 entries.
class ClosedStreams {
 public:
  void add(std::uint32_t id, Phase how) {
    Entry& entry = entries_[next_];
    if (entry.id > forgotten_) forgotten_ = entry.id;
    entry = {id, how};
    next_ = (next_ + 1) % entries_.size();
  }

  /// The fate of a stream that is not open, although its id is not above the highest in use.
  [[nodiscard]] Phase find(std::uint32_t id) const {
    for (const Entry& entry : entries_) {
      if (entry.id == id) return entry.how;
    }
    return id <= forgotten_ ? Phase::closed_long_ago : Phase::skipped;
  }

 private:
  struct Entry {
    std::uint32_t id = 0;
    Phase how = Phase::idle;
  };
  std::array<Entry, kClosedStreamsRemembered> entries_{};
  std::size_t next_ = 0;
  std::uint32_t forgotten_ = 0;  // the highest id that fell out
};

}  // namespace farcall::http2
