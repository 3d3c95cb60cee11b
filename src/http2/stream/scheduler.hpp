#pragma once

#include "http2/stream/stream.hpp"

namespace farcall::http2 {

/// Whose turn it is to send: the streams that have something that their own window lets go, round robin, each
/// a quantum at a time, so that a large message delays a small one by one frame a stream at most.
class Scheduler {
 public:
  /// What a stream may send in one turn.
  static constexpr std::size_t kQuantum = 16 * 1024;

  /// At the end of the line, unless it stands there.
  void add(Stream& stream) {
    if (!stream.ready().linked()) ready_.push_back(stream.ready());
  }
  void remove(Stream& stream) { stream.ready().unlink(); }
  /// The first in line, who stays there; null when there is none.
  [[nodiscard]] const Stream* front() {
    return ready_.empty() ? nullptr : static_cast<const Stream*>(&ready_.front());
  }
  /// Nobody is in line.
  [[nodiscard]] bool empty() const { return ready_.empty(); }
  /// Nobody else is in line.
  [[nodiscard]] bool has_none_but(const Stream& stream) {
    return ready_.empty() || (&ready_.front() == &stream && &ready_.back() == &stream);
  }

  /// The next in line, who leaves it; null when there is none.
  [[nodiscard]] Stream* next() { return static_cast<Stream*>(ready_.pop_front()); }

  /// It could send if the connection's window were not empty: stands aside, before all others, until
  /// `resume`.
  void park(Stream& stream) { parked_.push_back(stream.ready()); }
  void resume() {
    parked_.splice_back(ready_);
    ready_.splice_back(parked_);
  }

 private:
  base::IntrusiveList<ReadyHook> ready_;
  base::IntrusiveList<ReadyHook> parked_;
};

}  // namespace farcall::http2
