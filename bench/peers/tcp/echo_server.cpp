// A plain TCP socket that gives back what it reads, a message at a time: the rate that Echo is compared with.

#include "peers/floor/wire.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "program/sockets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <vector>

namespace {

/// Of one client. A message is its size as eight octets, the least significant first, and so many octets.
class Connection {
 public:
  Connection(int epoll, int descriptor) : epoll_(epoll), descriptor_(descriptor) {
    bench::watch(epoll_, descriptor_, this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(descriptor_); }

  /// One read or one write. False when the client has gone.
  bool turn() { return replying_ ? write() : read(); }

 private:
  bool read() {
    if (message_.size() < sizeof(std::uint64_t)) message_.resize(sizeof(std::uint64_t));
    const ssize_t got = ::read(descriptor_, message_.data() + done_, message_.size() - done_);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    done_ += static_cast<std::size_t>(got);
    if (done_ < message_.size()) return true;
    if (message_.size() == sizeof(std::uint64_t)) {
      std::uint64_t size = 0;
      std::copy(message_.begin(), message_.end(), reinterpret_cast<std::byte*>(&size));
      if (size == 0 || size > bench::kMaxMessage) return false;
      message_.resize(sizeof size + size);
      return true;
    }
    done_ = 0;
    replying_ = true;
    return write();
  }

  bool write() {
    const ssize_t put = ::write(descriptor_, message_.data() + done_, message_.size() - done_);
    if (put < 0 && errno != EAGAIN) return false;
    if (put > 0) done_ += static_cast<std::size_t>(put);
    replying_ = done_ < message_.size();
    if (!replying_) {
      done_ = 0;
      message_.resize(sizeof(std::uint64_t));
    }
    if (replying_ != waiting_) bench::watch(epoll_, descriptor_, this, replying_, false);
    waiting_ = replying_;
    return true;
  }

  int epoll_;
  int descriptor_;
  std::vector<std::byte> message_;
  std::size_t done_ = 0;
  bool replying_ = false;
  bool waiting_ = false;  // to write
};

}  // namespace

int main(int argc, char** argv) {
  std::string address = "127.0.0.1:9500";
  CLI::App app("A plain TCP socket that gives back what it reads");
  app.add_option("--listen", address, "HOST:PORT")->capture_default_str();
  if (const auto status = bench::parse(app, "tcp_echo_server", argc, argv)) return *status;
  bench::end_after(bench::kServerSeconds);
  const int listener = bench::listen_on(address);
  const int epoll = bench::make_epoll();
  bench::watch(epoll, listener, nullptr);
  std::array<epoll_event, 64> ready;
  while (true) {
    const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (auto* connection = static_cast<Connection*>(ready[static_cast<std::size_t>(i)].data.ptr)) {
        if (!connection->turn()) std::unique_ptr<Connection>(connection).reset();
      } else if (const int descriptor = bench::accept_from(listener); descriptor >= 0) {
        static_cast<void>(std::make_unique<Connection>(epoll, descriptor).release());
      }
    }
  }
}
