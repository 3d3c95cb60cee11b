#pragma once

#include "base/intrusive_list.hpp"
#include "base/slot_map.hpp"
#include "base/time.hpp"
#include "http2/event.hpp"
#include "http2/event_queue.hpp"
#include "http2/stream/flow_control.hpp"
#include "http2/stream/receive.hpp"
#include "http2/stream/send.hpp"
#include "http2/stream/state.hpp"

#include <cstdint>

namespace farcall::http2 {

struct Stream;

/// A stream's place in the scheduler.
struct ReadyHook : base::ListNode {};
/// Its place among the streams that wait for a deadline.
struct TimedHook : base::ListNode {};

/// All that a connection knows of a stream that is open or half-closed. An idle one is to be small: see
/// docs/decisions/0023.
struct Stream : ReadyHook, TimedHook {
  Stream(std::uint32_t stream_id, std::uint32_t receive_window, std::uint32_t send_window)
      : id(stream_id), receive(receive_window), window(send_window) {}

  const std::uint32_t id;
  StreamState state;
  /// `stop_reading` was called; with `linger`, the peer is given time to end its side.
  bool swallow = false;
  bool linger = false;
  /// `send_data` has said "wait": Writable is owed.
  bool wants_room = false;
  std::uint32_t informational = 0;  ///< 1xx responses received.
  StreamKey key;
  ReceiveSide receive;
  Window window;  ///< What the peer has room for.
  SendQueue send;

  EventPlace told;                     ///< Of the request's Headers event, as long as that is not taken.
  std::uint64_t swallowed = 0;         ///< Payload bytes that nobody wanted.
  std::uint64_t headers_position = 0;  ///< Where in the output the HEADERS that opened it end (client).
  base::TimePoint deadline = base::kNever;

  [[nodiscard]] ReadyHook& ready() { return *this; }
  [[nodiscard]] TimedHook& timed() { return *this; }
};

}  // namespace farcall::http2
