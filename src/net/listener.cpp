#include "net/listener.hpp"

#include "net/asio_wait.hpp"
#include "net/socket_address.hpp"
#include "net/socket_stream.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <utility>

namespace farcall::net {
namespace {

/// Connections taken in one turn, so that those already open have theirs.
constexpr int kMostPerTurn = 16;
/// Accepted at the end: more than a queue holds by default (ListenOptions::backlog).
constexpr int kMostOfTheRest = 2048;
/// Between attempts while descriptors or memory have run out: a readable listening socket would be reported
/// again at once, and the loop would spin.
constexpr base::Duration kPause = std::chrono::milliseconds(50);
/// Between two log lines about that.
constexpr base::Duration kReportInterval = std::chrono::seconds(60);

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/// Errors that concern the one connection that was to be accepted (accept(2) passes on those of its network).
bool concerns_one_connection(int error) {
  switch (error) {
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
      return true;
    default:
      return false;
  }
}

}  // namespace

class Listener::Acceptor {
 public:
  Acceptor(Loop& loop, ListeningSocket socket, AcceptObserver& observer)
      : socket_(std::move(socket)), observer_(observer), descriptor_(loop) {
    if (const asio::error_code error =
            descriptor_.assign(Descriptor(std::exchange(socket_.descriptor_, -1)))) {
      loop.log(LogLevel::error, "cannot accept on " + address().to_string() + ": " + error.message());
      return;
    }
    wait();
  }

  [[nodiscard]] const Address& address() const { return socket_.address(); }
  /// Until the queue is empty, or descriptors have run out; a queue that is filled as fast as it is emptied
  /// holds nobody up.
  void take_rest() {
    for (int i = 0; i < kMostOfTheRest && accept_one() == 0; ++i) {
    }
  }

 private:
  void wait() { descriptor_.wait<&Acceptor::accept_all>(asio::posix::descriptor_base::wait_read, line_); }

  void accept_all() {
    const Lifeline<Acceptor>::End alive = line_.end();
    for (int i = 0; i < kMostPerTurn; ++i) {
      const int error = accept_one();
      if (alive.target() == nullptr) return;
      if (error == EAGAIN || error == EWOULDBLOCK) break;
      if (error != 0) return pause(error);
    }
    wait();
  }

  /// 0, also for a connection that died in the queue, or errno.
  int accept_one() {
    SocketAddress peer;
    Descriptor socket(
        ::accept4(descriptor_.native(), peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      const int error = errno;
      return concerns_one_connection(error) ? 0 : error;
    }
    std::unique_ptr<ByteStream> stream =
        SocketStream::make(descriptor_.loop(), std::move(socket), peer.to_address());
    if (stream != nullptr) observer_.on_accept(std::move(stream));
    return 0;
  }

  void pause(int error) {
    Loop& loop = descriptor_.loop();
    if (loop.now() >= next_report_) {
      next_report_ = loop.now() + kReportInterval;
      std::string text = "cannot accept connections on " + address().to_string() +
                         " for now: " + std::system_category().message(error);
      if (is_exhaustion(error)) text += "; raise the limit (ulimit -n) or lower max_connections";
      loop.log(LogLevel::warning, text);
    }
    loop.timers().schedule(pause_, loop.now() + kPause);
  }
  void on_pause_over(base::TimePoint) { accept_all(); }

  ListeningSocket socket_;  // without its descriptor, which the reactor has; it keeps the file
  AcceptObserver& observer_;
  AsioDescriptor descriptor_;
  base::TimerOf<Acceptor, &Acceptor::on_pause_over> pause_{*this};
  base::TimePoint next_report_{};
  Lifeline<Acceptor> line_{*this};
};

Listener::Listener(Loop& loop, ListeningSocket socket, AcceptObserver& observer)
    : address_(socket.address()), acceptor_(std::make_unique<Acceptor>(loop, std::move(socket), observer)) {}

Listener::~Listener() = default;

void Listener::finish() {
  if (acceptor_) acceptor_->take_rest();
  close();
}

void Listener::close() {
  acceptor_.reset();
}

}  // namespace farcall::net
