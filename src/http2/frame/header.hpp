#pragma once

#include "base/bytes.hpp"

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace farcall::http2 {

/// What a client says before its first frame (RFC 9113 §3.4).
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// RFC 9113 §6. Other values are legal on the wire and skipped.
enum class FrameType : std::uint8_t {
  data = 0x0,
  headers = 0x1,
  priority = 0x2,
  rst_stream = 0x3,
  settings = 0x4,
  push_promise = 0x5,
  ping = 0x6,
  goaway = 0x7,
  window_update = 0x8,
  continuation = 0x9,
};

namespace flag {
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;
}  // namespace flag

/// What precedes a header block in a HEADERS frame with kPriority (RFC 9113 §6.2): a dependency and a weight.
inline constexpr std::uint32_t kPrioritySize = 5;

/// 31 bits (RFC 9113 §5.1.1): 0 is the connection, odd ids are the client's, even ones the server's.
class StreamId {
 public:
  static constexpr std::uint32_t kLargest = 0x7fff'ffff;

  constexpr StreamId() = default;
  constexpr explicit StreamId(std::uint32_t value) : value_(value & kLargest) {}

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  [[nodiscard]] constexpr bool is_connection() const { return value_ == 0; }
  [[nodiscard]] constexpr bool is_of_client() const { return (value_ & 1) != 0; }
  constexpr auto operator<=>(const StreamId&) const = default;

 private:
  std::uint32_t value_ = 0;
};

/// Length of a frame's payload, without its header: 24 bits (RFC 9113 §4.1).
class FrameLength {
 public:
  static constexpr std::uint32_t kLargest = 0xff'ffff;
  /// What every peer accepts, and all that it accepts until it says otherwise (§4.2).
  static constexpr std::uint32_t kDefaultMax = 16'384;

  constexpr FrameLength() = default;
  constexpr explicit FrameLength(std::size_t value) : value_(static_cast<std::uint32_t>(value) & kLargest) {}

  [[nodiscard]] constexpr std::uint32_t value() const { return value_; }
  constexpr auto operator<=>(const FrameLength&) const = default;

 private:
  std::uint32_t value_ = 0;
};

struct FrameHeader {
  FrameLength length;
  FrameType type = FrameType::data;
  std::uint8_t flags = 0;
  StreamId stream;

  [[nodiscard]] bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

inline constexpr std::size_t kFrameHeaderSize = 9;

/// `from` holds at least kFrameHeaderSize bytes. Any nine bytes are a header; the reserved bit is ignored
/// (§4.1).
inline FrameHeader parse_frame_header(const std::byte* from) {
  FrameHeader header;
  header.length = FrameLength(base::load_u32(from) >> 8);
  header.type = static_cast<FrameType>(from[3]);
  header.flags = std::to_integer<std::uint8_t>(from[4]);
  header.stream = StreamId(base::load_u32(from + 5));
  return header;
}

inline void store_frame_header(std::byte* to, const FrameHeader& header) {
  // The first eight bytes as one word: every frame that is sent passes here.
  std::uint64_t word = std::uint64_t{header.length.value()} << 40 |
                       std::uint64_t{static_cast<std::uint8_t>(header.type)} << 32 |
                       std::uint64_t{header.flags} << 24 | header.stream.value() >> 8;
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  std::memcpy(to, &word, sizeof word);
  to[8] = static_cast<std::byte>(header.stream.value());
}

}  // namespace farcall::http2
