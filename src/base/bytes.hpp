#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace farcall::base {

/// Bytes that somebody else owns. How long they stay valid is said where they are handed out.
using ByteView = std::span<const std::byte>;

inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// Network byte order, as HTTP/2 frames and gRPC message prefixes carry integers.
inline std::uint32_t load_u32(const std::byte* from) {
  return std::to_integer<std::uint32_t>(from[0]) << 24 | std::to_integer<std::uint32_t>(from[1]) << 16 |
         std::to_integer<std::uint32_t>(from[2]) << 8 | std::to_integer<std::uint32_t>(from[3]);
}

inline std::uint64_t load_u64(const std::byte* from) {
  return std::uint64_t{load_u32(from)} << 32 | load_u32(from + 4);
}

inline void store_u32(std::byte* to, std::uint32_t value) {
  to[0] = static_cast<std::byte>(value >> 24);
  to[1] = static_cast<std::byte>(value >> 16);
  to[2] = static_cast<std::byte>(value >> 8);
  to[3] = static_cast<std::byte>(value);
}

}  // namespace farcall::base
