#pragma once

#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace farcall::server::tests {

/// A client on a blocking socket, one call at a time.
class SocketClient {
 public:
  /// An address as Server::addresses has it: "127.0.0.1:port", "unix:/path" or "unix-abstract:name".
  explicit SocketClient(const std::string& address);
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;
  ~SocketClient();

  /// Calls Echo; the reply's value, or what went wrong in brackets.
  std::string echo(std::string_view value);

 private:
  void send(const testing::FrameScript& script);
  testing::Frame receive();

  int descriptor_;
  std::uint32_t next_stream_ = 1;
  testing::FrameReader reader_;
};

}  // namespace farcall::server::tests
