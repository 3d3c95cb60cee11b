#pragma once

#include "net/connection_driver.hpp"
#include "net/listener.hpp"
#include "net/loop_group.hpp"

#include <memory>
#include <string>
#include <vector>

namespace farcall::client_test {

/// A server that answers every message with itself and the end of the request with OK, on a thread of its
/// own: for tests with more calls than can be played by hand.
class EchoServer final : private net::AcceptObserver {
 public:
  EchoServer();
  ~EchoServer();
  [[nodiscard]] std::string target() const { return target_; }
  /// A graceful GOAWAY on every connection; the next one is a new one.
  void drain();

 private:
  class Connection;

  void on_accept(std::unique_ptr<net::ByteStream> stream) override;

  net::LoopGroup loops_{1};
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::string target_;
};

}  // namespace farcall::client_test
