// A server that misbehaves on purpose: http2_bad_server --port=P --test_case=C prints "listening on
// HOST:PORT". At SIGTERM it says what the clients did wrong, and ends with 0 if that is nothing.

#include "connection.hpp"

#include <CLI/CLI.hpp>

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using bad_server::Case;
using bad_server::Connection;
using bad_server::Findings;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {
    if (number < 0) fail("no descriptor");
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

Descriptor listen_on(int port) {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (::bind(listener.number(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener.number(), SOMAXCONN) != 0 ||
      ::getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &length) != 0)
    fail("cannot listen on port " + std::to_string(port));
  std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

/// A descriptor that is readable once the process got SIGTERM.
Descriptor watch_for_end() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return Descriptor(::signalfd(-1, &signals, SFD_CLOEXEC));
}

struct Peer {
  Descriptor socket;
  Connection connection;

  /// False: the connection is over.
  bool exchange(short ready) {
    if ((ready & (POLLIN | POLLHUP | POLLERR)) != 0) {
      char bytes[65'536];
      const ssize_t count = ::recv(socket.number(), bytes, sizeof bytes, 0);
      if (count == 0 || (count < 0 && errno != EAGAIN)) return false;
      if (count > 0 && !connection.receive({bytes, static_cast<std::size_t>(count)})) return false;
    }
    std::string& output = connection.output();
    if (output.empty()) return true;
    const ssize_t count = ::send(socket.number(), output.data(), output.size(), MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN;
    output.erase(0, static_cast<std::size_t>(count));
    return true;
  }
};

std::unique_ptr<Peer> accept_peer(const Descriptor& listener, Case which, Findings& findings) {
  const int number = ::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (number < 0) return nullptr;
  const int on = 1;
  ::setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return std::make_unique<Peer>(Peer{Descriptor(number), Connection(which, findings)});
}

Findings serve(int port, Case which) {
  const Descriptor end = watch_for_end();
  const Descriptor listener = listen_on(port);
  Findings findings;
  std::vector<std::unique_ptr<Peer>> peers;
  while (true) {
    std::vector<pollfd> watched = {{end.number(), POLLIN, 0}, {listener.number(), POLLIN, 0}};
    for (const auto& peer : peers) {
      const short wanted = peer->connection.output().empty() ? POLLIN : POLLIN | POLLOUT;
      watched.push_back({peer->socket.number(), wanted, 0});
    }
    if (::poll(watched.data(), watched.size(), -1) < 0 && errno != EINTR) fail("poll");
    if (watched[0].revents != 0) return findings;
    for (std::size_t at = peers.size(); at-- > 0;) {
      const short ready = watched[at + 2].revents;
      if (ready != 0 && !peers[at]->exchange(ready))
        peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (watched[1].revents != 0) {
      if (auto peer = accept_peer(listener, which, findings)) peers.push_back(std::move(peer));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  int port = 0;
  std::string test_case;
  CLI::App app("A server that breaks off on purpose: gRPC's negative HTTP/2 cases");
  app.add_option("--port", port, "the TCP port on 127.0.0.1; 0: any free one")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  app.add_option("--test_case", test_case, "what to do wrong")
      ->required()
      ->check(CLI::IsMember(bad_server::case_names()));
  CLI11_PARSE(app, argc, argv);
  try {
    const Case which = bad_server::case_called(test_case).value();
    const std::vector<std::string> wrong = bad_server::verdict(which, serve(port, which));
    for (const std::string& line : wrong) std::printf("%s\n", line.c_str());
    return wrong.empty() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "http2_bad_server: %s\n", error.what());
    return 2;
  }
}
