#include "http2/receiver.hpp"

#include "http2/frame/validator.hpp"

#include <algorithm>
#include <string_view>

namespace farcall::http2 {

void Receiver::receive(base::ByteView bytes) {
  if (core_.is_server() && preface_matched_ < kPreface.size() && !match_preface(bytes)) return;
  while (!core_.closed) {
    if (take_whole_frame(bytes)) continue;
    FramePiece piece = reader_.next(bytes);
    if (piece.kind == FramePiece::Kind::none) return;
    handle(piece);
  }
}

/// The short way for what nearly all frames are: whole in the input, and without padding or priority. The
/// reader's way leads to the same calls.
bool Receiver::take_whole_frame(base::ByteView& bytes) {
  if (bytes.size() < kFrameHeaderSize || !reader_.between_frames()) return false;
  const FrameHeader header = parse_frame_header(bytes.data());
  if (core_.is_server() && plain_request_.take(header, bytes)) return true;
  const std::size_t size = kFrameHeaderSize + header.length.value();
  if (bytes.size() < size || header.has(flag::kPadded | flag::kPriority)) return false;
  if (whole_response_.take(header, bytes)) return true;
  base::ByteView payload = bytes.subspan(kFrameHeaderSize, header.length.value());
  bytes = bytes.subspan(size);
  begin_frame(header);
  if (core_.closed) return true;
  switch (header.type) {
    case FrameType::data:
      data_.begin(header, 0);
      data_.payload(payload, true);
      break;
    case FrameType::headers:
      headers_.begin(header, {});
      if (!core_.closed) headers_.fragment(payload, true);
      break;
    case FrameType::continuation:
      headers_.fragment(payload, true);
      break;
    case FrameType::goaway:
      control_.go_away(payload.first(std::min(payload.size(), 8 + kGoAwayDebugKept)));
      break;
    default:
      take_prefix(header, payload);
      break;
  }
  return true;
}

/// RFC 9113 §3.4. The first wrong byte is enough: no second protocol is spoken here. True once it is
/// complete.
bool Receiver::match_preface(base::ByteView& bytes) {
  std::string_view expected = kPreface.substr(preface_matched_);
  std::size_t size = std::min(expected.size(), bytes.size());
  if (base::as_text(bytes.first(size)) != expected.substr(0, size)) {
    core_.fail(ErrorCode::protocol_error, "not an HTTP/2 client: wrong connection preface");
    return false;
  }
  preface_matched_ += size;
  bytes = bytes.subspan(size);
  return preface_matched_ == kPreface.size();
}

void Receiver::handle(const FramePiece& piece) {
  switch (piece.kind) {
    case FramePiece::Kind::header:
      begin_frame(reader_.header());
      break;
    case FramePiece::Kind::prefix:
      take_prefix(reader_.header(), piece.bytes);
      break;
    case FramePiece::Kind::body:
      take_body(reader_.header(), piece.bytes, piece.last);
      break;
    case FramePiece::Kind::bad_padding:
      core_.fail(ErrorCode::protocol_error, "more padding than payload");
      break;
    case FramePiece::Kind::none:
      break;
  }
}

/// What can be judged by the header alone.
void Receiver::begin_frame(const FrameHeader& header) {
  if (!core_.peer.received && (header.type != FrameType::settings || header.has(flag::kAck))) {  // §3.4
    core_.fail(ErrorCode::protocol_error, "not an HTTP/2 peer: the first frame is not SETTINGS");
    return;
  }
  const std::uint32_t open_block = headers_.expects_continuation();
  const bool continues = header.type == FrameType::continuation && header.stream.value() == open_block;
  if (open_block != 0 ? !continues : header.type == FrameType::continuation) {  // §6.10
    core_.fail(ErrorCode::protocol_error,
               open_block != 0 ? "header block interrupted" : "CONTINUATION without HEADERS");
    return;
  }
  const std::uint32_t max_frame_size = core_.local.in_force().max_frame_size;
  if (is_plain(header, max_frame_size)) return;
  if (auto fault = validate(header, max_frame_size)) {
    core_.fail(fault->code, fault->reason);
    return;
  }
  switch (header.type) {
    case FrameType::push_promise:  // §8.4: clients may not push, servers were told not to
      core_.fail(ErrorCode::protocol_error, "PUSH_PROMISE although push is disabled");
      break;
    case FrameType::settings:  // judged before it is kept
      if (header.length.value() / 6 > core_.limits().max_settings_entries) {
        core_.fail(ErrorCode::enhance_your_calm, token::kTooManySettings);
      }
      break;
    case FrameType::continuation:
      headers_.resume(header);
      break;
    default:
      break;
  }
}

void Receiver::take_prefix(const FrameHeader& header, base::ByteView prefix) {
  switch (header.type) {
    case FrameType::data:
      data_.begin(header, header.has(flag::kPadded) ? reader_.padding() : 0);
      break;
    case FrameType::headers:
      headers_.begin(header, prefix);
      break;
    case FrameType::priority:
      control_.priority(header.stream, prefix);
      break;
    case FrameType::rst_stream:
      control_.rst_stream(header.stream, prefix);
      break;
    case FrameType::settings:
      header.has(flag::kAck) ? control_.settings_ack() : control_.settings(prefix);
      break;
    case FrameType::ping:
      header.has(flag::kAck) ? control_.ping_ack(prefix) : control_.ping(prefix);
      break;
    case FrameType::goaway:
      control_.go_away(prefix);
      break;
    case FrameType::window_update:
      control_.window_update(header.stream, prefix);
      break;
    case FrameType::continuation:
    case FrameType::push_promise:
      break;
    default:
      control_.unknown();
      break;
  }
}

void Receiver::take_body(const FrameHeader& header, base::ByteView body, bool last) {
  if (header.type == FrameType::data) {
    data_.payload(body, last);
  } else {
    headers_.fragment(body, last);
  }
}

}  // namespace farcall::http2
