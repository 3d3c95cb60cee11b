#include "http2/whole_response.hpp"

#include <optional>

namespace farcall::http2 {
namespace {

/// A frame that lies whole at the front of some input.
struct WholeFrame {
  FrameHeader header;
  base::ByteView payload;
};

/// Takes it off, if it is of that type, on that stream and with exactly these flags.
std::optional<WholeFrame> take_frame(base::ByteView& bytes, FrameType type, std::uint8_t flags,
                                     StreamId stream) {
  if (bytes.size() < kFrameHeaderSize) return std::nullopt;
  const FrameHeader header = parse_frame_header(bytes.data());
  const std::size_t length = header.length.value();
  if (header.type != type || header.flags != flags || header.stream != stream ||
      bytes.size() - kFrameHeaderSize < length)
    return std::nullopt;
  const base::ByteView payload = bytes.subspan(kFrameHeaderSize, length);
  bytes = bytes.subspan(kFrameHeaderSize + length);
  return WholeFrame{header, payload};
}

}  // namespace

bool WholeResponse::take_response(const FrameHeader& first, base::ByteView& bytes) {
  if (core_.is_server() || headers_.expects_continuation() != 0) return false;
  base::ByteView rest = bytes;
  const auto head = take_frame(rest, FrameType::headers, flag::kEndHeaders, first.stream);
  if (!head) return false;
  const auto data = take_frame(rest, FrameType::data, 0, first.stream);
  if (!data || data->payload.size() > core_.local.in_force().max_frame_size) return false;
  const auto tail = take_frame(rest, FrameType::headers, flag::kEndHeaders | flag::kEndStream, first.stream);
  if (!tail) return false;

  Stream* stream = awaiting(first.stream);
  if (stream == nullptr) return false;
  // Blocks that are known came in frames that were not too large, behind the peer's SETTINGS.
  const HeaderSection* headers = headers_.known_headers(head->payload);
  if (headers == nullptr || headers->status() < 200 || headers->content_length()) return false;
  const HeaderSection* trailers = headers_.known_trailers(tail->payload);
  if (trailers == nullptr || !data_.charge_whole(*stream, data->header.length.value())) return false;

  core_.events.push(
      event::Response{stream->key, stream->id, data->payload, headers->fields(), trailers->fields()});
  core_.forget(*stream, Phase::closed_by_end);
  bytes = rest;
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
