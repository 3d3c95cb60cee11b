#include "testing/frame_script.hpp"

#include <algorithm>
#include <stdexcept>

namespace farcall::testing {
namespace {

void put(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

std::string integer(std::uint64_t value, int bytes) {
  std::string out;
  put(out, value, bytes);
  return out;
}

/// RFC 7541 §5.1 with a prefix of seven bits, §5.2 without Huffman coding.
void put_string(std::string& out, std::string_view text) {
  std::size_t length = text.size();
  if (length < 127) {
    put(out, length, 1);
  } else {
    put(out, 127, 1);
    for (length -= 127; length >= 128; length >>= 7) put(out, (length & 127) | 128, 1);
    put(out, length, 1);
  }
  out += text;
}

void put_frame(std::string& out, std::size_t length, unsigned type, unsigned flags, std::uint32_t stream,
               std::string_view payload) {
  put(out, length, 3);
  put(out, type, 1);
  put(out, flags, 1);
  put(out, stream, 4);
  out += payload;
}

std::string padded_payload(const FrameScript::Piece& piece, std::string_view content) {
  std::string payload;
  if (piece.padding) put(payload, *piece.padding, 1);
  payload += piece.priority_fields;
  payload += content;
  if (piece.padding) payload.append(*piece.padding, '\0');
  return payload;
}

void put_section(std::string& out, const FrameScript::Piece& piece) {
  std::string_view rest = piece.payload;
  std::string_view first = rest.substr(0, piece.fragment);
  rest.remove_prefix(first.size());
  unsigned without_end = piece.flags & ~unsigned{flag::kEndHeaders};
  std::string payload = padded_payload(piece, first);
  put_frame(out, payload.size(), piece.type, rest.empty() ? piece.flags : without_end, piece.stream, payload);
  while (!rest.empty()) {
    std::string_view fragment = rest.substr(0, piece.fragment);
    rest.remove_prefix(fragment.size());
    unsigned flags = rest.empty() ? piece.flags & unsigned{flag::kEndHeaders} : 0U;
    put_frame(out, fragment.size(), static_cast<unsigned>(FrameType::continuation), flags, piece.stream,
              fragment);
  }
}

void put_piece(std::string& out, const FrameScript::Piece& piece) {
  if (piece.is_raw) {
    out += piece.payload;
  } else if (piece.fragment > 0) {
    put_section(out, piece);
  } else {
    std::string payload = padded_payload(piece, piece.payload);
    put_frame(out, piece.declared_length.value_or(static_cast<std::uint32_t>(payload.size())), piece.type,
              piece.flags, piece.stream, payload);
  }
}

constexpr std::uint8_t kLiteral = 0x00;
constexpr std::uint8_t kNeverIndexed = 0x10;
constexpr std::uint8_t kIncremental = 0x40;

}  // namespace

FrameScript& FrameScript::preface() {
  return text(kPreface);
}

FrameScript& FrameScript::settings(std::initializer_list<std::pair<Setting, std::uint32_t>> values) {
  std::string payload;
  for (const auto& [id, value] : values) {
    put(payload, static_cast<std::uint16_t>(id), 2);
    put(payload, value, 4);
  }
  return frame(static_cast<std::uint8_t>(FrameType::settings), 0, 0, payload);
}

FrameScript& FrameScript::settings_ack() {
  return frame(static_cast<std::uint8_t>(FrameType::settings), flag::kAck, 0);
}

FrameScript& FrameScript::headers(std::uint32_t stream) {
  return frame(static_cast<std::uint8_t>(FrameType::headers), flag::kEndHeaders, stream);
}

FrameScript& FrameScript::continuation(std::uint32_t stream) {
  return frame(static_cast<std::uint8_t>(FrameType::continuation), flag::kEndHeaders, stream);
}

FrameScript& FrameScript::data(std::uint32_t stream, std::string_view payload) {
  return frame(static_cast<std::uint8_t>(FrameType::data), 0, stream, payload);
}

FrameScript& FrameScript::priority(std::uint32_t stream, std::uint32_t depends_on, std::uint8_t weight) {
  return frame(static_cast<std::uint8_t>(FrameType::priority), 0, stream,
               integer(depends_on, 4) + integer(weight, 1));
}

FrameScript& FrameScript::reset(std::uint32_t stream, http2::ErrorCode code) {
  return frame(static_cast<std::uint8_t>(FrameType::rst_stream), 0, stream,
               integer(static_cast<std::uint32_t>(code), 4));
}

FrameScript& FrameScript::push_promise(std::uint32_t stream, std::uint32_t promised) {
  return frame(static_cast<std::uint8_t>(FrameType::push_promise), flag::kEndHeaders, stream,
               integer(promised, 4));
}

FrameScript& FrameScript::ping(std::uint64_t payload) {
  return frame(static_cast<std::uint8_t>(FrameType::ping), 0, 0, integer(payload, 8));
}

FrameScript& FrameScript::ping_ack(std::uint64_t payload) {
  return ping(payload).add_flags(flag::kAck);
}

FrameScript& FrameScript::go_away(std::uint32_t last_stream, http2::ErrorCode code,
                                  std::string_view debug_data) {
  return frame(
      static_cast<std::uint8_t>(FrameType::go_away), 0, 0,
      integer(last_stream, 4) + integer(static_cast<std::uint32_t>(code), 4) + std::string(debug_data));
}

FrameScript& FrameScript::window_update(std::uint32_t stream, std::uint32_t increment) {
  return frame(static_cast<std::uint8_t>(FrameType::window_update), 0, stream, integer(increment, 4));
}

FrameScript& FrameScript::frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                                std::string_view payload) {
  Piece piece;
  piece.type = type;
  piece.flags = flags;
  piece.stream = stream;
  piece.payload = payload;
  pieces_.push_back(std::move(piece));
  return *this;
}

FrameScript& FrameScript::raw(std::string_view hex) {
  return text(from_hex(hex));
}

FrameScript& FrameScript::text(std::string_view bytes) {
  Piece piece;
  piece.is_raw = true;
  piece.payload = bytes;
  pieces_.push_back(std::move(piece));
  return *this;
}

FrameScript& FrameScript::add_flags(std::uint8_t bits) {
  last().flags = static_cast<std::uint8_t>(last().flags | bits);
  return *this;
}

FrameScript& FrameScript::no_end_headers() {
  last().flags = static_cast<std::uint8_t>(last().flags & ~unsigned{flag::kEndHeaders});
  return *this;
}

FrameScript& FrameScript::padded(std::uint8_t length) {
  last().padding = length;
  return add_flags(flag::kPadded);
}

FrameScript& FrameScript::depends_on(std::uint32_t stream, bool exclusive) {
  last().priority_fields = integer(stream | (exclusive ? 0x8000'0000U : 0U), 4) + integer(15, 1);
  return add_flags(flag::kPriority);
}

FrameScript& FrameScript::split(std::size_t fragment) {
  last().fragment = fragment;
  return *this;
}

FrameScript& FrameScript::declared_length(std::uint32_t length) {
  last().declared_length = length;
  return *this;
}

FrameScript& FrameScript::block(std::string_view hex) {
  return block_bytes(from_hex(hex));
}

FrameScript& FrameScript::block_bytes(std::string_view bytes) {
  last().payload += bytes;
  return *this;
}

FrameScript& FrameScript::field(std::string_view name, std::string_view value) {
  return literal(kLiteral, name, value);
}

FrameScript& FrameScript::never_indexed(std::string_view name, std::string_view value) {
  return literal(kNeverIndexed, name, value);
}

FrameScript& FrameScript::indexed_literal(std::string_view name, std::string_view value) {
  return literal(kIncremental, name, value);
}

FrameScript& FrameScript::indexed(std::uint8_t index) {
  if (index >= 127) throw std::invalid_argument("an index that needs more than one byte: use block()");
  put(last().payload, index | 0x80U, 1);
  return *this;
}

FrameScript& FrameScript::request(std::string_view method, std::string_view path) {
  return field(":method", method).field(":scheme", "http").field(":authority", "test").field(":path", path);
}

FrameScript& FrameScript::response(std::string_view status) {
  return field(":status", status);
}

FrameScript& FrameScript::then(const FrameScript& other) {
  // A copy, because `other` may be this script.
  std::vector<Piece> added = other.pieces_;
  pieces_.insert(pieces_.end(), std::make_move_iterator(added.begin()), std::make_move_iterator(added.end()));
  return *this;
}

FrameScript& FrameScript::times(std::size_t count, const FrameScript& other) {
  for (std::size_t i = 0; i < count; ++i) then(other);
  return *this;
}

std::string FrameScript::bytes() const {
  std::string out;
  for (const Piece& piece : pieces_) put_piece(out, piece);
  return out;
}

FrameScript::Piece& FrameScript::last() {
  if (pieces_.empty()) throw std::logic_error("no frame has been begun");
  return pieces_.back();
}

FrameScript& FrameScript::literal(std::uint8_t first_byte, std::string_view name, std::string_view value) {
  std::string& block = last().payload;
  put(block, first_byte, 1);
  put_string(block, name);
  put_string(block, value);
  return *this;
}

}  // namespace farcall::testing
