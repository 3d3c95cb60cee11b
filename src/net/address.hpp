#pragma once

#include "net/parsed.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farcall::net {

/// Where a socket is bound or connected: IPv4 or IPv6 with a port, or a Unix socket by path or abstract name
/// (or neither, as the client's end of a Unix connection is). A value.
class Address {
 public:
  enum class Kind : std::uint8_t { ipv4, ipv6, unix_path, unix_abstract, unix_unnamed };

  /// `bytes` in network order, the first four for IPv4. An IPv4 address mapped into IPv6 becomes an IPv4
  /// address.
  static Address ipv4(const std::array<std::uint8_t, 4>& bytes, std::uint16_t port);
  static Address ipv6(const std::array<std::uint8_t, 16>& bytes, std::uint16_t port, std::uint32_t scope = 0);
  static Address unix_path(std::string path);
  static Address unix_abstract(std::string name);
  static Address unix_unnamed();

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_ip() const { return kind_ == Kind::ipv4 || kind_ == Kind::ipv6; }
  [[nodiscard]] bool is_unix() const { return !is_ip(); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::array<std::uint8_t, 16>& ip_bytes() const { return bytes_; }
  /// The index of the interface that a link-local IPv6 address is on; 0 for none.
  [[nodiscard]] std::uint32_t scope() const { return scope_; }
  /// The path or the abstract name (without the leading NUL).
  [[nodiscard]] const std::string& name() const { return name_; }

  [[nodiscard]] Address with_port(std::uint16_t port) const;

  /// As gRPC prints it: "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000", "unix:/path", "unix-abstract:name",
  /// "unix:".
  [[nodiscard]] std::string to_uri() const;
  /// What a person types and reads: "127.0.0.1:5000", "[::1]:5000", and the URI for Unix sockets.
  [[nodiscard]] std::string to_string() const;

  bool operator==(const Address&) const = default;

 private:
  Kind kind_ = Kind::unix_unnamed;
  std::uint16_t port_ = 0;
  std::uint32_t scope_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
  std::string name_;
};

/// "127.0.0.1", "::1", "[::1]", "fe80::1%2": an address without a port. Nothing for a name.
[[nodiscard]] std::optional<Address> parse_numeric_host(std::string_view host, std::uint16_t port);

/// Where a server listens: "0.0.0.0:9000", "[::]:9000" (IPv4 as well), "localhost:0" (127.0.0.1, a free
/// port), "unix:/path", "unix:relative", "unix-abstract:name"; "ipv4:", "ipv6:" and "dns:///" before a
/// numeric address are understood.
Parsed<Address> parse_listen_address(std::string_view text);

}  // namespace farcall::net
