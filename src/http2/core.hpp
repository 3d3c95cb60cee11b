#pragma once

#include "hpack/decoder.hpp"
#include "hpack/encoder.hpp"
#include "http2/budget.hpp"
#include "http2/connection.hpp"
#include "http2/deadline.hpp"
#include "http2/encode_memo.hpp"
#include "http2/event_queue.hpp"
#include "http2/go_away.hpp"
#include "http2/output.hpp"
#include "http2/ping.hpp"
#include "http2/settings.hpp"
#include "http2/stream/closed_streams.hpp"
#include "http2/stream/flow_control.hpp"
#include "http2/stream/scheduler.hpp"
#include "http2/stream/store.hpp"
#include "http2/stream/timers.hpp"

#include <farcall/send_room.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::http2 {

/// The state that the parts of a connection share, and the verbs that several of them need: how streams and
/// the connection end, how faults are counted.
///
/// A verb that ends a stream invalidates references to it; after one that may end the connection, look at
/// `closed`.
struct Core {
  static constexpr base::Duration kRestAfter = std::chrono::seconds(1);
  /// The room behind what a stream has queued.
  struct Lent {
    codegen::SendRoom* room = nullptr;  ///< Null: none is lent.
    Stream* stream = nullptr;
  };

  Core(Role its_role, std::shared_ptr<const Config> its_config, base::TimePoint start);

 private:
  const std::shared_ptr<const Config> shared_config_;

 public:
  const Role role;
  const Config& config;
  base::TimePoint now;
  bool closed = false;

  EventQueue events;
  HeaderPool header_pool;
  Output output;
  /// Memory of a send queue that has run empty, for the next one that fills.
  Buffer spare;

  StreamStore streams;
  ClosedStreams closed_streams;
  Scheduler scheduler;
  StreamTimers timers;
  std::uint32_t highest_peer_stream = 0;
  std::uint32_t next_own_stream = 0;
  std::size_t queued = 0;  ///< Payload bytes of all streams that are not framed yet.
  Lent lent;
  bool room_wanted = false;     ///< Some stream waits for room in the connection's send budget.
  bool streams_wanted = false;  ///< `can_open_stream` was false: StreamsAvailable is owed.

  LocalSettings local;
  PeerSettings peer;
  hpack::Encoder encoder;
  hpack::Decoder decoder;
  EncodeMemo headers_memo;
  EncodeMemo trailers_memo;
  /// Room for the header block that is being encoded, behind its frame's header.
  std::vector<std::byte> block;
  ReceiveWindow receive_window{Window::kDefault};
  std::uint32_t windows_lent = 0;  ///< Of stream_window_budget, to the streams that are open.
  Window send_window;

  Budgets budgets;
  PingLedger pings;
  PingJudge ping_judge;
  Keepalive keepalive;
  BdpEstimator bdp;
  GoAway go_away;
  Deadline handshake_deadline;
  Deadline drain_deadline;
  Deadline idle_deadline;
  Deadline age_deadline;
  Deadline grace_deadline;
  /// A connection that has been silent so long gives back what memory it only keeps to be quick.
  Deadline rest_deadline{kRestAfter};

  // Getters.
  [[nodiscard]] const Limits& limits() const { return config.limits; }
  [[nodiscard]] bool is_server() const { return role == Role::server; }
  /// The life of the stream that `id` names, wherever it is.
  [[nodiscard]] Phase phase_of(std::uint32_t id, const Stream* stream) const;
  /// Client: nothing but ids, limits and GOAWAY can forbid a new stream.
  [[nodiscard]] bool can_open_stream() const;

  // What is lent.
  /// Takes it back. Before anything that is done with a stream's data, before a stream ends, and before
  /// frames are cut.
  void end_lending() {
    if (lent.room != nullptr) take_back_room();
  }

  // The connection's end.
  void fail(ErrorCode code, std::string_view reason) { close(code, Initiator::local, reason); }
  void close(ErrorCode code, Initiator initiator, std::string_view reason);
  void drain(std::string_view debug_data);
  void finish_drain();

  // Limits. Each may end the connection; false if it did.
  /// `token` names the last straw.
  bool count_glitch(std::string_view token = token::kTooManyGlitches);
  /// Before a reply that the peer has provoked; `token` is for the peer that provokes too many.
  bool admit_reply(std::string_view token);

  // A stream's end.
  /// Both sides have ended it, or as good as.
  void close_clean(Stream& stream, Phase how = Phase::closed_by_end);
  /// The peer broke a rule on the stream, or the caller gave it up for lost: RST_STREAM and StreamClosed.
  void reset(Stream& stream, ErrorCode code);
  /// RST_STREAM that the peer has provoked, for a stream in memory or not. May end the connection.
  void send_provoked_reset(std::uint32_t id, ErrorCode code);
  /// Our side is on the wire, and the application does not want the rest of the peer's.
  void finish_swallowing(Stream& stream);
  /// Out of memory, without an event.
  void forget(Stream& stream, Phase how);

  /// A DATA frame of that length has passed the connection's window, which is returned at once: no stream
  /// that is not read holds up the others.
  void return_window(std::uint32_t length, bool end_stream);
  void announce(const ReceiveSettings& settings);
  void send_window_update(std::uint32_t stream_id, std::uint32_t increment);
  void offer_streams();
  /// Gives back memory that holds nothing, or what can be learnt again.
  void trim();

 private:
  void take_back_room();
  void send_preface();
};

}  // namespace farcall::http2
