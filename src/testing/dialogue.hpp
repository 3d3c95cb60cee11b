#pragma once

#include "base/time.hpp"
#include "http/header_map.hpp"
#include "http2/connection.hpp"
#include "testing/frame_script.hpp"
#include "testing/scripted_peer.hpp"
#include "testing/wire.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::testing {

/// How the transport of a dialogue hands bytes over. An engine must not be able to tell the difference.
enum class Chunking : std::uint8_t { whole, byte_by_byte };

/// Where a line of a test stands. (std::source_location is missing from clang 14 with Debian 12's library.)
struct Location {
  static constexpr Location current(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
    return {file, line};
  }
  const char* file = "";
  unsigned line = 0;
};

/// One line of a dialogue went otherwise than written; `what()` begins with the line's file and number.
class DialogueFailure : public std::runtime_error {
 public:
  DialogueFailure(Location where, const std::string& text);
};

[[nodiscard]] http::HeaderMap header_map(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields);
[[nodiscard]] HeaderList header_list(const http::HeaderMap& map);
/// A configuration in which nothing is sent that the dialogue did not ask for: no window is tuned, nobody is
/// pinged.
[[nodiscard]] http2::Config quiet_config();
[[nodiscard]] std::string describe(const http2::Event& event);

/// A conversation between an http2::Connection and a scripted peer, on a clock that only `after` moves:
///
///     Dialogue d(http2::Role::server);
///     d.opens();
///     d.peer_sends(frames().headers(1).request().end_stream());
///     d.expect_headers(1);
///     d.respond(1, "200", true);
///     d.expect_sent(frames().headers(1).response("200").end_stream());
///
/// Every input is followed at once by everything the engine has to say: its events and its frames wait in two
/// queues, from which the expectations take in order. An expectation that fails throws DialogueFailure; a
/// frame that no peer has to bear throws ProtocolViolation. WINDOW_UPDATE frames, and SettingsReceived events
/// but the first, are passed over unless they are asked for. Bytes handed to the engine are freed before the
/// next ones, so that a sanitizer sees a view that is kept too long.
class Dialogue {
 public:
  explicit Dialogue(http2::Role role, const http2::Config& config = quiet_config(),
                    Chunking chunking = Chunking::whole);

  [[nodiscard]] http2::Connection& engine() { return engine_; }
  [[nodiscard]] const ScriptedPeer& peer() const { return peer_; }
  [[nodiscard]] base::TimePoint now() const { return now_; }
  /// The stream's key, from its Headers event or from `request`.
  [[nodiscard]] http2::StreamKey key(std::uint32_t stream, Location where = Location::current()) const;

  // The peer.
  /// The handshake of both sides; `settings` are the entries of the peer's first SETTINGS.
  Dialogue& opens(std::initializer_list<std::pair<Setting, std::uint32_t>> settings = {},
                  Location where = Location::current());
  Dialogue& peer_sends(const FrameScript& script);
  Dialogue& peer_disconnects(std::string_view reason = "connection reset by peer");
  /// Moves the clock, stopping at every deadline on the way.
  Dialogue& after(base::Duration duration, Location where = Location::current());
  /// The transport takes no more output until `resume_writing`.
  Dialogue& stop_writing();
  Dialogue& resume_writing();

  // The application on top of the engine.
  /// Opens a stream (client) and takes its HEADERS from what was sent. Returns its id.
  std::uint32_t request(bool end_stream, Location where = Location::current());
  std::uint32_t request(const http::HeaderMap& headers, bool end_stream,
                        Location where = Location::current());
  Dialogue& respond(std::uint32_t stream, std::string_view status = "200", bool end_stream = false,
                    Location where = Location::current());
  /// Whether the stream's budget has room for more.
  bool send(std::uint32_t stream, std::string_view bytes, bool end_stream = false,
            Location where = Location::current());
  Dialogue& send_trailers(std::uint32_t stream, Location where = Location::current());
  Dialogue& reset(std::uint32_t stream, http2::ErrorCode code, Location where = Location::current());
  Dialogue& consume(std::uint32_t stream, std::size_t bytes, Location where = Location::current());
  /// Any other calls of the engine's mutators.
  template <class Calls>
  Dialogue& calls(Calls&& calls) {
    std::forward<Calls>(calls)(engine_);
    pump();
    return *this;
  }

  // Events. Each takes the next one.
  template <class E>
  E expect_event(Location where = Location::current());
  /// A Headers event that is neither too large nor of another kind.
  http::HeaderMap expect_headers(std::uint32_t stream,
                                 http2::event::HeadersKind kind = http2::event::HeadersKind::initial,
                                 std::optional<bool> end_stream = {}, Location where = Location::current());
  /// All payload up to here, in however many events it came.
  Dialogue& expect_data(std::uint32_t stream, std::string_view bytes, bool end_stream = false,
                        Location where = Location::current());
  Dialogue& expect_closed(std::uint32_t stream, Location where = Location::current());
  Dialogue& expect_reset_event(std::uint32_t stream, http2::ErrorCode code, http2::Initiator initiator,
                               bool unprocessed = false, Location where = Location::current());
  Dialogue& expect_no_event(Location where = Location::current());

  // Frames that the engine sent.
  /// Exactly these, in this order.
  Dialogue& expect_sent(const FrameScript& script, Location where = Location::current());
  /// DATA frames that make up `bytes`, the last with END_STREAM if so said.
  Dialogue& expect_sent_data(std::uint32_t stream, std::string_view bytes, bool end_stream = false,
                             Location where = Location::current());
  /// The next frame, of any type but WINDOW_UPDATE.
  Frame expect_frame(FrameType type, Location where = Location::current());
  Dialogue& expect_nothing_sent(Location where = Location::current());
  /// Increments sent for the stream (0: the connection) since this was asked last.
  std::uint64_t take_window_updates(std::uint32_t stream);
  /// All frames sent and not yet taken.
  std::vector<Frame> take_sent();

  // Outcomes.
  /// RST_STREAM, and the stream's end as an event when the application knows the stream.
  Dialogue& expect_stream_error(std::uint32_t stream, http2::ErrorCode code,
                                Location where = Location::current());
  /// GOAWAY with that code (and debug data, unless empty) as the last frame, and ConnectionClosed as the last
  /// event after the end of every stream.
  Dialogue& expect_go_away(http2::ErrorCode code, std::string_view token = {},
                           Location where = Location::current());
  /// Neither events nor frames wait, and the connection is open.
  Dialogue& expect_quiet(Location where = Location::current());
  /// The rest does not matter to this test.
  void ignore_rest();
  /// What waits that no expectation took; empty if nothing does.
  [[nodiscard]] std::string leftovers();

 private:
  struct Happened {
    http2::Event event;
    std::string bytes;  ///< Of a Data event, whose view is gone.
  };

  void pump();
  void collect_events();
  void collect_output();
  void feed(std::string_view bytes);
  void drop_background();
  std::optional<std::uint32_t> id_of(http2::StreamKey key) const;
  [[noreturn]] void fail(Location where, const std::string& text);
  [[nodiscard]] std::string next_event_text() const;

  http2::Role role_;
  Chunking chunking_;
  base::TimePoint now_;
  http2::Connection engine_;
  ScriptedPeer peer_;
  bool writing_ = true;
  std::size_t writes_ = 0;
  std::deque<Happened> events_;
  std::deque<Frame> sent_;
  std::map<std::uint32_t, std::uint64_t> window_updates_;
  std::map<std::uint32_t, http2::StreamKey> keys_;
};

template <class E>
E Dialogue::expect_event(Location where) {
  if constexpr (!std::is_same_v<E, http2::event::SettingsReceived>) drop_background();
  if (events_.empty() || !std::holds_alternative<E>(events_.front().event)) {
    fail(where, "expected " + describe(http2::Event(E{})) + ", got " + next_event_text());
  }
  E event = std::get<E>(std::move(events_.front().event));
  events_.pop_front();
  return event;
}

}  // namespace farcall::testing
