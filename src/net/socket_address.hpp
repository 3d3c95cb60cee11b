#pragma once

#include "net/address.hpp"

#include <sys/socket.h>

namespace farcall::net {

/// An Address in the form that system calls take.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_storage);

  SocketAddress() = default;
  /// A name longer than the system's limit is cut; parsing refuses it.
  explicit SocketAddress(const Address& address);

  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  [[nodiscard]] int family() const { return storage.ss_family; }

  /// A family that is neither IP nor Unix comes out as an unnamed Unix socket.
  [[nodiscard]] Address to_address() const;
};

}  // namespace farcall::net
