#pragma once

#include "net/descriptor.hpp"

#include <chrono>
#include <sys/socket.h>

namespace farcall::net {

/// What is set on every TCP connection besides TCP_NODELAY; of no effect on Unix sockets.
struct SocketOptions {
  SocketOptions() = default;
  /// TCP_USER_TIMEOUT: how long written data may stay unacknowledged before the kernel gives the connection
  /// up. gRPC sets it to the keepalive timeout (20 s) where keepalive is on; zero leaves the kernel's own,
  /// about 15 minutes.
  std::chrono::milliseconds user_timeout{0};
};

/// setsockopt(2); false, with errno set, when that failed.
[[nodiscard]] inline bool set_option(const Descriptor& socket, int level, int option, int value) {
  return ::setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

}  // namespace farcall::net
