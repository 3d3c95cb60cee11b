#include "net/target.hpp"

#include "net/host_port.hpp"
#include "net/unix_name.hpp"

#include <optional>
#include <tuple>
#include <utility>

namespace farcall::net {
namespace {

/// gRPC's, whatever the security: it dates from TLS being the rule.
constexpr std::uint16_t kDefaultPort = 443;

ErrorText wrong(std::string_view target, std::string_view why) {
  return {"the target '" + std::string(target) + "' cannot be used: " + std::string(why)};
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

/// Host and port of `endpoint`, the port's default applied; an error names `whole`.
Parsed<std::pair<std::string, std::uint16_t>> parse_endpoint(std::string_view whole,
                                                             std::string_view endpoint) {
  const std::optional<HostPort> parts = split_host_port(endpoint);
  if (!parts) return wrong(whole, "the brackets do not match; write \"[::1]:9000\"");
  if (parts->host.empty()) return wrong(whole, "the host is missing; write \"host:port\"");
  std::uint16_t port = kDefaultPort;
  if (parts->port) {
    const std::optional<std::uint16_t> given = parse_port(*parts->port);
    if (!given || *given == 0) {
      return wrong(whole, "the port '" + std::string(*parts->port) + "' is not a number from 1 to 65535");
    }
    port = *given;
  }
  return std::pair(std::string(parts->host), port);
}

Parsed<Target> parse_dns(std::string_view whole, std::string_view rest) {
  if (take_prefix(rest, "//")) {
    if (!take_prefix(rest, "/")) {
      return wrong(whole,
                   "naming a DNS server is not supported; write \"dns:///host:port\" with three slashes");
    }
  } else if (take_prefix(rest, "/")) {
    return wrong(whole, "a slash too many or too few; write \"dns:///host:port\" or \"host:port\"");
  }
  Parsed<std::pair<std::string, std::uint16_t>> endpoint = parse_endpoint(whole, rest);
  if (!endpoint) return ErrorText{endpoint.error()};
  Target target;
  target.scheme = Target::Scheme::dns;
  target.authority = rest;
  std::tie(target.host, target.port) = *std::move(endpoint);
  if (std::optional<Address> address = parse_numeric_host(target.host, target.port)) {
    if (target.authority == target.host && address->kind() == Address::Kind::ipv6) {
      target.authority = '[' + target.host + ']';  // a bare "::1" is no authority (RFC 3986 §3.2.2)
    }
    target.addresses.push_back(*std::move(address));
    return target;
  }
  for (const char c : target.host) {
    if (!is_host_character(c)) {
      return wrong(whole, "'" + target.host + "' is no host name; write \"host:port\"");
    }
  }
  return target;
}

Parsed<Target> parse_addresses(std::string_view whole, std::string_view rest, Target::Scheme scheme) {
  const bool v4 = scheme == Target::Scheme::ipv4;
  const std::string_view example = v4 ? "\"ipv4:127.0.0.1:9000\"" : "\"ipv6:[::1]:9000\"";
  static_cast<void>(take_prefix(rest, "///"));
  Target target;
  target.scheme = scheme;
  target.authority = rest.substr(0, rest.find(','));
  while (true) {
    const std::size_t comma = rest.find(',');
    Parsed<std::pair<std::string, std::uint16_t>> endpoint = parse_endpoint(whole, rest.substr(0, comma));
    if (!endpoint) return ErrorText{endpoint.error()};
    std::optional<Address> address = parse_numeric_host(endpoint->first, endpoint->second);
    if (!address || (address->kind() == Address::Kind::ipv4) != v4) {
      return wrong(whole, "'" + endpoint->first + "' is not an " + (v4 ? "IPv4" : "IPv6") +
                              " address; write " + std::string(example));
    }
    target.addresses.push_back(*std::move(address));
    if (comma == std::string_view::npos) return target;
    rest.remove_prefix(comma + 1);
  }
}

Parsed<Target> parse_unix(std::string_view whole) {
  Parsed<Address> address = parse_unix_name(whole);
  if (!address) return wrong(whole, address.error());
  Target target;
  target.scheme =
      address->kind() == Address::Kind::unix_path ? Target::Scheme::unix_path : Target::Scheme::unix_abstract;
  target.addresses.push_back(*std::move(address));
  target.authority = "localhost";
  return target;
}

}  // namespace

Parsed<Target> parse_target(std::string_view text) {
  if (text.empty()) return ErrorText{"the target is empty; write \"host:port\""};
  if (is_unix_name(text)) return parse_unix(text);
  std::string_view rest = text;
  if (take_prefix(rest, "dns:")) return parse_dns(text, rest);
  if (take_prefix(rest, "ipv4:")) return parse_addresses(text, rest, Target::Scheme::ipv4);
  if (take_prefix(rest, "ipv6:")) return parse_addresses(text, rest, Target::Scheme::ipv6);
  if (text.starts_with("http://") || text.starts_with("https://")) {
    return wrong(text, "a target is not a URL; write \"host:port\"");
  }
  if (const std::size_t colon = text.find("://"); colon != std::string_view::npos) {
    return wrong(text,
                 "the scheme '" + std::string(text.substr(0, colon)) +
                     "' is not supported; write \"host:port\", or begin with dns:, ipv4:, ipv6:, unix: or "
                     "unix-abstract:");
  }
  // A name without a scheme is one for DNS, colon or not: "localhost:9000".
  if (text.starts_with('/'))
    return wrong(text, "a path needs a scheme; write \"unix:" + std::string(text) + "\"");
  return parse_dns(text, text);
}

}  // namespace farcall::net
