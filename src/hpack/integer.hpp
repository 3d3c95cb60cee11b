#pragma once

#include "hpack/cursor.hpp"
#include "hpack/decode_error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace farcall::hpack {

/// An integer with a prefix (RFC 7541 §5.1), read from fragments split anywhere. Values above 2^32-1 and
/// encodings of more than 5 continuation octets are refused, so that padding with zeros ends soon.
class IntegerReader {
 public:
  /// Begins with the first octet, of which `prefix_bits` (1 to 8) belong to the integer. Done means that they
  /// were all of it.
  Progress begin(std::byte first, int prefix_bits) {
    const std::uint32_t mask = (1U << prefix_bits) - 1;
    value_ = std::to_integer<std::uint32_t>(first) & mask;
    octets_ = 0;
    return value_ < mask ? Progress::kDone : Progress::kNeedsMore;
  }

  /// Takes continuation octets. An error leaves the reader unusable until it begins again.
  [[nodiscard]] std::optional<DecodeError> read(Cursor& in, Progress& progress);

  [[nodiscard]] std::uint32_t value() const { return static_cast<std::uint32_t>(value_); }

 private:
  std::uint64_t value_ = 0;
  int octets_ = 0;
};

/// The octets of the longest integer that append_integer writes.
inline constexpr std::size_t kMaxIntegerLength = 6;

/// Appends an integer that does not fit its prefix: the first octet, whose prefix is all ones, and the `rest`
/// beyond those.
void append_long_integer(std::uint8_t first, std::uint32_t rest, std::vector<std::byte>& out);

/// Appends `value` with a prefix of `prefix_bits`; `flags` holds the bits of the first octet above the
/// prefix.
inline void append_integer(std::uint32_t value, int prefix_bits, std::uint8_t flags,
                           std::vector<std::byte>& out) {
  const std::uint32_t most = (1U << prefix_bits) - 1;
  if (value < most) [[likely]] {
    out.push_back(static_cast<std::byte>(flags | value));
  } else {
    append_long_integer(static_cast<std::uint8_t>(flags | most), value - most, out);
  }
}

}  // namespace farcall::hpack
