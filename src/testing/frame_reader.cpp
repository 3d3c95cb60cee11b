#include "testing/frame_reader.hpp"

#include <algorithm>
#include <utility>

namespace farcall::testing {

void require(bool holds, const Frame& frame, const char* rule) {
  if (!holds) throw ProtocolViolation(std::string(rule) + ": " + describe(frame));
}

namespace {

class ListSink final : public hpack::FieldSink {
 public:
  hpack::FieldNote on_field(std::string_view name, std::string_view value,
                            const hpack::FieldOrigin& /*origin*/) override {
    list.push_back({std::string(name), std::string(value)});
    return 0;
  }

  HeaderList list;
};

}  // namespace

HeaderList decode_block(hpack::Decoder& decoder, std::string_view block) {
  ListSink sink;
  if (decoder.decode(base::as_bytes(block), true, sink)) {
    throw ProtocolViolation("a header block that cannot be decoded (RFC 9113 §4.3)");
  }
  return std::move(sink.list);
}

void FrameReader::feed(base::ByteView bytes) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_ += base::as_text(bytes);
}

std::optional<Frame> FrameReader::next() {
  if (!read_preface()) return std::nullopt;
  while (std::optional<Frame> frame = cut()) {
    if (open_section_) {
      require(frame->type == FrameType::continuation && frame->stream == open_section_->stream, *frame,
              "only CONTINUATION may follow a HEADERS without END_HEADERS (RFC 9113 §6.10)");
      open_section_->payload += frame->payload;
      open_section_->flags =
          static_cast<std::uint8_t>(open_section_->flags | (frame->flags & flag::kEndHeaders));
      if (open_section_->has(flag::kEndHeaders)) return finish_section();
      continue;
    }
    check_shape(*frame);
    strip(*frame);
    if (frame->type != FrameType::headers) return frame;
    open_section_ = std::move(frame);
    if (open_section_->has(flag::kEndHeaders)) return finish_section();
  }
  return std::nullopt;
}

bool FrameReader::read_preface() {
  std::string_view unread = std::string_view(buffer_).substr(at_);
  std::size_t known = std::min(preface_left_.size(), unread.size());
  if (unread.substr(0, known) != preface_left_.substr(0, known)) {
    throw ProtocolViolation("a wrong connection preface (RFC 9113 §3.4)");
  }
  preface_left_.remove_prefix(known);
  at_ += known;
  return preface_left_.empty();
}

/// RFC 9113 §4.1.
std::optional<Frame> FrameReader::cut() {
  base::ByteView unread = base::as_bytes(std::string_view(buffer_).substr(at_));
  if (unread.size() < kFrameHeaderSize) return std::nullopt;
  std::uint32_t length = base::load_u32(unread.data()) >> 8;
  if (length > max_frame_size_)
    throw ProtocolViolation("a frame larger than SETTINGS_MAX_FRAME_SIZE (RFC 9113 §4.2)");
  if (unread.size() < kFrameHeaderSize + length) return std::nullopt;
  Frame frame;
  frame.type = static_cast<FrameType>(unread[3]);
  frame.flags = std::to_integer<std::uint8_t>(unread[4]);
  frame.stream = base::load_u32(unread.data() + 5);
  frame.payload = base::as_text(unread.subspan(kFrameHeaderSize, length));
  at_ += kFrameHeaderSize + length;
  return frame;
}

void FrameReader::check_shape(const Frame& frame) const {
  std::size_t size = frame.payload.size();
  bool on_stream = frame.stream != 0;
  switch (frame.type) {
    case FrameType::data:
    case FrameType::headers:
      return require(on_stream, frame, "needs a stream (RFC 9113 §6.1, §6.2)");
    case FrameType::priority:
      return require(on_stream && size == 5, frame, "PRIORITY is 5 bytes on a stream (RFC 9113 §6.3)");
    case FrameType::rst_stream:
      return require(on_stream && size == 4, frame, "RST_STREAM is 4 bytes on a stream (RFC 9113 §6.4)");
    case FrameType::settings:
      return require(!on_stream && size % 6 == 0 && (!frame.ack() || size == 0), frame,
                     "SETTINGS is 6 bytes an entry on stream 0, its ack empty (RFC 9113 §6.5)");
    case FrameType::ping:
      return require(!on_stream && size == 8, frame, "PING is 8 bytes on stream 0 (RFC 9113 §6.7)");
    case FrameType::go_away:
      return require(!on_stream && size >= 8, frame,
                     "GOAWAY is at least 8 bytes on stream 0 (RFC 9113 §6.8)");
    case FrameType::window_update:
      return require(size == 4 && frame.integer() >= 1 && frame.integer() <= kMaxWindow, frame,
                     "WINDOW_UPDATE adds 1 to 2^31-1 (RFC 9113 §6.9)");
    case FrameType::push_promise:
      return require(false, frame, "this implementation never pushes (RFC 9113 §8.4)");
    case FrameType::continuation:
      return require(false, frame, "CONTINUATION outside a header section (RFC 9113 §6.10)");
  }
  require(false, frame, "a frame type that this implementation has no use for");
}

void FrameReader::strip(Frame& frame) const {
  if (frame.type != FrameType::data && frame.type != FrameType::headers) return;
  std::size_t front = 0;
  std::size_t padding = 0;
  if (frame.has(flag::kPadded)) {
    require(!frame.payload.empty(), frame, "no pad length (RFC 9113 §6.1)");
    padding = static_cast<unsigned char>(frame.payload[0]);
    front = 1;
  }
  if (frame.type == FrameType::headers && frame.has(flag::kPriority)) front += 5;
  require(front + padding <= frame.payload.size(), frame, "more padding than payload (RFC 9113 §6.1)");
  frame.payload = frame.payload.substr(front, frame.payload.size() - front - padding);
}

Frame FrameReader::finish_section() {
  Frame frame = *std::exchange(open_section_, std::nullopt);
  frame.headers = decode_block(decoder_, frame.payload);
  return frame;
}

}  // namespace farcall::testing
