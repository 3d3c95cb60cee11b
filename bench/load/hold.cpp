#include "load/hold.hpp"

#include "load/connection.hpp"
#include "load/poll.hpp"
#include "program/sockets.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <poll.h>
#include <unistd.h>
#include <vector>

namespace bench::load {
namespace {

/// So many greet the server at once, which its queue of connections has room for.
constexpr std::size_t kAtOnce = 64;

bool input_has_ended() {
  std::array<char, 256> ignored{};
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0 && ::read(STDIN_FILENO, ignored.data(), ignored.size()) <= 0;
}

}  // namespace

void hold(const Options& options) {
  const int epoll = make_epoll();
  Options held = options;
  held.workload = Workload::collect_sum;
  Request request(held);
  Traffic none(0, 0, 0);
  std::vector<std::unique_ptr<Connection>> connections;
  const auto turn_until = [&](auto&& reached) {
    while (
        !std::all_of(connections.end() - static_cast<std::ptrdiff_t>(std::min(connections.size(), kAtOnce)),
                     connections.end(), reached)) {
      if (!poll(epoll, none, kPatience)) floor_peer::surprised("no answer within 30 s");
    }
  };
  const auto total = static_cast<std::size_t>(options.hold);
  while (connections.size() < total) {
    const std::size_t before = connections.size();
    const std::size_t next = std::min(total, before + kAtOnce);
    while (connections.size() < next)
      connections.push_back(std::make_unique<Connection>(epoll, held, request));
    turn_until([](const auto& connection) { return connection->greeted(); });
    for (std::size_t i = before; i < next; ++i) {
      for (int stream = 0; stream < options.hold_streams; ++stream) connections[i]->open_idle_stream();
      connections[i]->ask();
      connections[i]->flush();
    }
    turn_until([](const auto& connection) { return connection->answered(); });
  }
  std::printf("holding\n");
  std::fflush(stdout);
  while (!input_has_ended()) poll(epoll, none, 100);
}

}  // namespace bench::load
