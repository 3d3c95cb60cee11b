#pragma once

#include "base/time.hpp"
#include "net/address.hpp"
#include "net/byte_stream.hpp"
#include "net/loop.hpp"
#include "net/socket_options.hpp"

#include <memory>
#include <string_view>

namespace farcall::net {

/// Hears the outcome of `connect`, once, on the loop's thread and never from inside `connect`. Both calls may
/// destroy the Connecting.
class ConnectObserver {
 public:
  virtual void on_connected(std::unique_ptr<ByteStream> stream) = 0;
  /// One line, such as "ipv4:127.0.0.1:9000: Connection refused". Valid during the call.
  virtual void on_connect_failed(std::string_view reason) = 0;

 protected:
  ~ConnectObserver() = default;
};

/// An attempt under way. Destroying it (on the loop's thread) cancels the attempt: the observer hears nothing
/// more.
class Connecting {
 public:
  virtual ~Connecting() = default;
};

struct ConnectOptions {
  ConnectOptions() = default;
  /// How long the attempt may take; the least that gRPC's backoff grants (20 s).
  base::Duration timeout = std::chrono::seconds(20);
  SocketOptions socket;
};

/// On the loop's thread.
[[nodiscard]] std::unique_ptr<Connecting> connect(Loop& loop, const Address& address,
                                                  ConnectObserver& observer,
                                                  const ConnectOptions& options = ConnectOptions());

}  // namespace farcall::net
