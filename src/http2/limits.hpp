#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farcall::http2 {

/// A budget that is refilled as time passes: `burst` at once, then `per_second`.
struct Rate {
  std::uint32_t burst = 0;
  std::uint32_t per_second = 0;
};

/// What a peer may make us do. Every limit has an outcome that the peer sees: GOAWAY(ENHANCE_YOUR_CALM) with
/// a token of `token::`, a reset of the stream, or a pause in reading. Values are those of peers that have
/// been attacked for years; each has a flood test in tests/http2.
struct Limits {
  // -- Work in progress
  // ---------------------------------------------------------------------------------------
  /// Streams the peer may have open; more are answered REFUSED_STREAM. Advertised (servers only).
  std::uint32_t max_concurrent_streams = 100;
  /// Replies that the peer provoked (PING and SETTINGS acknowledgements, RST_STREAM) and has not read: from
  /// here on `wants_input` is false, so that TCP pushes back before anybody is killed.
  std::uint32_t reply_queue = 64;
  /// The same replies caused by bytes that had been read already: one more, and the connection ends.
  std::uint32_t reply_queue_max = 128;
  /// Unsent bytes of one stream after which `send_data` says "wait".
  std::size_t stream_send_budget = 64 * 1024;
  /// The same over all streams of the connection: what a peer that never reads can make us hold.
  std::size_t connection_send_budget = 4 * 1024 * 1024;

  // -- Header blocks (HPACK bombs, CONTINUATION floods)
  // -------------------------------------------------------
  /// Names, values and 32 a field. Advertised. A larger block comes as `too_large` without what did not fit;
  /// kHeaderOverrun times as much ends the connection (header_list_too_large).
  std::size_t max_header_list_size = 16 * 1024;
  /// Fields of a block, whatever their size: indexed fields cost the sender one byte. Same two steps
  /// (too_many_headers).
  std::size_t max_header_count = 128;
  static constexpr std::size_t kHeaderOverrun = 4;
  /// CONTINUATION frames of a block, empty ones included (too_many_continuations).
  std::uint32_t max_continuations = 8;
  /// 1xx responses of one stream; each further one is a glitch.
  std::uint32_t max_informational = 8;

  // -- Frames that cost us more than the peer
  // -----------------------------------------------------------------
  /// Entries of a SETTINGS frame (too_many_settings).
  std::uint32_t max_settings_entries = 32;
  /// SETTINGS frames; each one beyond is a glitch (too_many_settings, if it is the one too many).
  Rate settings{10, 10};
  /// RST_STREAM received: rapid reset (too_many_resets). `handler_returned` gives one back, so that hedging
  /// and storms of expired deadlines, which cancel in earnest, are not punished. A server's resets of streams
  /// that its client has open are not counted: that client has opened each of them itself.
  Rate resets{1000, 33};
  /// Faults that are not worth the connection each: resets we had to send, PRIORITY, useless frames
  /// (too_many_glitches).
  Rate glitches{1000, 33};
  /// DATA without payload and without END_STREAM, padded ones included (too_many_data_frames).
  Rate empty_data{100, 1};
  /// A DATA frame shorter than `tiny_data_size` puts the difference on the connection's bill until the
  /// application has consumed the payload; a bill above `tiny_data_deficit` ends the connection
  /// (too_many_data_frames). 5 is the length of a gRPC message's prefix: honest senders of small messages,
  /// whose messages may well wait unread by the thousand behind a slow handler, send no shorter frames. Their
  /// memory is bounded by the windows.
  std::uint32_t tiny_data_size = 5;
  std::uint32_t tiny_data_deficit = 25'600;
  /// Frames of unknown type over the connection's life; each one beyond is a glitch.
  std::uint32_t unknown_frames = 100;
  /// WINDOW_UPDATE frames allowed: base + per_stream x streams ever opened + per_data x DATA frames sent
  /// (window_update_flood).
  std::uint64_t window_updates_base = 5;
  std::uint64_t window_updates_per_stream = 2;
  std::uint64_t window_updates_per_data = 20;

  // -- Keepalive pings of a client, as a server enforces them (gRFC A8)
  // -----------------------------------------
  /// Pings closer together than this, with nothing sent by us in between, are strikes.
  base::Duration ping_min_interval = std::chrono::minutes(5);
  /// The same while no stream is open.
  base::Duration ping_min_interval_idle = std::chrono::hours(2);
  /// Apply ping_min_interval also while no stream is open.
  bool permit_pings_without_calls = false;
  /// More strikes than this end the connection (too_many_pings). 0: pings are not judged.
  std::uint32_t max_ping_strikes = 2;

  // -- Time
  // -----------------------------------------------------------------------------------------------------
  /// From the start to the peer's first SETTINGS (handshake_timeout).
  base::Duration handshake_timeout = std::chrono::seconds(10);
  /// From our SETTINGS to its acknowledgement (settings_timeout).
  base::Duration settings_ack_timeout = std::chrono::seconds(30);
  /// A stream that we have finished but whose bytes the peer's windows do not let go is reset with CANCEL
  /// after this long, however many bytes have dripped.
  base::Duration stalled_stream_timeout = std::chrono::seconds(60);
  /// How long, and for how many bytes, `stop_reading` with `linger` goes on swallowing a request that was
  /// answered.
  base::Duration linger_timeout = std::chrono::seconds(1);
  std::size_t linger_bytes = 64 * 1024;
  /// In a graceful drain: from GOAWAY(2^31-1) and PING to the final GOAWAY, if no acknowledgement comes.
  base::Duration drain_timeout = std::chrono::seconds(5);
};

/// Closed streams whose fate is remembered, to tell frames that were on their way from frames that break the
/// rules.
inline constexpr std::size_t kClosedStreamsRemembered = 128;

/// Debug data of a received GOAWAY that is kept; the rest is skipped as it arrives.
inline constexpr std::size_t kGoAwayDebugKept = 256;

/// Keepalive of a server that was told nothing else: finds peers that vanished without a word.
inline constexpr base::Duration kServerKeepaliveTime = std::chrono::hours(2);

/// The ASCII debug data of our GOAWAY frames; fixed, tests and operators match them.
namespace token {
inline constexpr std::string_view kTooManyPings = "too_many_pings";
inline constexpr std::string_view kTooManyResets = "too_many_resets";
inline constexpr std::string_view kTooManySettings = "too_many_settings";
inline constexpr std::string_view kTooManyDataFrames = "too_many_data_frames";
inline constexpr std::string_view kTooManyContinuations = "too_many_continuations";
inline constexpr std::string_view kHeaderListTooLarge = "header_list_too_large";
inline constexpr std::string_view kTooManyHeaders = "too_many_headers";
inline constexpr std::string_view kTooManyGlitches = "too_many_glitches";
inline constexpr std::string_view kWindowUpdateFlood = "window_update_flood";
inline constexpr std::string_view kSettingsTimeout = "settings_timeout";
inline constexpr std::string_view kHandshakeTimeout = "handshake_timeout";
inline constexpr std::string_view kKeepaliveTimeout = "keepalive_timeout";
inline constexpr std::string_view kMaxIdle = "max_idle";
inline constexpr std::string_view kMaxAge = "max_age";
}  // namespace token

}  // namespace farcall::http2
