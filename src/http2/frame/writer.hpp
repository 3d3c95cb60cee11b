#pragma once

#include "base/bytes.hpp"
#include "http2/error.hpp"
#include "http2/frame/header.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace farcall::http2 {

/// Identifiers of RFC 9113 §6.5.2. Others are legal on the wire and ignored.
enum class SettingId : std::uint16_t {
  header_table_size = 0x1,
  enable_push = 0x2,
  max_concurrent_streams = 0x3,
  initial_window_size = 0x4,
  max_frame_size = 0x5,
  max_header_list_size = 0x6,
};

struct Setting {
  SettingId id = SettingId::header_table_size;
  std::uint32_t value = 0;
};

/// Each appends one whole frame (append_header: its first nine bytes) to `out`.
namespace write {

void append_header(Buffer& out, const FrameHeader& header);
void settings(Buffer& out, std::span<const Setting> settings);
void settings_ack(Buffer& out);
void ping(Buffer& out, std::uint64_t payload, bool ack);
/// Debug data beyond 1,024 bytes is cut off.
void go_away(Buffer& out, StreamId last, ErrorCode code, std::string_view debug);
void rst_stream(Buffer& out, StreamId stream, ErrorCode code);
void window_update(Buffer& out, StreamId stream, std::uint32_t increment);
/// A header block as HEADERS and as many CONTINUATION frames as it needs. The block lies behind
/// kFrameHeaderSize bytes of `room`, whose content does not matter: most blocks are one frame, and so one
/// piece to copy.
void header_block(Buffer& out, StreamId stream, std::span<std::byte> room, bool end_stream,
                  std::uint32_t max_frame_size);
/// A whole header block in one frame: `block` with room for the frame's header in front of it. Returns where
/// the frame ends.
inline std::byte* known_header_block(std::byte* to, StreamId stream, std::span<const std::byte> block,
                                     bool end_stream) {
  std::memcpy(to, block.data(), block.size());
  const auto flags = static_cast<std::uint8_t>(flag::kEndHeaders | (end_stream ? flag::kEndStream : 0));
  store_frame_header(to, {FrameLength(block.size() - kFrameHeaderSize), FrameType::headers, flags, stream});
  return to + block.size();
}

}  // namespace write

}  // namespace farcall::http2
