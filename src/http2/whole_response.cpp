#include "http2/whole_response.hpp"

#include <cstddef>
#include <cstdint>

namespace farcall::http2 {
namespace {

/// All that a frame's header says but the length, in one word: as it stands in the header, without the bit
/// that is reserved.
constexpr std::uint64_t kind_of(FrameType type, std::uint8_t flags, std::uint32_t stream) {
  return std::uint64_t{static_cast<std::uint8_t>(type)} << 40 | std::uint64_t{flags} << 32 | stream;
}
constexpr std::uint64_t kKindBits = kind_of(static_cast<FrameType>(0xff), 0xff, StreamId::kLargest);

/// A frame at the front of some input, if it lies there as a whole.
struct WholeFrame {
  explicit WholeFrame(base::ByteView bytes) {
    if (bytes.size() < kFrameHeaderSize) return;
    const std::size_t length = base::load_u32(bytes.data()) >> 8;
    if (bytes.size() - kFrameHeaderSize < length) return;
    payload = bytes.subspan(kFrameHeaderSize, length);
    kind = base::load_u64(bytes.data() + 1) & kKindBits;
  }
  [[nodiscard]] base::ByteView behind(base::ByteView bytes) const {
    return bytes.subspan(kFrameHeaderSize + payload.size());
  }

  std::uint64_t kind = UINT64_MAX;  // none
  base::ByteView payload;
};

}  // namespace

bool WholeResponse::take_response(const FrameHeader& first, base::ByteView& bytes) {
  if (core_.is_server() || headers_.expects_continuation() != 0) return false;
  const std::uint32_t id = first.stream.value();
  const WholeFrame head(bytes);
  if (head.kind != kind_of(FrameType::headers, flag::kEndHeaders, id)) return false;
  base::ByteView rest = head.behind(bytes);
  const WholeFrame data(rest);
  if (data.kind != kind_of(FrameType::data, 0, id)) return false;
  if (data.payload.size() > core_.local.in_force().max_frame_size) return false;
  rest = data.behind(rest);
  const WholeFrame tail(rest);
  if (tail.kind != kind_of(FrameType::headers, flag::kEndHeaders | flag::kEndStream, id)) return false;

  Stream* stream = awaiting(first.stream);
  if (stream == nullptr) return false;
  // Blocks that are known came in frames that were not too large, behind the peer's SETTINGS.
  const HeaderSection* headers = headers_.known_headers(head.payload);
  if (headers == nullptr || headers->status() < 200 || headers->content_length()) return false;
  const HeaderSection* trailers = headers_.known_trailers(tail.payload);
  if (trailers == nullptr || !data_.charge_whole(*stream, static_cast<std::uint32_t>(data.payload.size())))
    return false;

  core_.events.push(
      event::Response{stream->key, stream->id, data.payload, headers->fields(), trailers->fields()});
  core_.forget(*stream, Phase::closed_by_end);
  bytes = tail.behind(rest);
  return true;
}

/// The stream, if nothing of the response has come, somebody wants it, and its end is the stream's.
Stream* WholeResponse::awaiting(StreamId id) {
  Stream* stream = core_.streams.find_id(id.value());
  if (stream == nullptr || stream->state.phase() != Phase::half_closed_local ||
      stream->state.headers_received() || stream->swallow)
    return nullptr;
  return stream;
}

}  // namespace farcall::http2
