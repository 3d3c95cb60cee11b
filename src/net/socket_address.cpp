#include "net/socket_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <sys/un.h>

namespace farcall::net {
namespace {

void fill(sockaddr_in& out, const Address& address) {
  out.sin_family = AF_INET;
  out.sin_port = htons(address.port());
  std::memcpy(&out.sin_addr, address.ip_bytes().data(), sizeof out.sin_addr);
}

void fill(sockaddr_in6& out, const Address& address) {
  out.sin6_family = AF_INET6;
  out.sin6_port = htons(address.port());
  out.sin6_scope_id = address.scope();
  std::memcpy(&out.sin6_addr, address.ip_bytes().data(), sizeof out.sin6_addr);
}

/// Returns the length: that of an abstract name is part of the name.
socklen_t fill(sockaddr_un& out, const Address& address) {
  out.sun_family = AF_UNIX;
  const std::size_t size = std::min(address.name().size(), sizeof out.sun_path - 1);
  const bool is_abstract = address.kind() == Address::Kind::unix_abstract;
  std::memcpy(out.sun_path + (is_abstract ? 1 : 0), address.name().data(), size);
  // One byte more in both cases: the leading NUL of the one, the final NUL of the other.
  const std::size_t name = address.kind() == Address::Kind::unix_unnamed ? 0 : size + 1;
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name);
}

Address from_unix(const sockaddr_un& in, socklen_t length) {
  const std::size_t begin = offsetof(sockaddr_un, sun_path);
  if (length <= begin) return Address::unix_unnamed();
  const std::size_t size = length - begin;
  if (in.sun_path[0] == '\0') return Address::unix_abstract(std::string(in.sun_path + 1, size - 1));
  return Address::unix_path(std::string(in.sun_path, ::strnlen(in.sun_path, size)));
}

}  // namespace

SocketAddress::SocketAddress(const Address& address) {
  switch (address.kind()) {
    case Address::Kind::ipv4:
      fill(reinterpret_cast<sockaddr_in&>(storage), address);
      length = sizeof(sockaddr_in);
      break;
    case Address::Kind::ipv6:
      fill(reinterpret_cast<sockaddr_in6&>(storage), address);
      length = sizeof(sockaddr_in6);
      break;
    case Address::Kind::unix_path:
    case Address::Kind::unix_abstract:
    case Address::Kind::unix_unnamed:
      length = fill(reinterpret_cast<sockaddr_un&>(storage), address);
      break;
  }
}

Address SocketAddress::to_address() const {
  if (family() == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &in.sin_addr, bytes.size());
    return Address::ipv4(bytes, ntohs(in.sin_port));
  }
  if (family() == AF_INET6) {
    const auto& in = reinterpret_cast<const sockaddr_in6&>(storage);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    return Address::ipv6(bytes, ntohs(in.sin6_port), in.sin6_scope_id);
  }
  if (family() == AF_UNIX) return from_unix(reinterpret_cast<const sockaddr_un&>(storage), length);
  return Address::unix_unnamed();
}

}  // namespace farcall::net
