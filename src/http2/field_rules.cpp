#include "http2/field_rules.hpp"

#include <charconv>
#include <system_error>

namespace farcall::http2 {

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
