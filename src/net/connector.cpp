#include "net/connector.hpp"

#include "net/lifeline.hpp"
#include "net/socket_address.hpp"
#include "net/socket_stream.hpp"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace farcall::net {
namespace {

/// A socket on which connect(2) has been called; none, with errno set, when that failed at once.
Descriptor begin_connect(const Address& address, const SocketOptions& options, bool& is_pending) {
  const SocketAddress where(address);
  Descriptor socket(::socket(where.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return socket;
  bool good = true;
  if (address.is_ip()) {
    good = set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    const auto timeout = static_cast<int>(options.user_timeout.count());
    if (timeout > 0) good = good && set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, timeout);
  }
  if (good && ::connect(socket.get(), where.get(), where.length) == 0) return socket;
  is_pending = good && (errno == EINPROGRESS || errno == EINTR);
  if (!is_pending) {
    const int error = errno;
    socket.reset();
    errno = error;
  }
  return socket;
}

class SocketConnecting final : public Connecting, private ReadinessObserver {
 public:
  SocketConnecting(Loop& loop, const Address& address, ConnectObserver& observer,
                   const ConnectOptions& options)
      : loop_(loop), address_(address), observer_(observer) {
    loop_.timers().schedule(timeout_, loop_.now() + options.timeout);
    begin(options.socket);
  }

 private:
  void begin(const SocketOptions& options) {
    bool is_pending = false;
    Descriptor socket = begin_connect(address_, options, is_pending);
    if (!socket) {
      error_ = std::error_code(errno, std::system_category());
      return conclude_later();
    }
    stream_ = SocketStream::make(loop_, std::move(socket), address_);
    if (stream_ == nullptr) {
      error_ = std::make_error_code(std::errc::not_enough_memory);
      return conclude_later();
    }
    stream_->set_observer(*this);
    if (!is_pending) return conclude_later();
    stream_->wait_writable();
  }

  void conclude_later() {
    loop_.post([end = line_.end()] {
      if (SocketConnecting* self = end.target()) self->conclude();
    });
  }

  void on_readable() override {}
  void on_writable() override {
    error_ = stream_->pending_error();
    if (!error_ && stream_->is_connected_to_itself())
      error_ = std::make_error_code(std::errc::connection_refused);
    conclude();
  }

  void conclude() {
    if (error_) return fail(error_.message());
    timeout_.cancel();
    observer_.on_connected(std::move(stream_));
  }

  void on_timeout(base::TimePoint) { fail("the connection was not established in time"); }

  void fail(const std::string& reason) {
    timeout_.cancel();
    line_.cut();
    stream_.reset();
    observer_.on_connect_failed(address_.to_uri() + ": " + reason);
  }

  Loop& loop_;
  Address address_;
  ConnectObserver& observer_;
  std::unique_ptr<SocketStream> stream_;
  std::error_code error_;
  base::TimerOf<SocketConnecting, &SocketConnecting::on_timeout> timeout_{*this};
  Lifeline<SocketConnecting> line_{*this};
};

}  // namespace

std::unique_ptr<Connecting> connect(Loop& loop, const Address& address, ConnectObserver& observer,
                                    const ConnectOptions& options) {
  return std::make_unique<SocketConnecting>(loop, address, observer, options);
}

}  // namespace farcall::net
