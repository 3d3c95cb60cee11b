#pragma once

#include "base/bytes.hpp"
#include "http/header_map.hpp"
#include "http2/error.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace farcall::http2 {

/// Names a stream for as long as it lives, and nothing afterwards: every call with the key of a stream that
/// is gone is a no-op. `index` is dense (below the number of streams ever open at once), so a table may be
/// indexed by it.
struct StreamKey {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  bool operator==(const StreamKey&) const = default;
};

/// What a connection has to tell, in the order it happened.
namespace event {

enum class HeadersKind : std::uint8_t {
  initial,        ///< The request (server) or the final response headers (client).
  informational,  ///< A 1xx response (client only). May come several times, before `initial`.
  trailers,       ///< The last thing on the stream; `end_stream` is always set.
};

/// A complete, well-formed header section (RFC 9113 §8). On a server the first one is where the stream
/// begins.
struct Headers {
  StreamKey stream;
  std::uint32_t stream_id = 0;
  HeadersKind kind = HeadersKind::initial;
  bool end_stream = false;
  /// The section was larger than the limits allow: `headers` holds what fitted, and the answer should be 431
  /// (server) or a reset (client).
  bool too_large = false;
  http::HeaderMap headers;
  /// Server: the whole payload of a request that came before this event was taken: no Data event follows, and
  /// `end_stream` is set. Valid like Data::data; nothing of it is owed to `release_window`. Empty otherwise.
  base::ByteView data;
};

/// Payload without its padding. `data` points into what was given to `receive` and is valid until the next
/// `receive`. Its size is owed to `release_window` once consumed; padding was returned already. May be empty
/// when `end_stream`.
struct Data {
  StreamKey stream;
  base::ByteView data;
  bool end_stream = false;
};

/// Client, if Config::whole_responses: a response that came in one piece, instead of the four events Headers
/// (`headers`, final), Data, Headers (trailers) and StreamClosed (clean): the stream's key is dead, and
/// nothing is owed to `release_window`. `data` is not empty, and valid until the next `receive`.
struct Response {
  StreamKey stream;
  std::uint32_t stream_id = 0;
  base::ByteView data;
  http::HeaderMap headers;
  http::HeaderMap trailers;
};

/// The stream's send queue was over its budget and has room again.
struct Writable {
  StreamKey stream;
};

/// The last event of a stream: its key is dead after it. Comes once for every stream, unless the caller
/// itself ended the stream with `reset` or `place_response`, or the stream's one event was a Response.
struct StreamClosed {
  StreamKey stream;
  /// The exchange is complete: both sides ended in order, or one side had ended and the other was told with
  /// RST_STREAM(NO_ERROR) that the rest is not needed (RFC 9113 §8.1). What follows describes the failure if
  /// not.
  bool clean = true;
  ErrorCode code = ErrorCode::no_error;
  Initiator initiator = Initiator::peer;
  /// It ended because the connection did; `code` and `initiator` are the connection's.
  bool connection_lost = false;
  /// The peer has provably not acted on it: REFUSED_STREAM, beyond the last id of a GOAWAY (RFC 9113 §8.7),
  /// or its request headers never left this side.
  bool unprocessed = false;
};

/// Client: `open_stream` may succeed again after it had refused.
struct StreamsAvailable {};

/// The peer's SETTINGS were applied; `first` for the one that completes the handshake.
struct SettingsReceived {
  bool first = false;
};

struct PingAcknowledged {
  std::uint64_t payload = 0;
};

/// The peer takes no new streams. Streams beyond `last_stream_id` follow as StreamClosed with `unprocessed`.
struct GoAwayReceived {
  std::uint32_t last_stream_id = 0;
  ErrorCode code = ErrorCode::no_error;
  std::string debug_data;  ///< At most kGoAwayDebugKept bytes of it.
};

/// The connection is over: no event follows, nothing more is parsed. Every stream still open was closed by
/// events before this one. What poll_output still yields (the GOAWAY) should be sent, then the transport
/// closed lingeringly.
struct ConnectionClosed {
  ErrorCode code = ErrorCode::no_error;
  Initiator initiator = Initiator::peer;
  /// Our debug token or text, or the peer's; for logs and status messages.
  std::string reason;
};

}  // namespace event

using Event = std::variant<event::Headers, event::Data, event::Writable, event::StreamClosed,
                           event::StreamsAvailable, event::SettingsReceived, event::PingAcknowledged,
                           event::GoAwayReceived, event::ConnectionClosed, event::Response>;

}  // namespace farcall::http2
