#pragma once

#include "http2/error.hpp"
#include "http2/frame/header.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace farcall::http2 {

/// Why a connection cannot go on. The text is for people: GOAWAY debug data, logs.
struct ConnectionFault {
  ErrorCode code = ErrorCode::protocol_error;
  std::string_view reason;
};

/// Judges a frame by its header alone, before a byte of its payload is kept: largest size, stream or
/// connection, length as its type and flags demand (RFC 9113 §4.2, §6). Frames of unknown type pass.
///
/// Every fault is one of the connection. Where the RFC would have a stream error (wrong length of PRIORITY,
/// too long DATA), a sender that is merely late could not have produced it, and §5.4.1 allows to end the
/// connection; otherwise each such frame would let the peer have us reset streams at its will
/// (CVE-2025-8671).
[[nodiscard]] std::optional<ConnectionFault> validate(const FrameHeader& header,
                                                      std::uint32_t max_frame_size);

/// What `validate` has nothing against, said of most frames by less work: DATA and HEADERS without padding or
/// priority.
[[nodiscard]] inline bool is_plain(const FrameHeader& header, std::uint32_t max_frame_size) {
  return static_cast<std::uint8_t>(header.type) <= static_cast<std::uint8_t>(FrameType::headers) &&
         !header.has(flag::kPadded | flag::kPriority) && !header.stream.is_connection() &&
         header.length.value() <= max_frame_size;
}

}  // namespace farcall::http2
