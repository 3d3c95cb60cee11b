#pragma once

#include "http2/error.hpp"

#include <cassert>
#include <cstdint>
#include <string_view>

namespace farcall::http2 {

/// Where a stream is in its life (RFC 9113 §5.1; server push, and with it the reserved states, does not exist
/// here):
///
///                          +--------+
///                          |  idle  |
///                          +---+----+
///                              | HEADERS (sent or received)
///                              v
///                          +--------+
///          END_STREAM      |        |      END_STREAM
///          received        |  open  |      sent
///             +------------+        +------------+
///             v            +---+----+            v
///      +-------------+         |          +-------------+
///      | half-closed |         | RST      | half-closed |
///      |  (remote)   |         |          |   (local)   |
///      +------+------+         v          +------+------+
///             |            +--------+            |
///             +----------> | closed | <----------+
///     END_STREAM sent,     +--------+    END_STREAM received,
///     RST either way                     RST either way
///
/// "closed" is told apart by how it came about, because frames that were on their way are to be told from
/// frames that break the rules. Those states are not of a stream in memory but of ClosedStreams.
enum class Phase : std::uint8_t {
  idle,
  open,
  half_closed_local,
  half_closed_remote,
  closed_by_end,    ///< Both sides sent END_STREAM.
  reset_by_peer,    ///< The peer sent RST_STREAM.
  reset_by_us,      ///< We did; what the peer had on its way is ignored.
  closed_long_ago,  ///< One of the above, and forgotten.
  skipped,          ///< The peer used a higher id without ever using this one (§5.1.1).
};
inline constexpr std::size_t kPhases = 9;

/// Frames whose meaning depends on the phase. PRIORITY is allowed in all (§5.3), CONTINUATION follows its
/// HEADERS.
enum class Received : std::uint8_t { headers, data, rst_stream, window_update };
inline constexpr std::size_t kReceivedKinds = 4;

/// What is to be done about a received frame, and whose fault it is if it is one: always the peer's.
struct Verdict {
  enum class Action : std::uint8_t {
    accept,
    ignore,  ///< Flow control and header compression apply nevertheless (§5.1).
    connection_error,
  };
  Action action = Action::accept;
  ErrorCode code = ErrorCode::no_error;
  bool operator==(const Verdict&) const = default;
};

/// The judgement of every frame in every phase. `idle` and HEADERS is left to who knows the ids and the role:
/// accept.
///
/// Frames after END_STREAM or RST_STREAM from the same peer are faults of the connection: no honest race
/// makes them, and as stream errors they would let the peer have us send resets at its will (CVE-2025-8671).
[[nodiscard]] Verdict judge(Phase phase, Received frame);

/// The life of a stream that is in memory. Transitions that the phase forbids are our own bugs (asserted),
/// for received frames go through `judge` first.
class StreamState {
 public:
  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] bool closed() const { return phase_ == Phase::closed_by_end; }
  /// We may send DATA or trailers: headers are out, the end is not.
  [[nodiscard]] bool can_send() const { return phase_ == Phase::open || phase_ == Phase::half_closed_remote; }
  [[nodiscard]] bool can_receive() const {
    return phase_ == Phase::open || phase_ == Phase::half_closed_local;
  }
  [[nodiscard]] bool headers_sent() const { return headers_sent_; }
  [[nodiscard]] bool headers_received() const { return headers_received_; }

  /// HEADERS opened the stream, from either side.
  void open() {
    assert(phase_ == Phase::idle);
    phase_ = Phase::open;
  }
  void send_final_headers() { headers_sent_ = true; }
  void receive_final_headers() { headers_received_ = true; }
  void send_end() {
    assert(can_send());
    phase_ = phase_ == Phase::half_closed_remote ? Phase::closed_by_end : Phase::half_closed_local;
  }
  void receive_end() {
    assert(can_receive());
    phase_ = phase_ == Phase::half_closed_local ? Phase::closed_by_end : Phase::half_closed_remote;
  }

 private:
  Phase phase_ = Phase::idle;
  bool headers_sent_ = false;      // the request's, or the response's that are not 1xx
  bool headers_received_ = false;  // likewise
};

}  // namespace farcall::http2
