#include "http2/field_rules.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace farcall::http2 {
namespace {

constexpr std::array<bool, 256> name_bytes() {
  std::array<bool, 256> allowed{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}
constexpr std::array<bool, 256> kNameBytes = name_bytes();

bool is_forbidden(char c) { return c == '\0' || c == '\r' || c == '\n'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Whether any of eight bytes is below 0x20, found without looking at each. May say yes to a byte that follows such
/// a one, never no to one that is.
bool may_have_control(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  return ((word - kOnes * 0x20) & ~word & (kOnes * 0x80)) != 0;
}

bool has_forbidden(std::string_view text) {
  for (char c : text) {
    if (is_forbidden(c)) return true;
  }
  return false;
}

}  // namespace

bool is_field_name(std::string_view name) {
  for (char c : name) {
    if (!kNameBytes[static_cast<unsigned char>(c)]) return false;
  }
  return !name.empty();
}

bool is_field_value(std::string_view value) {
  if (value.empty()) return true;
  if (is_blank(value.front()) || is_blank(value.back())) return false;
  while (value.size() >= 8) {
    if (may_have_control(value.data()) && has_forbidden(value.substr(0, 8))) return false;
    value.remove_prefix(8);
  }
  return !has_forbidden(value);
}

bool is_connection_specific(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 2:
      return name == "te" && value != "trailers";
    case 7:
      return name == "upgrade";
    case 10:
      return name == "connection" || name == "keep-alive";
    case 16:
      return name == "proxy-connection";
    case 17:
      return name == "transfer-encoding";
    default:
      return false;
  }
}

std::optional<std::uint64_t> parse_content_length(std::string_view value) {
  std::uint64_t length = 0;
  const char* end = value.data() + value.size();
  auto [rest, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc() || rest != end) return std::nullopt;
  return length;
}

std::optional<std::uint16_t> parse_status(std::string_view value) {
  if (value.size() != 3 || value[0] < '1' || value[0] > '9') return std::nullopt;
  unsigned status = 0;
  for (char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    status = status * 10 + static_cast<unsigned>(c - '0');
  }
  return static_cast<std::uint16_t>(status);
}

}  // namespace farcall::http2
