#pragma once

#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace farcall::rpc {

/// Reads a grpc-timeout: 1 to 8 digits and a unit of H M S m u n. Nothing if it is malformed. Zero is
/// accepted (peers send "0n" when the deadline has passed); what overflows is clamped to Duration::max().
[[nodiscard]] std::optional<base::Duration> parse_timeout(std::string_view text);

/// `now + timeout`, or kNever where that would overflow.
[[nodiscard]] base::TimePoint deadline_after(base::TimePoint now, base::Duration timeout);

/// A grpc-timeout as text, without allocation.
class TimeoutText {
 public:
  /// In the finest unit whose count fits in 8 digits. Coarser units round up, so that the peer gives up no
  /// earlier than we do. What is not positive becomes "0n".
  explicit TimeoutText(base::Duration timeout);

  [[nodiscard]] std::string_view view() const { return {text_.data(), length_}; }

 private:
  std::array<char, 9> text_{};
  std::size_t length_ = 0;
};

}  // namespace farcall::rpc
