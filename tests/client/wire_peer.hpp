#pragma once

#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"
#include "testing/wire.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace farcall::client_test {

using Settings = std::initializer_list<std::pair<testing::Setting, std::uint32_t>>;

/// A descriptor that closes itself.
class Socket {
 public:
  explicit Socket(int descriptor = -1) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// One connection of the client under test, played frame by frame on the test's own thread. What does not
/// come within 20 seconds is a failure (std::runtime_error), not a hang.
class WireConnection {
 public:
  explicit WireConnection(Socket socket);

  void says(const testing::FrameScript& script) { says_bytes(script.bytes()); }
  void says_bytes(std::string_view bytes);
  /// The next frame that matters: SETTINGS, WINDOW_UPDATE and PING are passed over, and PING is answered.
  /// Throws unless it is a `type`.
  testing::Frame hears(testing::FrameType type);
  /// The next frame of that type and stream, whatever comes before it.
  testing::Frame skips_to(testing::FrameType type, std::uint32_t stream);
  /// Messages of a stream, until END_STREAM or `count` bytes of payload have come.
  std::string hears_data(std::uint32_t stream, std::size_t count);
  /// From the acknowledgement of our SETTINGS on, no header table of the client's may be larger.
  void limits_table(std::uint32_t size) { table_limit_ = size; }
  /// Reads until the client has closed.
  void hears_end();
  void close() { socket_ = Socket(); }

 private:
  testing::Frame next();

  Socket socket_;
  testing::FrameReader reader_;
  std::optional<std::uint32_t> table_limit_;
};

/// A server's socket on loopback.
class WirePeer {
 public:
  WirePeer() { listen(); }

  [[nodiscard]] std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  /// The next connection, with nothing said.
  WireConnection accept_silently();
  /// The next connection, after the server's SETTINGS.
  WireConnection accept(Settings settings = {});

  /// While nobody listens, connections are refused.
  void stop_listening() { listener_ = Socket(); }
  void listen();

 private:
  Socket listener_;
  std::uint16_t port_ = 0;
};

/// A google.protobuf.StringValue as it travels: behind its prefix.
[[nodiscard]] std::string message(std::string_view text);
/// The text in a StringValue behind its prefix.
[[nodiscard]] std::string text_in(std::string_view bytes);

/// The headers of a good response; trailers with OK; a whole unary reply.
[[nodiscard]] testing::FrameScript good_headers(std::uint32_t stream);
[[nodiscard]] testing::FrameScript trailers(std::uint32_t stream, int status = 0, std::string_view text = {});
[[nodiscard]] testing::FrameScript reply(std::uint32_t stream, std::string_view text);

}  // namespace farcall::client_test
