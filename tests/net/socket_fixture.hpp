#pragma once

#include "base/bytes.hpp"
#include "loop_fixture.hpp"
#include "net/address.hpp"
#include "net/byte_stream.hpp"
#include "net/connector.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

namespace farcall::net {

/// Takes what a listener accepts.
struct Accepted final : AcceptObserver {
  void on_accept(std::unique_ptr<ByteStream> stream) override { streams.push_back(std::move(stream)); }
  std::vector<std::unique_ptr<ByteStream>> streams;
};

/// Takes the outcome of one connect.
struct Connected final : ConnectObserver {
  void on_connected(std::unique_ptr<ByteStream> made) override { stream = std::move(made); }
  void on_connect_failed(std::string_view reason) override { failure = reason; }
  [[nodiscard]] bool over() const { return stream != nullptr || failure.has_value(); }
  std::unique_ptr<ByteStream> stream;
  std::optional<std::string> failure;
};

struct Readiness final : ReadinessObserver {
  void on_readable() override { ++readable; }
  void on_writable() override { ++writable; }
  int readable = 0;
  int writable = 0;
};

inline Address listen_address(std::string_view text) {
  Parsed<Address> address = parse_listen_address(text);
  EXPECT_TRUE(address) << address.error();
  return *address;
}

/// One listening socket; a failure fails the test and throws.
inline ListeningSocket open_one(const Address& address) {
  Parsed<std::vector<ListeningSocket>> sockets = ListeningSocket::open(address);
  if (!sockets) throw std::runtime_error(sockets.error());
  return std::move(sockets->front());
}

/// A path that no other test process uses.
inline std::string socket_path(std::string_view name) {
  return ::testing::TempDir() + "farcall-" + std::to_string(::getpid()) + "-" + std::string(name) + ".sock";
}

/// Two ends of a real connection on one loop.
struct Connection {
  Connection(Loop& loop, const Address& address) {
    Listener listener(loop, open_one(address), accepted);
    const std::unique_ptr<Connecting> connecting = connect(loop, listener.address(), connected);
    run_until(loop, [&] { return connected.over() && !accepted.streams.empty(); });
    if (!connected.stream) throw std::runtime_error(*connected.failure);
    client = std::move(connected.stream);
    server = std::move(accepted.streams.front());
  }
  Accepted accepted;
  Connected connected;
  std::unique_ptr<ByteStream> client;
  std::unique_ptr<ByteStream> server;
};

inline IoResult write_text(ByteStream& stream, std::string_view text) {
  const base::ByteView piece = base::as_bytes(text);
  return stream.write({&piece, 1});
}

/// What one read gives, as text; the outcome through `result`.
inline std::string read_text(ByteStream& stream, IoResult& result, std::size_t size = 65536) {
  std::string text(size, '\0');
  result = stream.read({reinterpret_cast<std::byte*>(text.data()), text.size()});
  text.resize(result.bytes);
  return text;
}

}  // namespace farcall::net
