#pragma once

#include <farcall/codec.hpp>
#include <farcall/codegen/service.hpp>
#include <farcall/log.hpp>
#include <farcall/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace farcall {

class GenericService;
class Runtime;

namespace server {
class ServerCore;
}  // namespace server

/// What a Server can be told. Change what is needed, pass it on; the server keeps a copy.
class ServerOptions {
 public:
  /// Never happens, for the durations below.
  static constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();

  ServerOptions();
  ServerOptions(const ServerOptions&);
  ServerOptions(ServerOptions&&) noexcept;
  ServerOptions& operator=(const ServerOptions&);
  ServerOptions& operator=(ServerOptions&&) noexcept;
  ~ServerOptions();

  // Threads.
  /// Event loops, one thread each, unless the server is given a Runtime; 0: one for each core.
  std::size_t loops = 0;
  /// Threads for the handlers of blocking services. They start with the server, and only if it has such a
  /// service.
  std::size_t blocking_threads = 16;
  /// Runs the unary handlers of blocking services on the event loops instead. For handlers that take
  /// microseconds: while one runs, every connection of its loop waits.
  bool blocking_inline = false;

  // Calls.
  /// Calls that one connection may have open at once (SETTINGS_MAX_CONCURRENT_STREAMS), and handlers that may
  /// run for it, those of cancelled calls that have not ended yet included. As many again wait for a free
  /// handler.
  std::uint32_t max_concurrent_streams = 100;
  /// Bytes of one received message; a call that sends a larger one ends with RESOURCE_EXHAUSTED.
  std::size_t max_receive_message_size = 4 * 1024 * 1024;
  /// Bytes of incomplete messages that one connection may hold beyond its flow-control windows. At least
  /// max_receive_message_size is granted, so that one message can always be completed.
  std::size_t message_assembly_budget = 16 * 1024 * 1024;
  /// Bytes by which the flow-control windows of a connection's streams may together exceed 68 KiB each. A
  /// stream whose handler keeps up gets a larger window where the path is long and fast, out of this. What a
  /// connection can be made to hold of requests is max_concurrent_streams * 68 KiB and both budgets, and of
  /// their metadata twice max_concurrent_streams * max_header_list_size (those that wait for a handler are as
  /// many again). Of replies it is what handlers have made: the only reply of a call waits for its client
  /// whatever its size, so that clients that do not read hold max_concurrent_streams * the largest such reply
  /// for up to a minute.
  std::size_t stream_window_budget = 1024 * 1024;
  /// An incomplete message that does not grow for so long ends its call with RESOURCE_EXHAUSTED.
  std::chrono::nanoseconds message_stall_timeout = std::chrono::seconds(60);
  /// Bytes of one request's metadata, as HTTP/2 counts them: names, values, and 32 for each field.
  std::size_t max_header_list_size = 16 * 1024;
  /// Fields of one request's metadata.
  std::size_t max_header_count = 128;
  /// Bytes of replies that a call may have waiting to be sent before its writes wait.
  std::size_t stream_send_buffer = 64 * 1024;

  /// Makes the request of a method whose client does not stream on a google::protobuf::Arena that belongs to
  /// the call, and lives as long as its handler. Cheaper for requests of many small parts, dearer for flat
  /// ones. The handler may make replies on it too: `request.GetArena()`; copying or moving a message out of
  /// it copies all of it.
  bool request_arenas = false;

  // Connections.
  /// Lets several servers of one user listen on the same address at the same time, for restarts without a
  /// gap: start the new server, then drain the old one. For TCP both must say so (SO_REUSEPORT); the file of
  /// a Unix socket (of a path of at most 103 bytes) is taken over by the newest, when all else of `start` has
  /// succeeded. Otherwise an address that is in use is refused.
  bool share_addresses = false;
  /// Those beyond it are closed as soon as they are accepted.
  std::size_t max_connections = 10'000;
  /// For everything from the accepted connection to the peer's first SETTINGS.
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(10);
  /// A connection on which nothing was received for so long is asked for a sign of life ...
  std::chrono::nanoseconds keepalive_time = std::chrono::hours(2);
  /// ... and is lost when none comes within this.
  std::chrono::nanoseconds keepalive_timeout = std::chrono::seconds(20);
  /// Clients that send PING more often than this, twice in vain, are told too_many_pings and closed.
  std::chrono::nanoseconds permit_keepalive_time = std::chrono::minutes(5);
  /// Whether clients may do so without a call under way. If not, once in two hours is permitted.
  bool permit_keepalive_without_calls = false;
  /// A connection without calls for so long is drained ("max_idle").
  std::chrono::nanoseconds max_connection_idle = kNever;
  /// A connection of that age is drained ("max_age"); each draws its own within 10 % of it.
  std::chrono::nanoseconds max_connection_age = kNever;
  /// For the calls of a connection that is drained for its age; then it is closed.
  std::chrono::nanoseconds max_connection_age_grace = kNever;

  /// Where the server reports what no client can be told, such as the text of an exception that left a
  /// handler. With a Runtime of the user's, the runtime's sink is used instead.
  LogSink log = log_to_stderr;

  // The end.
  /// What `run()` grants the calls under way after SIGINT or SIGTERM.
  std::chrono::nanoseconds drain_deadline = std::chrono::seconds(30);
};

/// Serves services on addresses.
///
///     Timetable timetable;
///     farcall::Server server("0.0.0.0:9000");
///     server.add(timetable);
///     return server.run();
///
/// An address is "host:port" ("0.0.0.0:9000", "[::]:9000", "localhost:0"; port 0: any free one, see
/// `addresses`), "unix:/path" or "unix-abstract:name". With several loops, each listens on every TCP address
/// (SO_REUSEPORT).
///
/// Set up on one thread (`listen`, `add`), then started once by `run` or `start`. After that every member may
/// be called from any thread; those that wait throw std::logic_error on an event loop's thread, where they
/// would wait for themselves.
class Server {
 public:
  explicit Server(ServerOptions options = ServerOptions());
  explicit Server(std::string address, ServerOptions options = ServerOptions());
  /// On the loops of `runtime`, which outlives the server. `options.loops` and the runtime's own options do
  /// not mix: the former is ignored. If it lives on an io_context of yours, <farcall/asio.hpp> says what is
  /// different.
  explicit Server(Runtime& runtime, ServerOptions options = ServerOptions());
  Server(Runtime& runtime, std::string address, ServerOptions options = ServerOptions());
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// As `shutdown`. Waits for blocking handlers to return, and for what coroutines run by `on(pool, f)`, on
  /// whatever pool: it outlives the server, and `f` must not need the server's end. A coroutine that waits
  /// for something that is not farcall's and does not end when its stop_token asks for it is not waited for:
  /// it is logged and unwound if it is ever resumed.
  ~Server();

  /// One more address. A malformed one is reported by `start`. Throws std::logic_error after that, as does
  /// `add`.
  void listen(std::string address);
  /// One more service, which outlives the server. A method that another one has already is reported by
  /// `start`.
  void add(codegen::ServiceBase& service);
  /// Accepts calls whose messages travel in `codec` too. A name that cannot be part of a content-type, or is
  /// taken, is reported by `start`.
  void add(std::shared_ptr<const Codec> codec);
  /// Gives `service`, which outlives the server, every call of a method that no other service has. Only one
  /// can be; a second one is reported by `start`.
  void add_fallback(GenericService& service);

  /// Starts to listen and to serve, and returns. Not OK, with one line that says what to do: no address or a
  /// malformed one, an address in use or not permitted, no service or one method twice, started before.
  /// Nothing listens then.
  [[nodiscard]] Status start();
  /// What the server listens on, with real port numbers: "127.0.0.1:41733", "[::1]:41733", "unix:/path".
  /// Empty before `start`.
  [[nodiscard]] std::vector<std::string> addresses() const;

  /// `start`, then serves until SIGINT or SIGTERM, then `drain(options.drain_deadline)`; a second signal ends
  /// it at once. Returns what main should return: 0, or 1 after writing the reason to stderr when it could
  /// not start. `on_started` is called when it listens (see `addresses`) and from when on the signals are
  /// caught. Refused on an adopted io_context, which nobody would run meanwhile.
  [[nodiscard]] int run(const std::function<void()>& on_started = {});

  /// Accepts no new connections and no new calls (clients are told by GOAWAY), waits until the calls under
  /// way have ended, at most for `within`, cancels the rest, and closes. Returns when all is closed.
  void drain(std::chrono::nanoseconds within);
  /// The same without waiting for it, also for use by a handler.
  void begin_drain(std::chrono::nanoseconds within);
  /// Cancels every call and closes: `drain` without mercy.
  void shutdown();
  /// Waits until the server was drained or shut down, by whomever.
  void wait();

 private:
  std::unique_ptr<server::ServerCore> core_;
};

}  // namespace farcall
