#include "load/poll.hpp"

#include "load/connection.hpp"

#include <array>
#include <cerrno>
#include <sys/epoll.h>

namespace bench::load {

bool poll(int epoll, Traffic& traffic, int milliseconds) {
  std::array<epoll_event, 512> ready;
  const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), milliseconds);
  if (count < 0 && errno != EINTR) floor_peer::surprised("epoll_wait failed");
  for (int i = 0; i < count; ++i) {
    if (auto* connection = static_cast<Connection*>(ready[static_cast<std::size_t>(i)].data.ptr))
      connection->turn(traffic);
  }
  return count > 0;
}

}  // namespace bench::load
