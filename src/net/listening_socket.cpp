#include "net/descriptor.hpp"
#include "net/listener.hpp"
#include "net/socket_address.hpp"
#include "net/socket_options.hpp"
#include "net/unix_socket_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace farcall::net {
namespace {

std::string why(const Address& address, int error) {
  switch (error) {
    case EADDRINUSE:
      return address.is_ip() ? "the address is in use; stop the server that has it, or choose another port"
                             : "the address is in use; stop the server that has it, or choose another name";
    case EACCES:
      return address.is_ip() ? "not permitted; ports below 1024 need privileges, choose a higher one"
                             : "not permitted; choose a path in a folder that you may write to";
    case EADDRNOTAVAIL:
      return "this machine has no such address; write one that it has, or \"0.0.0.0\" for all";
    case EAFNOSUPPORT:
      return "this machine does not support that kind of address";
    case ENOENT:
    case ENOTDIR:
      return "the folder of the socket's file does not exist; create it first";
    case EROFS:
      return "the file system is read-only; choose another path";
    default:
      return std::system_category().message(error);
  }
}

ErrorText cannot_listen(const Address& address, const std::string& reason) {
  return {"cannot listen on " + address.to_string() + ": " + reason};
}
ErrorText cannot_listen(const Address& address, int error) {
  return cannot_listen(address, why(address, error));
}

Descriptor make_socket(const Address& address) {
  return Descriptor(::socket(SocketAddress(address).family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// A TCP socket, bound; none, with errno set, when that fails.
Descriptor bind_tcp(const Address& address, bool reuse_port) {
  Descriptor socket = make_socket(address);
  if (!socket) return socket;
  // SO_REUSEADDR: connections of the server's last run that are in TIME_WAIT do not keep it from starting.
  bool good = set_option(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (address.kind() == Address::Kind::ipv6) good = good && set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (reuse_port) good = good && set_option(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  const SocketAddress where(address);
  if (!good || ::bind(socket.get(), where.get(), where.length) != 0) {
    const int error = errno;
    socket.reset();
    errno = error;
  }
  return socket;
}

/// What accepted sockets inherit is set once, here.
bool listen_tcp(const Descriptor& socket, const ListenOptions& options) {
  if (!set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1)) return false;
  const auto timeout = static_cast<int>(options.socket.user_timeout.count());
  if (timeout > 0 && !set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, timeout)) return false;
  return ::listen(socket.get(), options.backlog) == 0;
}

Address bound_address(int socket, const Address& wanted) {
  SocketAddress bound;
  if (::getsockname(socket, bound.get(), &bound.length) != 0) return wanted;
  return wanted.is_ip() ? wanted.with_port(bound.to_address().port()) : wanted;
}

/// 0, or errno.
int bind_unix(int socket, const Address& address, int backlog) {
  const SocketAddress where(address);
  return ::bind(socket, where.get(), where.length) != 0 || ::listen(socket, backlog) != 0 ? errno : 0;
}

/// Where the file of a socket lies until it takes the place of another server's: whoever connects meanwhile
/// finds the one or the other.
std::string aside(const Address& address) {
  return address.name() + ".new";
}

Descriptor duplicate(int socket) {
  return Descriptor(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
}

}  // namespace

ListeningSocket::ListeningSocket(int descriptor, Address address, std::shared_ptr<UnixSocketFile> file)
    : descriptor_(descriptor), address_(std::move(address)), file_(std::move(file)) {}

ListeningSocket::ListeningSocket(ListeningSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      address_(std::move(other.address_)),
      file_(std::move(other.file_)) {}

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
  const ListeningSocket old(std::move(*this));
  descriptor_ = std::exchange(other.descriptor_, -1);
  address_ = std::move(other.address_);
  file_ = std::move(other.file_);
  return *this;
}

Parsed<bool> ListeningSocket::publish() {
  if (!file_ || file_->path() == address_.name()) return true;
  if (const int error = file_->move_to(address_.name()); error != 0) return cannot_listen(address_, error);
  return true;
}

ListeningSocket::~ListeningSocket() {
  const Descriptor closed(descriptor_);
}

Parsed<std::vector<ListeningSocket>> ListeningSocket::open(const Address& address, std::size_t count,
                                                           const ListenOptions& options) {
  return address.is_ip() ? open_tcp(address, count, options) : open_unix(address, count, options);
}

Parsed<std::vector<ListeningSocket>> ListeningSocket::open_tcp(const Address& address, std::size_t count,
                                                               const ListenOptions& options) {
  const bool shared = count > 1 || options.share;
  if (shared && !options.share && address.port() != 0) {
    // With SO_REUSEPORT the kernel would let us join the sockets of another process of the same user. A bind
    // without it fails as it should.
    if (!bind_tcp(address, false)) return cannot_listen(address, errno);
  }
  std::vector<ListeningSocket> sockets;
  Address where = address;
  for (std::size_t i = 0; i < count; ++i) {
    Descriptor socket = bind_tcp(where, shared);
    if (!socket || !listen_tcp(socket, options)) return cannot_listen(address, errno);
    where = bound_address(socket.get(), address);
    sockets.push_back(ListeningSocket(socket.release(), where, nullptr));
  }
  return sockets;
}

Parsed<std::vector<ListeningSocket>> ListeningSocket::open_unix(const Address& address, std::size_t count,
                                                                const ListenOptions& options) {
  const bool has_file = address.kind() == Address::Kind::unix_path;
  Descriptor socket = make_socket(address);
  if (!socket) return cannot_listen(address, errno);
  bool takes_over = false;
  if (has_file) {
    switch (UnixSocketFile::probe(address.name())) {
      case UnixSocketFile::State::absent:
        break;
      case UnixSocketFile::State::stale:
        ::unlink(address.name().c_str());
        break;
      case UnixSocketFile::State::in_use:
        if (!options.share) return cannot_listen(address, EADDRINUSE);
        takes_over = true;
        break;
      case UnixSocketFile::State::not_a_socket:
        return cannot_listen(address, "a file that is no socket has that name; choose another path");
    }
  }
  const std::string path = takes_over ? aside(address) : address.name();
  if (takes_over) {
    constexpr std::size_t kMostBytes = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > kMostBytes) {
      return cannot_listen(address, "its path is too long to be taken over; use at most " +
                                        std::to_string(kMostBytes - (path.size() - address.name().size())) +
                                        " bytes");
    }
    ::unlink(path.c_str());  // of a server that died here
  }
  const Address where = takes_over ? Address::unix_path(path) : address;
  if (const int error = bind_unix(socket.get(), where, options.backlog); error != 0)
    return cannot_listen(address, error);
  std::shared_ptr<UnixSocketFile> file;
  if (has_file) file = std::make_shared<UnixSocketFile>(path);
  std::vector<ListeningSocket> sockets;
  for (std::size_t i = 1; i < count; ++i) {
    Descriptor copy = duplicate(socket.get());
    if (!copy) return cannot_listen(address, errno);
    sockets.push_back(ListeningSocket(copy.release(), address, file));
  }
  sockets.push_back(ListeningSocket(socket.release(), address, file));
  return sockets;
}

}  // namespace farcall::net
