#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace farcall::net {

/// "host:port" taken apart, as views into it.
struct HostPort {
  std::string_view host;                 ///< without brackets
  std::optional<std::string_view> port;  ///< as written; none when there is no colon after the host
};

/// Understands "host", "host:port", "1.2.3.4:5", "[::1]", "[::1]:5", and a bare "::1", which has no port.
/// Nothing when a bracket is not closed, or is followed by anything but a colon.
[[nodiscard]] std::optional<HostPort> split_host_port(std::string_view text);

/// 0 to 65535 in decimal digits.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

/// Removes `prefix` from the front of `text`; false when it is not there.
[[nodiscard]] inline bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace farcall::net
