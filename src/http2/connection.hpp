#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "http/header_map.hpp"
#include "http2/error.hpp"
#include "http2/event.hpp"
#include "http2/limits.hpp"

#include <farcall/buffer.hpp>
#include <farcall/send_room.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace farcall::http2 {

enum class Role : std::uint8_t { client, server };

struct Config {
  Limits limits;
  /// SETTINGS_HEADER_TABLE_SIZE: what our decoder keeps for the peer's encoder.
  std::uint32_t header_table_size = 4096;
  /// Bytes the peer may send on a stream before the application has consumed any; at most 2^31-1.
  std::uint32_t initial_window_size = 65'535;
  /// Largest payload of a frame we accept: 16,384 to 2^24-1.
  std::uint32_t max_frame_size = 16'384;
  /// Grow receive windows to the bandwidth-delay product, up to max_window_size: the connection's at once, a
  /// stream's when the application has consumed half of it.
  bool tune_windows = true;
  std::uint32_t max_window_size = 16 * 1024 * 1024;
  /// Bytes by which the windows of all open streams together may exceed initial_window_size each: open
  /// streams that nobody reads can pin no more than max_concurrent_streams * initial_window_size + this. What
  /// came on a stream that has ended and lies unread with its owner is not counted any more.
  std::uint32_t stream_window_budget = 16 * 1024 * 1024;
  /// A PING when nothing was read for this long. Unset: 2 h for a server, never for a client;
  /// Duration::max(): never.
  std::optional<base::Duration> keepalive_time;
  /// How long after such a PING something must have been read.
  base::Duration keepalive_timeout = std::chrono::seconds(20);
  /// Client: also ping while no stream is open (gRFC A8). A server pings regardless of streams.
  bool keepalive_without_calls = false;
  /// Server: graceful end (`max_idle`) after this long without a stream.
  base::Duration max_connection_idle = base::Duration::max();
  /// Server: graceful end (`max_age`); the jitter of gRFC A9 is drawn by whoever fills this in.
  base::Duration max_connection_age = base::Duration::max();
  /// Server: how long streams may go on after `max_age`; then they are cut off.
  base::Duration max_connection_age_grace = base::Duration::max();
  /// Client: a small response whose frames lie one behind the other in what was received, and whose headers
  /// and trailers are those of earlier ones, comes as one event::Response. Others come in parts all the same.
  bool whole_responses = false;
  /// The first stream id a client uses, odd; a test of the id space's end starts high.
  std::uint32_t first_stream_id = 1;
};

/// One HTTP/2 connection (RFC 9113), either role, without a socket, a clock or a lock.
///
/// Call in this order, again and again:
///   input     `receive` what the transport read, `on_deadline` when `next_deadline` has passed;
///   events    `poll_event` until it has none (views into received bytes die at the next `receive`);
///   mutators  in reaction to events or to the application, any number, at any time;
///   output    `poll_output`, write, `consumed`, until it has none. Frames are cut here, so streams end
///             and gain room here: `poll_event` again (Writable, StreamClosed) before going to sleep;
///   time      `next_deadline` anew. It may lie in the past, when something was begun by a mutator and
///             the engine wants to know the time: `on_deadline` at once.
///
/// It never calls out. It never throws on what a peer sends (only on memory exhaustion, after which it must
/// be destroyed). Not thread-safe. Results do not depend on how received bytes are cut, save that Data events
/// may be split, requests and responses told as a whole, and payload of a request ahead of other streams'
/// events.
///
/// A mutator given the key of a stream that is gone does nothing. A call that the stream's state forbids
/// (data after the end, a second final header section) is the caller's bug: ignored, and asserted in debug
/// builds.
class Connection {
 public:
  /// Queues our preface at once. The handshake timeout runs from `now`. Connections may share a
  /// configuration, which takes 300 bytes.
  Connection(Role role, std::shared_ptr<const Config> config, base::TimePoint now);
  Connection(Role role, const Config& config, base::TimePoint now)
      : Connection(role, std::make_shared<const Config>(config), now) {}
  ~Connection();
  Connection(Connection&&) = delete;

  // Getters.
  [[nodiscard]] bool closed() const;    ///< ConnectionClosed has been queued.
  [[nodiscard]] bool draining() const;  ///< A GOAWAY was sent or received.
  [[nodiscard]] bool drained() const;   ///< Draining, the last GOAWAY was written, and no stream is open.
  [[nodiscard]] bool handshake_complete() const;  ///< The peer's first SETTINGS have arrived.
  /// False while the queue of control replies is full: stop reading until output was consumed (hostile-input
  /// R2).
  [[nodiscard]] bool wants_input() const;
  /// Streams whose keys are alive.
  [[nodiscard]] std::size_t open_streams() const;
  /// Client: `open_stream` would succeed. A false answer is followed by StreamsAvailable when that changes,
  /// if ever.
  [[nodiscard]] bool can_open_stream() const;
  /// Bytes queued on the stream and not yet framed.
  [[nodiscard]] std::size_t queued(StreamKey stream) const;
  /// SETTINGS_MAX_HEADER_LIST_SIZE of the peer; SIZE_MAX when it set none. Header sections larger than this
  /// are sent all the same: check HeaderMap::list_size() before.
  [[nodiscard]] std::size_t peer_max_header_list_size() const;

  // Input.
  /// Parses all of it. Nothing happens once the connection is closed.
  void receive(base::ByteView bytes, base::TimePoint now);
  void on_deadline(base::TimePoint now);
  /// The transport has ended or failed: closes every stream (`unprocessed` only if provable) and the
  /// connection.
  void transport_closed(std::string_view reason);

  // Mutators.
  /// Client: a new stream, on the wire with its headers. Null when the peer's limit is reached, ids have run
  /// out or the connection is draining.
  std::optional<StreamKey> open_stream(const http::HeaderMap& headers, bool end_stream);
  /// Client: a new stream with a whole request. The same on the wire as `open_stream` and `send_data` one
  /// after the other, which it falls back to; quicker when the message is small and nothing is in its way.
  /// `message` is copied, and not empty. Null as `open_stream`.
  std::optional<StreamKey> send_request(const http::HeaderMap& headers, base::ByteView message);
  /// Server: response headers (or 1xx); `end_stream` makes it Trailers-Only.
  void send_headers(StreamKey stream, const http::HeaderMap& headers, bool end_stream);
  /// Queues any amount. Returns false when the stream's budget, or the connection's, is used up (the data is
  /// taken nevertheless): wait for Writable before sending more. True for a stream that is gone.
  bool send_data(StreamKey stream, Buffer data, bool end_stream);
  /// The same for bytes that stay the caller's: a copy of them is queued. Small messages that are queued
  /// before a frame is cut share one, and need no memory of their own.
  bool send_data(StreamKey stream, base::ByteView data, bool end_stream);
  /// The same, without an end, for who may have many: if there is something queued already, `room` is lent
  /// to `holder` for the next ones. It is taken back with the next `receive`, `on_deadline` or
  /// `poll_output`, before anything else is done with a stream's data or a stream ends. `room` lives as long
  /// as the connection, `holder` until it is null again.
  bool send_small(StreamKey stream, base::ByteView data, codegen::SendRoom& room, codegen::SendRoom*& holder);
  /// Takes back what is lent.
  void end_lending();
  /// After all queued data; ends our side.
  void send_trailers(StreamKey stream, const http::HeaderMap& trailers);
  /// Server: a whole response. The same on the wire as `send_headers`, `send_data` and `send_trailers` one
  /// after the other, which it falls back to; quicker when the message is small and nothing is in its way.
  void send_response(StreamKey stream, const http::HeaderMap& headers, Buffer message,
                     const http::HeaderMap& trailers);
  /// Server: the same for a message that is still to be written: where its `size` bytes go, before the engine
  /// is called again. The stream has ended with it, in order, and no StreamClosed follows. Null, and nothing
  /// has happened, when the response has to take the longer way: the client has not ended its side, a section
  /// is larger than it accepts, the message is not small, or something is in its way.
  [[nodiscard]] std::byte* place_response(StreamKey stream, const http::HeaderMap& headers, std::size_t size,
                                          const http::HeaderMap& trailers);
  /// RST_STREAM, at once; queued data is dropped; the key is dead when this returns and no StreamClosed
  /// follows. Events of the stream that were queued before still come.
  void reset(StreamKey stream, ErrorCode code);
  /// We need no more of what the peer sends on the stream, whose response is complete or queued: its DATA is
  /// swallowed (credit returned), its trailers too. If the peer has not ended its side once ours is sent,
  /// RST_STREAM(NO_ERROR) follows (RFC 9113 §8.1): at once, or, with `linger`, after END_STREAM, 64 KiB or 1
  /// s, still validating what arrives.
  void stop_reading(StreamKey stream, bool linger);
  /// Bytes of Data events that the application has consumed. Never required for the connection's window,
  /// which is returned on receipt (a stream that is not read cannot stall the others).
  void release_window(StreamKey stream, std::size_t bytes);
  /// PingAcknowledged follows when the answer comes. At most 8 may be waiting; more are not sent.
  void ping(std::uint64_t payload);
  /// Server: two steps, GOAWAY(2^31-1) and a PING; on its ack, or after 5 s, GOAWAY with the real last id.
  /// Client: one GOAWAY. Streams go on to their end. Idempotent.
  void drain(std::string_view debug_data = {});
  /// Fails the connection from our side: closes all streams, queues GOAWAY(code, debug) and ConnectionClosed.
  void fail(ErrorCode code, std::string_view debug_data);
  /// A handler has returned: refills the budget of peer resets by one (hostile-input A24).
  void handler_returned();
  /// Gives back a map that came with an event, so that the next header section needs no allocation. Optional.
  void recycle(http::HeaderMap&& headers);

  // Output.
  /// The next event, whose parts may be moved out of it; null when there is none. Valid until the next call,
  /// also while mutators are called.
  Event* poll_event();
  /// What poll_output cuts at a time: when less came out, nothing more could be sent at that moment.
  static constexpr std::size_t kOutputBatch = 256 * 1024;
  /// Fills `gather` with bytes to write, in order, and returns how many entries it used; 0: nothing to send
  /// now. The views stay valid until `consumed`. Frames are cut here, fairly over the streams and within both
  /// windows. A batch ends with the frame that fills kOutputBatch, or up to 16 KiB later if what is left of
  /// messages is little. Called again before everything was consumed, it names the rest.
  std::size_t poll_output(std::span<base::ByteView> gather);
  void consumed(std::size_t bytes);
  /// When to call on_deadline; base::kNever if there is nothing to wait for.
  [[nodiscard]] base::TimePoint next_deadline() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace farcall::http2
