#include "net/address.hpp"

#include "net/host_port.hpp"
#include "net/unix_name.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cassert>
#include <charconv>
#include <net/if.h>
#include <sys/un.h>

namespace farcall::net {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string ip_text(const Address& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.kind() == Address::Kind::ipv4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, address.ip_bytes().data(), text.data(), text.size());
  if (family == AF_INET) return text.data();
  std::string out = std::string("[") + text.data();
  if (address.scope() != 0) out += '%' + std::to_string(address.scope());
  return out + ']';
}

std::optional<std::uint32_t> parse_scope(const std::string& text) {
  std::uint32_t index = 0;
  const char* end = text.data() + text.size();
  if (auto [at, error] = std::from_chars(text.data(), end, index); error == std::errc() && at == end)
    return index;
  index = ::if_nametoindex(text.c_str());
  if (index == 0) return std::nullopt;
  return index;
}

ErrorText cannot_listen(std::string_view text, std::string_view why) {
  return {"cannot listen on '" + std::string(text) + "': " + std::string(why)};
}

Parsed<Address> parse_tcp_listen_address(std::string_view whole, std::string_view text) {
  const std::optional<HostPort> parts = split_host_port(text);
  if (!parts) return cannot_listen(whole, "the brackets do not match; write \"[::1]:9000\"");
  if (!parts->port) {
    if (parse_port(parts->host)) {
      return cannot_listen(whole, "the host is missing; write \"0.0.0.0:" + std::string(parts->host) +
                                      "\" for every interface or \"127.0.0.1:" + std::string(parts->host) +
                                      "\"");
    }
    return cannot_listen(
        whole, "the port is missing; write host and port as in \"127.0.0.1:9000\" or \"[::1]:9000\"");
  }
  const std::optional<std::uint16_t> port = parse_port(*parts->port);
  if (!port) {
    return cannot_listen(whole,
                         "the port '" + std::string(*parts->port) + "' is not a number from 0 to 65535");
  }
  if (parts->host.empty() || parts->host == "*") {
    return cannot_listen(whole, "the host is missing; write \"0.0.0.0:" + std::to_string(*port) +
                                    "\" for IPv4 or \"[::]:" + std::to_string(*port) +
                                    "\" for IPv6 and IPv4");
  }
  if (parts->host == "localhost") return Address::ipv4({127, 0, 0, 1}, *port);
  if (std::optional<Address> address = parse_numeric_host(parts->host, *port)) return *std::move(address);
  return cannot_listen(whole,
                       "'" + std::string(parts->host) +
                           "' is not a numeric address; write one of this machine's, such as \"0.0.0.0:" +
                           std::to_string(*port) + "\"");
}

}  // namespace

Address Address::ipv4(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port) {
  Address address;
  address.kind_ = Kind::ipv4;
  address.port_ = port;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

Address Address::ipv6(const std::array<std::uint8_t, 16>& bytes, std::uint16_t port, std::uint32_t scope) {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    return ipv4({bytes[12], bytes[13], bytes[14], bytes[15]}, port);
  }
  Address address;
  address.kind_ = Kind::ipv6;
  address.port_ = port;
  address.scope_ = scope;
  address.bytes_ = bytes;
  return address;
}

Address Address::unix_path(std::string path) {
  Address address;
  address.kind_ = Kind::unix_path;
  address.name_ = std::move(path);
  return address;
}

Address Address::unix_abstract(std::string name) {
  Address address;
  address.kind_ = Kind::unix_abstract;
  address.name_ = std::move(name);
  return address;
}

Address Address::unix_unnamed() {
  return Address();
}

Address Address::with_port(std::uint16_t port) const {
  Address copy = *this;
  copy.port_ = port;
  return copy;
}

std::string Address::to_uri() const {
  switch (kind_) {
    case Kind::ipv4:
      return "ipv4:" + to_string();
    case Kind::ipv6:
      return "ipv6:" + to_string();
    case Kind::unix_path:
      return "unix:" + name_;
    case Kind::unix_abstract:
      return "unix-abstract:" + name_;
    case Kind::unix_unnamed:
      break;
  }
  return "unix:";
}

std::string Address::to_string() const {
  return is_ip() ? ip_text(*this) + ':' + std::to_string(port_) : to_uri();
}

std::optional<Address> parse_numeric_host(std::string_view host, std::uint16_t port) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  std::string text(host);
  std::array<std::uint8_t, 4> v4{};
  if (::inet_pton(AF_INET, text.c_str(), v4.data()) == 1) return Address::ipv4(v4, port);
  std::uint32_t scope = 0;
  if (const std::size_t percent = text.find('%'); percent != std::string::npos) {
    const std::optional<std::uint32_t> parsed = parse_scope(text.substr(percent + 1));
    if (!parsed) return std::nullopt;
    scope = *parsed;
    text.resize(percent);
  }
  std::array<std::uint8_t, 16> v6{};
  if (::inet_pton(AF_INET6, text.c_str(), v6.data()) == 1) return Address::ipv6(v6, port, scope);
  return std::nullopt;
}

Parsed<Address> parse_listen_address(std::string_view text) {
  if (text.empty()) return ErrorText{"the address to listen on is empty; write one such as \"0.0.0.0:9000\""};
  if (is_unix_name(text)) {
    Parsed<Address> address = parse_unix_name(text);
    if (!address) return cannot_listen(text, address.error());
    return address;
  }
  std::string_view rest = text;
  static_cast<void>(take_prefix(rest, "ipv4:") || take_prefix(rest, "ipv6:") ||
                    take_prefix(rest, "dns:///") || take_prefix(rest, "dns:"));
  if (rest.find("://") != std::string_view::npos) {
    return cannot_listen(text, "a URL is not an address; write host and port as in \"0.0.0.0:9000\"");
  }
  return parse_tcp_listen_address(text, rest);
}

}  // namespace farcall::net
