#pragma once

#include "net/address.hpp"
#include "net/byte_stream.hpp"
#include "net/loop.hpp"
#include "net/parsed.hpp"
#include "net/socket_options.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace farcall::net {

class UnixSocketFile;

struct ListenOptions {
  ListenOptions() = default;
  int backlog = 1024;
  /// The address may be shared with, or taken over from, another server of the same user: see
  /// ServerOptions::share_addresses.
  bool share = false;
  SocketOptions socket;
};

/// A socket that is bound and listening, not yet on a loop. Movable; may be handed from one thread to
/// another.
///
/// The file of a Unix socket is removed when the last socket on it is closed, unless another server has
/// replaced it.
class ListeningSocket {
 public:
  /// Sockets on one address, as many as there are loops to accept on: with more than one, SO_REUSEPORT
  /// spreads TCP connections over them, and Unix sockets share one queue. Port 0 is replaced by a free port,
  /// the same for all.
  ///
  /// An address that any other server listens on is refused as in use, one with SO_REUSEPORT included, unless
  /// it is to be shared; the file of a Unix socket is then taken over by `publish`. The socket file that a
  /// dead server has left behind is replaced.
  static Parsed<std::vector<ListeningSocket>> open(const Address& address, std::size_t count = 1,
                                                   const ListenOptions& options = ListenOptions());

  ListeningSocket(ListeningSocket&& other) noexcept;
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  ~ListeningSocket();

  /// Of sockets that take the place of another server's file: until now that one is found, from now on this
  /// one. Nothing for others. An error is one line.
  [[nodiscard]] Parsed<bool> publish();

  /// With the real port.
  [[nodiscard]] const Address& address() const { return address_; }

 private:
  friend class Listener;
  ListeningSocket(int descriptor, Address address, std::shared_ptr<UnixSocketFile> file);
  static Parsed<std::vector<ListeningSocket>> open_tcp(const Address& address, std::size_t count,
                                                       const ListenOptions& options);
  static Parsed<std::vector<ListeningSocket>> open_unix(const Address& address, std::size_t count,
                                                        const ListenOptions& options);

  int descriptor_;
  Address address_;
  std::shared_ptr<UnixSocketFile> file_;
};

class AcceptObserver {
 public:
  /// A new connection; on the listener's loop. To refuse it, let the stream go. May destroy the listener.
  virtual void on_accept(std::unique_ptr<ByteStream> stream) = 0;

 protected:
  ~AcceptObserver() = default;
};

/// Accepts connections on one loop, from construction (on the loop's thread) until `close`.
///
/// No error ends it: a connection that died in the queue is skipped, and while descriptors or memory have run
/// out it waits 50 ms between attempts, which the log says once.
class Listener {
 public:
  Listener(Loop& loop, ListeningSocket socket, AcceptObserver& observer);
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  /// Closes.
  ~Listener();

  [[nodiscard]] const Address& address() const { return address_; }
  /// Accepts at once what waits in the kernel's queue, then closes: connections that clients already take for
  /// established are not reset. The observer must not destroy the listener meanwhile.
  void finish();
  /// No connection is accepted from here on. Those that wait in the kernel's queue are reset, unless another
  /// loop shares the queue. Idempotent.
  void close();

 private:
  class Acceptor;
  Address address_;
  std::unique_ptr<Acceptor> acceptor_;
};

}  // namespace farcall::net
