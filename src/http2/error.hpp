#pragma once

#include <cstdint>
#include <string_view>

namespace farcall::http2 {

/// RFC 9113 §7. A code that is not listed travels as the integer it is; receivers treat it as INTERNAL_ERROR.
enum class ErrorCode : std::uint32_t {
  no_error = 0x0,
  protocol_error = 0x1,
  internal_error = 0x2,
  flow_control_error = 0x3,
  settings_timeout = 0x4,
  stream_closed = 0x5,
  frame_size_error = 0x6,
  refused_stream = 0x7,
  cancel = 0x8,
  compression_error = 0x9,
  connect_error = 0xa,
  enhance_your_calm = 0xb,
  inadequate_security = 0xc,
  http_1_1_required = 0xd,
};

/// The RFC's name, such as "ENHANCE_YOUR_CALM"; "an unlisted error code" for others.
[[nodiscard]] std::string_view name(ErrorCode code);

/// Who ended something: the other side of the connection, or this one (which includes rules that it
/// enforces).
enum class Initiator : std::uint8_t { peer, local };

}  // namespace farcall::http2
