#include "net/host_port.hpp"

#include <algorithm>
#include <charconv>

namespace farcall::net {

std::optional<HostPort> split_host_port(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return HostPort{host, std::nullopt};
    if (rest.front() != ':') return std::nullopt;
    return HostPort{host, rest.substr(1)};
  }
  if (text.find(']') != std::string_view::npos) return std::nullopt;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return HostPort{text, std::nullopt};  // no colon, or the colons of a bare IPv6 address
  }
  return HostPort{text.substr(0, colon), text.substr(colon + 1)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || at != end) return std::nullopt;
  return port;
}

}  // namespace farcall::net
