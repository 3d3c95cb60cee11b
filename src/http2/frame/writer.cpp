#include "http2/frame/writer.hpp"

#include <algorithm>
#include <array>

namespace farcall::http2::write {
namespace {

/// A frame of fixed size: header and payload in one append.
template <std::size_t kPayload>
class FixedFrame {
 public:
  FixedFrame(FrameType type, std::uint8_t flags, StreamId stream) {
    store_frame_header(bytes_.data(), {FrameLength(kPayload), type, flags, stream});
  }
  void store(std::size_t at, std::uint32_t value) {
    base::store_u32(bytes_.data() + kFrameHeaderSize + at, value);
  }
  void append_to(Buffer& out) const { out.append(bytes_); }

 private:
  std::array<std::byte, kFrameHeaderSize + kPayload> bytes_;
};

}  // namespace

void append_header(Buffer& out, const FrameHeader& header) {
  std::array<std::byte, kFrameHeaderSize> bytes;
  store_frame_header(bytes.data(), header);
  out.append(bytes);
}

void settings(Buffer& out, std::span<const Setting> settings) {
  append_header(out, {FrameLength(settings.size() * 6), FrameType::settings, 0, StreamId()});
  for (const Setting& setting : settings) {
    std::array<std::byte, 6> entry;
    auto id = static_cast<std::uint16_t>(setting.id);
    entry[0] = static_cast<std::byte>(id >> 8);
    entry[1] = static_cast<std::byte>(id);
    base::store_u32(entry.data() + 2, setting.value);
    out.append(entry);
  }
}

void settings_ack(Buffer& out) {
  FixedFrame<0>(FrameType::settings, flag::kAck, StreamId()).append_to(out);
}

void ping(Buffer& out, std::uint64_t payload, bool ack) {
  FixedFrame<8> frame(FrameType::ping, ack ? flag::kAck : std::uint8_t{0}, StreamId());
  frame.store(0, static_cast<std::uint32_t>(payload >> 32));
  frame.store(4, static_cast<std::uint32_t>(payload));
  frame.append_to(out);
}

void go_away(Buffer& out, StreamId last, ErrorCode code, std::string_view debug) {
  debug = debug.substr(0, 1024);
  append_header(out, {FrameLength(8 + debug.size()), FrameType::goaway, 0, StreamId()});
  std::array<std::byte, 8> fixed;
  base::store_u32(fixed.data(), last.value());
  base::store_u32(fixed.data() + 4, static_cast<std::uint32_t>(code));
  out.append(fixed);
  out.append(base::as_bytes(debug));
}

void rst_stream(Buffer& out, StreamId stream, ErrorCode code) {
  FixedFrame<4> frame(FrameType::rst_stream, 0, stream);
  frame.store(0, static_cast<std::uint32_t>(code));
  frame.append_to(out);
}

void window_update(Buffer& out, StreamId stream, std::uint32_t increment) {
  FixedFrame<4> frame(FrameType::window_update, 0, stream);
  frame.store(0, increment);
  frame.append_to(out);
}

void header_block(Buffer& out, StreamId stream, std::span<std::byte> room, bool end_stream,
                  std::uint32_t max_frame_size) {
  FrameType type = FrameType::headers;
  std::uint8_t flags = end_stream ? flag::kEndStream : std::uint8_t{0};
  while (room.size() > kFrameHeaderSize + max_frame_size) {
    store_frame_header(room.data(), {FrameLength(max_frame_size), type, flags, stream});
    out.append(room.first(kFrameHeaderSize + max_frame_size));
    // The next frame's header goes where this one's payload ends, which has been copied.
    room = room.subspan(max_frame_size);
    type = FrameType::continuation;
    flags = 0;
  }
  flags |= flag::kEndHeaders;
  store_frame_header(room.data(), {FrameLength(room.size() - kFrameHeaderSize), type, flags, stream});
  out.append(room);
}

}  // namespace farcall::http2::write
