#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace farcall::http2 {

namespace detail {

constexpr std::array<bool, 256> token_bytes() {
  std::array<bool, 256> allowed{};
  for (char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}
inline constexpr std::array<bool, 256> kNameBytes = token_bytes();

/// Whether any of eight bytes is below 0x20, found without looking at each. May say yes to a byte that
/// follows such a one, never no to one that is.
inline bool may_have_control(const char* bytes) {
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
  return ((word - kOnes * 0x20) & ~word & (kOnes * 0x80)) != 0;
}

inline bool has_forbidden(std::string_view text) {
  for (char c : text) {
    if (c == '\0' || c == '\r' || c == '\n') return true;
  }
  return false;
}

}  // namespace detail

// The first two are asked about every byte that is not in the table of known blocks: inline.

/// RFC 9113 §8.2.1, and the token rule of RFC 9110 §5.1: not empty, no upper case, no byte outside a token's.
[[nodiscard]] inline bool is_field_name(std::string_view name) {
  bool good = !name.empty();
  for (char c : name) good &= detail::kNameBytes[static_cast<unsigned char>(c)];
  return good;
}

/// RFC 9113 §8.2.1: no NUL, CR or LF anywhere, no space or tab at either end.
[[nodiscard]] inline bool is_field_value(std::string_view value) {
  if (value.empty()) return true;
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  if (is_blank(value.front()) || is_blank(value.back())) return false;
  std::size_t at = 0;
  for (; at + 8 <= value.size(); at += 8) {
    if (detail::may_have_control(value.data() + at) && detail::has_forbidden(value.substr(at, 8)))
      return false;
  }
  return !detail::has_forbidden(value.substr(at));
}

/// RFC 9113 §8.2.2: fields that speak of an HTTP/1.1 connection, and a `te` that is not "trailers". `name` is
/// lower case.
[[nodiscard]] bool is_connection_specific(std::string_view name, std::string_view value);

/// A content-length: digits only, no more than fit.
[[nodiscard]] std::optional<std::uint64_t> parse_content_length(std::string_view value);

/// A status code of three digits, 100 to 999.
[[nodiscard]] std::optional<std::uint16_t> parse_status(std::string_view value);

}  // namespace farcall::http2
