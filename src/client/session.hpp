#pragma once

#include "client/call.hpp"
#include "client/request_memo.hpp"
#include "client/response_memo.hpp"
#include "http/header_map.hpp"
#include "http2/connection.hpp"
#include "http2/error.hpp"
#include "http2/event.hpp"
#include "net/byte_stream.hpp"
#include "net/connection_driver.hpp"
#include "net/loop.hpp"

#include <farcall/buffer.hpp>
#include <farcall/op.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::client {

class Session;

/// What a session tells its channel. Loop's thread. None of these may destroy the session but
/// `on_session_closed`.
class SessionObserver {
 public:
  /// The server's SETTINGS have come: calls may be opened.
  virtual void on_session_ready(Session& session) = 0;
  /// The server has begun to answer a call, the first one of the session.
  virtual void on_session_of_use() = 0;
  /// `Session::open` may succeed where it has refused.
  virtual void on_streams_available(Session& session) = 0;
  /// No more calls can be opened; those that are open go on. `too_many_pings`: the server resents our
  /// keepalive.
  virtual void on_session_draining(Session& session, bool too_many_pings) = 0;
  /// All events of one read have been seen.
  virtual void on_session_events_end() = 0;
  /// The connection is gone, all its calls were told. The observer destroys the session.
  virtual void on_session_closed(Session& session) = 0;

 protected:
  ~SessionObserver() = default;
};

/// One connection to a server and the calls on it. Loop's thread.
class Session final : private net::ConnectionObserver {
 public:
  /// A connection has 2^30 stream ids. It is replaced when three quarters are used, while there is no hurry
  /// (RFC 9113 §5.1.1).
  static constexpr std::uint64_t kLastStreamId = (std::uint64_t{1} << 31) / 4 * 3;

  Session(net::Loop& loop, std::unique_ptr<net::ByteStream> stream, const http2::Config& config,
          SessionObserver& observer);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void start() { driver_.start(); }
  [[nodiscard]] bool ready() const { return ready_; }
  [[nodiscard]] bool was_of_use() const { return was_of_use_; }
  /// Why the connection ended; before that, what is known so far.
  [[nodiscard]] std::string reason() const;

  /// Gives the call a stream. False: not now, nor while events are given out; `on_streams_available` tells
  /// when to try again, unless the session drains.
  [[nodiscard]] bool open(Call& call);
  /// As http2::Connection::send_data.
  [[nodiscard]] bool send(http2::StreamKey stream, Buffer message, bool end_stream);
  [[nodiscard]] std::size_t queued(http2::StreamKey stream) { return driver_.engine().queued(stream); }
  void release_window(http2::StreamKey stream, std::size_t bytes);
  /// The call has ended and hears nothing more. `reset`: the server might still send, or wait for us to.
  void forget(http2::StreamKey stream, std::optional<http2::ErrorCode> reset);

  /// Ends all calls with `status`, and the connection with a GOAWAY.
  void shut_down(const Status& status);

 private:
  struct Entry {
    http2::StreamKey stream;
    Call* call = nullptr;
  };
  struct Lost {
    codegen::Ref<Call> call;
    bool unprocessed = false;
  };

  void on_event(http2::Event& event) override;
  void on_events_end() override;
  void on_closed() override;

  void on(http2::event::Headers& event);
  void on(const http2::event::Data& event);
  void on(http2::event::Response& event);
  void on(const http2::event::Writable& event);
  void on(const http2::event::StreamClosed& event);
  void on(const http2::event::StreamsAvailable& event);
  void on(const http2::event::SettingsReceived& event);
  void on(const http2::event::PingAcknowledged&) {}
  void on(const http2::event::GoAwayReceived& event);
  void on(const http2::event::ConnectionClosed& event);

  [[nodiscard]] const http::HeaderMap* headers_for(Call& call);
  void leave(bool too_many_pings);
  /// Null when the call has ended.
  [[nodiscard]] codegen::Ref<Call> call_on(http2::StreamKey stream) const;
  [[nodiscard]] codegen::Ref<Call> take_call(http2::StreamKey stream);
  [[nodiscard]] bool take_response(const http2::event::Response& event);
  void tell_lost_calls();

  SessionObserver& observer_;
  std::uint64_t next_stream_id_;
  /// By the index of the stream's key.
  std::vector<Entry> entries_;
  /// Calls of a connection that has ended, until the reason is known.
  std::vector<Lost> lost_;
  http::HeaderMap headers_;  // scratch
  RequestMemo requests_;
  ResponseMemo responses_;
  std::string reason_;
  bool ready_ = false;
  bool draining_ = false;
  bool was_of_use_ = false;
  /// Events are being given out. One that waits may be of a stream whose place in `entries_` is free for the
  /// engine: no stream is opened before all were.
  bool in_events_ = false;
  bool opening_waits_ = false;
  net::ConnectionDriver driver_;
};

}  // namespace farcall::client
