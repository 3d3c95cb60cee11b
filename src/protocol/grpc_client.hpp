#pragma once

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "http/header_map.hpp"

#include <farcall/metadata.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// gRPC over HTTP/2 as a client speaks it: what a request's headers look like, and what a response amounts
/// to.
namespace farcall::protocol {

inline constexpr std::string_view kUserAgent = "grpc-c++-farcall/0.1.0";

/// What request headers are made of. Views; only `request_headers` looks at them.
struct RequestInfo {
  RequestInfo() = default;

  std::string_view path;  ///< "/service/method"
  std::string_view authority;
  std::string_view scheme = "http";
  std::optional<base::Duration> timeout;
  std::string_view user_agent = kUserAgent;
  const Metadata* metadata = nullptr;
  /// The name of the codec; empty: protobuf.
  std::string_view subtype;
};

/// Fills in `out`, cleared first. Whether it fits the server's SETTINGS_MAX_HEADER_LIST_SIZE the caller
/// learns from `out.list_size()`; if not, the call fails with INTERNAL and nothing is sent.
void request_headers(http::HeaderMap& out, const RequestInfo& info);

/// Follows one response from its first event to its status.
///
/// The caller passes on what the engine tells of the stream (`informational` to `reset`) and what it decides
/// itself (`fail`), in order. Once `done()`, the first outcome stands and every further event is ignored: a
/// reset or a lost connection behind the trailers harms nothing. Messages are cut by the caller's
/// rpc::MessageReader, and counted by it: a unary call that ends OK without exactly one is UNIMPLEMENTED
/// (rpc/method.hpp).
///
/// Not thread-safe. Does not keep views.
class ResponseReader {
 public:
  ResponseReader() = default;
  /// `subtype`: of the request. It outlives the reader.
  explicit ResponseReader(std::string_view subtype) : subtype_(subtype) {}

  /// What to do with bytes passed to `data`.
  enum class Payload : std::uint8_t {
    messages,  ///< They belong to the MessageReader.
    ignored,   ///< Not gRPC, or too late. Release their window and forget them.
  };

  /// A 1xx response: skipped, unless it ends the stream.
  void informational(bool end_stream);
  /// The response headers; with `end_stream` they are Trailers-Only. `too_large`: they exceeded our limits.
  void headers(const http::HeaderMap& fields, bool end_stream, bool too_large = false);
  /// Feed the MessageReader before looking at `done()`: the last bytes may come with the end.
  [[nodiscard]] Payload data(base::ByteView bytes, bool end_stream);
  void trailers(const http::HeaderMap& fields, bool too_large = false);
  /// RST_STREAM from the peer, or (`by_peer` false) from our engine because the peer broke a rule.
  void reset(std::uint32_t http2_error_code, bool by_peer);
  /// The stream was not processed (REFUSED_STREAM, GOAWAY) or the connection is gone: UNAVAILABLE, with
  /// `reason` in the text.
  void lost(std::string_view reason);
  /// Ends the call from our side: cancelled, deadline passed, a message that could not be read.
  void fail(Status status);

  /// The response headers have come and are gRPC's: `initial_metadata` is complete, and does not change any
  /// more. Stays false for Trailers-Only.
  [[nodiscard]] bool has_headers() const { return has_headers_; }
  [[nodiscard]] const Metadata& initial_metadata() const { return initial_; }

  [[nodiscard]] bool done() const { return state_ == State::done; }
  /// Once `done()`.
  [[nodiscard]] const Status& status() const { return status_; }
  /// Of trailers and of Trailers-Only; complete once `done()`.
  [[nodiscard]] const Metadata& trailing_metadata() const { return trailing_; }

  /// The error code to reset the stream with, when the call was ended while the server might still send. Ask
  /// once `done()`.
  [[nodiscard]] std::optional<std::uint32_t> reset_code() const { return reset_code_; }

  /// The caller's own deadline has passed: a CANCELLED that the peer gave is then its echo, and becomes
  /// DEADLINE_EXCEEDED.
  void deadline_has_passed();

 private:
  enum class State : std::uint8_t {
    headers,   ///< Nothing final has come.
    messages,  ///< A gRPC response is under way.
    foreign,   ///< A response that is not gRPC is under way: its body is collected for the status text.
    done,
  };

  /// False, and the call has ended, if we cannot read a response with these headers.
  [[nodiscard]] bool accept_headers(const http::HeaderMap& fields, std::string_view subtype);
  void begin_foreign(int http_status, std::string_view content_type, bool is_grpc);
  [[nodiscard]] static Status foreign_status(int http_status, std::string_view content_type);
  void finish_foreign();
  void finish_trailers_only(const http::HeaderMap& fields, int http_status, std::string_view content_type);
  /// Ends the call with what grpc-status says; nothing happens if there is none.
  void finish_with_status(const http::HeaderMap& fields);
  void finish_without_trailers();
  /// The server broke the protocol on this stream.
  void violate(std::string message);
  void finish(Status status);

  std::string_view subtype_;
  State state_ = State::headers;
  bool has_headers_ = false;
  bool got_data_ = false;
  /// A foreign response has gRPC's content-type, only not HTTP status 200: its trailers may tell more.
  bool foreign_may_have_status_ = false;
  Metadata initial_;
  Metadata trailing_;
  Status status_;
  /// grpc-status of headers that did not end the stream: it counts only if the stream then ends with nothing
  /// else.
  std::optional<Status> status_in_headers_;
  /// What a foreign response amounts to, and the beginning of its body.
  Status foreign_;
  std::string body_;
  std::optional<std::uint32_t> reset_code_;
};

}  // namespace farcall::protocol
