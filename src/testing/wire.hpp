#pragma once

#include "base/bytes.hpp"
#include "http2/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::testing {

// What RFC 9113 §6 puts on the wire, written down a second time: an oracle that shared these tables with the
// engine would share its mistakes. Only the names of the error codes are taken over, for readable
// expectations.

enum class FrameType : std::uint8_t {
  data = 0x0,
  headers = 0x1,
  priority = 0x2,
  rst_stream = 0x3,
  settings = 0x4,
  push_promise = 0x5,
  ping = 0x6,
  go_away = 0x7,
  window_update = 0x8,
  continuation = 0x9,
};

namespace flag {
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;
}  // namespace flag

enum class Setting : std::uint16_t {
  header_table_size = 0x1,
  enable_push = 0x2,
  max_concurrent_streams = 0x3,
  initial_window_size = 0x4,
  max_frame_size = 0x5,
  max_header_list_size = 0x6,
};

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::size_t kFrameHeaderSize = 9;
inline constexpr std::uint32_t kDefaultWindow = 65'535;
inline constexpr std::uint32_t kMaxWindow = 0x7fff'ffff;
inline constexpr std::uint32_t kDefaultMaxFrameSize = 16'384;

struct HeaderField {
  std::string name;
  std::string value;
  bool operator==(const HeaderField&) const = default;
};
using HeaderList = std::vector<HeaderField>;

/// One frame as it was read: padding and the priority fields of HEADERS are taken off, and CONTINUATION
/// frames are joined to their HEADERS, whose decoded fields stand in `headers`.
struct Frame {
  FrameType type = FrameType::data;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
  HeaderList headers;

  [[nodiscard]] bool has(std::uint8_t bit) const { return (flags & bit) != 0; }
  [[nodiscard]] bool end_stream() const {
    return (type == FrameType::data || type == FrameType::headers) && has(flag::kEndStream);
  }
  [[nodiscard]] bool ack() const { return has(flag::kAck); }
  /// The 32-bit integer at `offset` of the payload: an error code, an increment, a last stream id.
  [[nodiscard]] std::uint32_t integer(std::size_t offset = 0) const;
  [[nodiscard]] std::uint64_t opaque() const;
  /// RST_STREAM and GOAWAY.
  [[nodiscard]] http2::ErrorCode code() const;
  /// GOAWAY.
  [[nodiscard]] std::string_view debug_data() const;
  [[nodiscard]] std::string_view header(std::string_view name) const;
};

/// What both would mean to a reader: flags that say how a section was cut, and for HEADERS its compressed
/// bytes, do not count.
[[nodiscard]] bool same_meaning(const Frame& a, const Frame& b);

/// One line, such as `RST_STREAM stream 1 CANCEL`.
[[nodiscard]] std::string describe(const Frame& frame);
[[nodiscard]] std::string describe(const std::vector<Frame>& frames);

/// Bytes of hexadecimal text; blanks, '|' and '_' are for the eye. Throws std::invalid_argument on anything
/// else.
[[nodiscard]] std::string from_hex(std::string_view hex);

}  // namespace farcall::testing
