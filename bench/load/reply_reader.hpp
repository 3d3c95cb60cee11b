#pragma once

#include "peers/floor/wire.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace bench::load {

/// Finds the messages of one call in its DATA frames, which may cut them anywhere, and has them checked.
/// Keeps no more of a message than the check needs.
class ReplyReader {
 public:
  /// How many messages end in it. `expected.check_reply(size, rest)` is called for each.
  template <class Expected>
  [[nodiscard]] long take(std::span<const std::uint8_t> data, const Expected& expected) {
    long complete = 0;
    while (!data.empty()) {
      if (have_ < floor_peer::kPrefix) {
        const bool whole = have_ == 0 && data.size() >= floor_peer::kPrefix;
        const std::size_t size = whole ? message_size(data) : 0;
        if (size > 0 && data.size() >= floor_peer::kPrefix + size) {
          expected.check_reply(size, data.subspan(floor_peer::kPrefix, size));
          data = data.subspan(floor_peer::kPrefix + size);
          ++complete;
          continue;
        }
        if (!take_prefix(data)) continue;
      }
      if (take_message(data, expected)) ++complete;
    }
    return complete;
  }

  [[nodiscard]] bool between_messages() const { return have_ == 0; }

 private:
  static std::size_t message_size(std::span<const std::uint8_t> prefix) {
    if (prefix[0] != 0) floor_peer::surprised("a reply is compressed");
    return floor_peer::load_u32(prefix.data() + 1);
  }

  /// True when the prefix is complete.
  bool take_prefix(std::span<const std::uint8_t>& data) {
    prefix_[have_++] = data.front();
    data = data.subspan(1);
    if (have_ < floor_peer::kPrefix) return false;
    size_ = left_ = message_size(prefix_);
    kept_ = 0;
    if (size_ == 0) floor_peer::surprised("a reply is empty");
    return true;
  }

  template <class Expected>
  bool take_message(std::span<const std::uint8_t>& data, const Expected& expected) {
    if (data.empty()) return false;
    const auto part = data.first(std::min(left_, data.size()));
    if (size_ <= short_.size()) {
      std::memcpy(short_.data() + kept_, part.data(), part.size());
      kept_ += part.size();
    }
    data = data.subspan(part.size());
    left_ -= part.size();
    if (left_ > 0) return false;
    have_ = 0;
    expected.check_reply(size_,
                         size_ <= short_.size() ? std::span<const std::uint8_t>(short_).first(kept_) : part);
    return true;
  }

  std::array<std::uint8_t, floor_peer::kPrefix> prefix_{};
  std::array<std::uint8_t, 16> short_{};
  std::size_t have_ = 0;  // octets of the prefix
  std::size_t size_ = 0;
  std::size_t left_ = 0;
  std::size_t kept_ = 0;
};

}  // namespace bench::load
