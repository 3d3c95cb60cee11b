#include "program/sockets.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace bench {
namespace {

[[noreturn]] void give_up(int status, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, why.c_str());
  std::exit(status);
}

void do_not_delay(int descriptor) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

sockaddr_in ipv4_address(const std::string& address) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  const std::size_t colon = address.rfind(':');
  const std::string host = address.substr(0, colon);
  std::uint16_t port = 0;
  const char* end = address.data() + address.size();
  bool good = colon != std::string::npos;
  if (good) {
    const auto parsed = std::from_chars(address.data() + colon + 1, end, port);
    good = parsed.ec == std::errc() && parsed.ptr == end &&
           ::inet_pton(AF_INET, host.c_str(), &to.sin_addr) == 1;
  }
  if (!good) give_up(2, "'" + address + "' is no address such as 127.0.0.1:9100");
  to.sin_port = htons(port);
  return to;
}

int listen_on(const std::string& address) {
  sockaddr_in at = ipv4_address(address);
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t size = sizeof at;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(listener, 1024) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
    give_up(1, "cannot listen on " + address + ": " + std::strerror(errno));
  }
  char host[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &at.sin_addr, host, sizeof host);
  std::printf("listening on %s:%d\n", host, ntohs(at.sin_port));
  std::fflush(stdout);
  return listener;
}

int accept_from(int listener) {
  const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor >= 0) do_not_delay(descriptor);
  return descriptor;
}

int connect_to(const std::string& address) {
  const sockaddr_in to = ipv4_address(address);
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0 || ::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    give_up(1, "cannot connect to " + address + ": " + std::strerror(errno));
  do_not_delay(descriptor);
  return descriptor;
}

void do_not_block(int descriptor) {
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
}

int make_epoll() {
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) give_up(1, std::string("no epoll: ") + std::strerror(errno));
  return epoll;
}

void watch(int epoll, int descriptor, void* who, bool writable, bool first) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (writable) event.events |= EPOLLOUT;
  event.data.ptr = who;
  if (::epoll_ctl(epoll, first ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event) != 0)
    give_up(1, std::string("cannot watch a socket: ") + std::strerror(errno));
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace bench
