#pragma once

#include "http2/limits.hpp"
#include "http2/stream/stream.hpp"

#include <algorithm>

namespace farcall::http2 {

/// Streams that wait for a deadline. All waits of a kind are equally long, so each list is in order of
/// deadlines.
///
/// Waits begin in mutators, which do not know the time: they are dated at the next input.
class StreamTimers {
 public:
  explicit StreamTimers(const Limits& limits)
      : stalled_(limits.stalled_stream_timeout), lingering_(limits.linger_timeout) {}

  /// We have finished the stream; it must be on the wire in stalled_stream_timeout.
  void watch_stalled(Stream& stream) { stalled_.add(stream); }
  /// The peer may end its side for linger_timeout.
  void watch_lingering(Stream& stream) { lingering_.add(stream); }
  static void forget(Stream& stream) { stream.timed().unlink(); }

  [[nodiscard]] bool undated() { return !stalled_.undated.empty() || !lingering_.undated.empty(); }
  void date(base::TimePoint now) {
    stalled_.date(now);
    lingering_.date(now);
  }
  [[nodiscard]] base::TimePoint deadline() { return std::min(stalled_.deadline(), lingering_.deadline()); }
  /// One whose time is over, which leaves the list; null when there is none.
  [[nodiscard]] Stream* pop_stalled(base::TimePoint now) { return stalled_.pop(now); }
  [[nodiscard]] Stream* pop_lingering(base::TimePoint now) { return lingering_.pop(now); }

 private:
  struct Waiting {
    explicit Waiting(base::Duration wait) : timeout(wait) {}

    void add(Stream& stream) {
      stream.timed().unlink();
      undated.push_back(stream.timed());
    }
    void date(base::TimePoint now) {
      if (undated.empty()) return;
      for (TimedHook& hook : undated) static_cast<Stream&>(hook).deadline = now + timeout;
      dated.splice_back(undated);
    }
    base::TimePoint deadline() {
      return dated.empty() ? base::kNever : static_cast<Stream&>(dated.front()).deadline;
    }
    Stream* pop(base::TimePoint now) {
      return !dated.empty() && deadline() <= now ? static_cast<Stream*>(dated.pop_front()) : nullptr;
    }

    base::Duration timeout;
    base::IntrusiveList<TimedHook> undated;
    base::IntrusiveList<TimedHook> dated;
  };

  Waiting stalled_;
  Waiting lingering_;
};

}  // namespace farcall::http2
