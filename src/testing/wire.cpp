#include "testing/wire.hpp"

#include <stdexcept>

namespace farcall::testing {
namespace {

std::string type_name(FrameType type) {
  switch (type) {
    case FrameType::data:
      return "DATA";
    case FrameType::headers:
      return "HEADERS";
    case FrameType::priority:
      return "PRIORITY";
    case FrameType::rst_stream:
      return "RST_STREAM";
    case FrameType::settings:
      return "SETTINGS";
    case FrameType::push_promise:
      return "PUSH_PROMISE";
    case FrameType::ping:
      return "PING";
    case FrameType::go_away:
      return "GOAWAY";
    case FrameType::window_update:
      return "WINDOW_UPDATE";
    case FrameType::continuation:
      return "CONTINUATION";
  }
  return "type " + std::to_string(static_cast<int>(type));
}

std::string quoted(std::string_view text) {
  constexpr std::size_t kShown = 48;
  std::string out = "\"";
  for (char c : text.substr(0, kShown)) out += c >= 0x20 && c < 0x7f ? c : '.';
  out += text.size() > kShown ? "\"..." : "\"";
  return out;
}

std::string describe_settings(const Frame& frame) {
  if (frame.ack()) return " ack";
  std::string out;
  for (std::size_t at = 0; at + 6 <= frame.payload.size(); at += 6) {
    auto id = (static_cast<unsigned>(static_cast<unsigned char>(frame.payload[at])) << 8) |
              static_cast<unsigned char>(frame.payload[at + 1]);
    out += ' ' + std::to_string(id) + '=' + std::to_string(frame.integer(at + 2));
  }
  return out;
}

std::string describe_headers(const Frame& frame) {
  std::string out = " {";
  for (const auto& [name, value] : frame.headers) out += ' ' + name + '=' + quoted(value);
  return out + " }";
}

std::string describe_payload(const Frame& frame) {
  switch (frame.type) {
    case FrameType::data:
      return ' ' + std::to_string(frame.payload.size()) + " bytes " + quoted(frame.payload);
    case FrameType::headers:
      return describe_headers(frame);
    case FrameType::settings:
      return describe_settings(frame);
    case FrameType::rst_stream:
      return ' ' + std::string(http2::name(frame.code()));
    case FrameType::go_away:
      return " last " + std::to_string(frame.integer()) + ' ' + std::string(http2::name(frame.code())) + ' ' +
             quoted(frame.debug_data());
    case FrameType::window_update:
      return " +" + std::to_string(frame.integer());
    case FrameType::ping:
      return ' ' + std::to_string(frame.opaque()) + (frame.ack() ? " ack" : "");
    default:
      return ' ' + std::to_string(frame.payload.size()) + " bytes";
  }
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  throw std::invalid_argument(std::string("not a hexadecimal digit: ") + c);
}

}  // namespace

std::uint32_t Frame::integer(std::size_t offset) const {
  if (payload.size() < offset + 4)
    throw std::out_of_range("the payload of " + type_name(type) + " is too short");
  return base::load_u32(base::as_bytes(payload).data() + offset);
}

std::uint64_t Frame::opaque() const {
  return std::uint64_t{integer(0)} << 32 | integer(4);
}

http2::ErrorCode Frame::code() const {
  return static_cast<http2::ErrorCode>(integer(type == FrameType::go_away ? 4 : 0));
}

std::string_view Frame::debug_data() const {
  return std::string_view(payload).substr(8);
}

std::string_view Frame::header(std::string_view name) const {
  for (const HeaderField& field : headers) {
    if (field.name == name) return field.value;
  }
  throw std::out_of_range("no field " + std::string(name) + " in " + describe(*this));
}

bool same_meaning(const Frame& a, const Frame& b) {
  if (a.type != b.type || a.stream != b.stream) return false;
  switch (a.type) {
    case FrameType::data:
      return a.end_stream() == b.end_stream() && a.payload == b.payload;
    case FrameType::headers:
      return a.end_stream() == b.end_stream() && a.headers == b.headers;
    default:
      return a.flags == b.flags && a.payload == b.payload;
  }
}

std::string describe(const Frame& frame) {
  std::string out = type_name(frame.type);
  if (frame.stream != 0) out += " stream " + std::to_string(frame.stream);
  out += describe_payload(frame);
  if (frame.end_stream()) out += " END_STREAM";
  return out;
}

std::string describe(const std::vector<Frame>& frames) {
  if (frames.empty()) return "nothing";
  std::string out;
  for (const Frame& frame : frames) out += (out.empty() ? "" : "; ") + describe(frame);
  return out;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  int high = -1;
  for (char c : hex) {
    if (c == ' ' || c == '\n' || c == '|' || c == '_') continue;
    if (high < 0) {
      high = hex_digit(c);
    } else {
      out += static_cast<char>(high << 4 | hex_digit(c));
      high = -1;
    }
  }
  if (high >= 0) throw std::invalid_argument("an odd number of hexadecimal digits");
  return out;
}

}  // namespace farcall::testing
