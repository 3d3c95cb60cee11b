#pragma once

#include "http2/error.hpp"
#include "net/loop.hpp"
#include "server/setup.hpp"
#include "server/shard.hpp"
#include "test_service.hpp"
#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"
#include "testing/memory_stream.hpp"
#include "testing/wire.hpp"

#include <farcall/pool.hpp>
#include <farcall/server.hpp>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::server::tests {

/// A request message with its gRPC prefix: StringValue{value}.
[[nodiscard]] std::string message(std::string_view value);
/// The HEADERS of a gRPC request, without END_STREAM.
[[nodiscard]] testing::FrameScript call(std::uint32_t stream, std::string_view method);
/// A whole unary request.
[[nodiscard]] testing::FrameScript unary(std::uint32_t stream, std::string_view method,
                                         std::string_view value);

/// What a client has heard of one stream.
struct Answer {
  testing::HeaderList headers;   ///< Of the first HEADERS frame.
  testing::HeaderList trailers;  ///< Of the last one; the same as `headers` in a Trailers-Only response.
  std::string body;
  bool ended = false;
  std::optional<http2::ErrorCode> reset;

  /// The values of the messages in `body`; a message that is cut short counts as "...".
  [[nodiscard]] std::vector<std::string> texts() const;
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] std::string trailer(std::string_view name) const;
  [[nodiscard]] std::string status() const { return trailer("grpc-status"); }
};

/// A client that speaks frames, at the other end of a connection in memory.
class Peer {
 public:
  Peer(net::Loop& loop, std::unique_ptr<net::ByteStream> stream) : loop_(loop), stream_(std::move(stream)) {}

  /// Says it and lets everything happen that follows.
  Peer& says(const testing::FrameScript& script);
  /// What the server has said on the stream so far; everything else is in `connection_frames`.
  [[nodiscard]] const Answer& answer(std::uint32_t stream);
  [[nodiscard]] const std::vector<testing::Frame>& connection_frames();
  /// The code of the GOAWAY that came last, if one came.
  [[nodiscard]] std::optional<http2::ErrorCode> go_away();
  [[nodiscard]] std::uint64_t window_granted(std::uint32_t stream);
  /// The server has closed the connection.
  [[nodiscard]] bool closed();
  void disconnects();
  /// From here on nothing is read, as if the client had stopped.
  void stops_reading() { reading_ = false; }
  /// From the acknowledgement of the first SETTINGS on, no header table of the server's may be larger.
  void limits_table(std::uint32_t size) { table_limit_ = size; }
  void reads_again() { reading_ = true; }

 private:
  void listen();
  void note(const testing::Frame& frame);

  net::Loop& loop_;
  std::unique_ptr<net::ByteStream> stream_;
  testing::FrameReader reader_;
  std::map<std::uint32_t, Answer> answers_;
  std::map<std::uint32_t, std::uint64_t> granted_;
  std::vector<testing::Frame> connection_frames_;
  std::optional<std::uint32_t> table_limit_;
  bool closed_ = false;
  bool reading_ = true;
};

/// One shard of a server on a loop that the test turns and a clock that the test moves, and its clients.
class ServerDialogue {
 public:
  explicit ServerDialogue(ServerOptions options = quiet_options(),
                          testing::MemoryStreamOptions streams = testing::MemoryStreamOptions());
  ServerDialogue(const ServerDialogue&) = delete;
  ServerDialogue& operator=(const ServerDialogue&) = delete;
  ~ServerDialogue();

  static ServerOptions quiet_options();

  /// A new connection, its handshake done.
  Peer& connect(std::initializer_list<std::pair<testing::Setting, std::uint32_t>> settings = {});
  /// Lets happen what is ready.
  void settle();
  /// Moves the clock in small steps, and lets happen what is due.
  void after(base::Duration duration);
  /// For what other threads have to do first: turns the loop until `done`.
  template <class Done>
  void until(Done done) {
    while (!done()) loop_.run_one();
  }
  void drain(base::Duration within);
  /// The dialogue has no shard after that.
  std::weak_ptr<Shard> retire();

  [[nodiscard]] Shard& shard() { return *shard_; }
  [[nodiscard]] net::Loop& loop() { return loop_; }
  void add(codegen::ServiceBase& another) { require_ok(setup_->router.add(another)); }
  /// Threads for blocking handlers.
  void start_pool(std::size_t threads);
  void finish_pool();
  /// The same, but the loop has not heard of it.
  void join_pool();
  [[nodiscard]] bool drained() const { return drained_; }
  /// The lines logged so far.
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

  TestService service;

 private:
  static void require_ok(const Status& status);

  std::vector<std::string> log_;
  net::Loop loop_;
  testing::MemoryStreamOptions stream_options_;
  std::shared_ptr<Setup> setup_;
  std::unique_ptr<Pool> pool_;
  std::shared_ptr<Shard> shard_;
  std::vector<std::unique_ptr<Peer>> peers_;
  bool drained_ = false;
};

}  // namespace farcall::server::tests
