#pragma once

#include "net/address.hpp"
#include "net/parsed.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::net {

/// What a channel dials: addresses to try in order, or a host name that has to be resolved first.
struct Target {
  enum class Scheme : std::uint8_t { dns, ipv4, ipv6, unix_path, unix_abstract };

  Scheme scheme = Scheme::dns;
  /// Known without resolving: of all schemes but dns, and of dns with a numeric host. Otherwise empty.
  std::vector<Address> addresses;
  std::string host;        ///< dns: what to resolve, without brackets
  std::uint16_t port = 0;  ///< dns: with the default 443 applied
  /// The :authority of calls when nobody says otherwise: "host:port" as written, "localhost" for Unix
  /// sockets.
  std::string authority;

  [[nodiscard]] bool needs_resolving() const { return addresses.empty(); }
};

/// gRPC's naming: "host:port", "host" (port 443), "dns:host", "dns:///host:port",
/// "ipv4:1.2.3.4:5,6.7.8.9:10", "ipv6:[::1]:5", "unix:path", "unix:///absolute/path", "unix-abstract:name".
/// Paths and names are taken as they are, without percent-decoding.
Parsed<Target> parse_target(std::string_view text);

}  // namespace farcall::net
