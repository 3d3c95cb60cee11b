#pragma once

#include "base/timer_wheel.hpp"
#include "server/request_arena.hpp"
#include "server/request_reader.hpp"

#include <farcall/metadata.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace farcall::server {

class Call;

/// What few calls need beside what every call has: a deadline, metadata, to be told of their cancellation.
/// The shard keeps some for the next that do.
class CallExtras final : private base::Timer {
 public:
  void belong_to(Call& call) { call_ = &call; }
  void set_deadline(base::TimerWheel& timers, base::TimePoint when) {
    deadline = when;
    timers.schedule(*this, when);
  }
  using base::Timer::cancel;
  /// As good as new.
  void clear() {
    cancel();
    deadline = base::kNever;
    head = RequestSummary();
    initial.clear();
    trailing.clear();
    received.reset();
    if (stop.stop_possible()) stop = std::stop_source(std::nostopstate);
    on_cancelled = nullptr;
    if (arena) arena->reset();
  }

  base::TimePoint deadline = base::kNever;
  /// What the request's headers say, where that does not stay with their content.
  RequestSummary head;
  Metadata initial;
  Metadata trailing;
  std::optional<Metadata> received;

  /// For the two below, which a blocking handler shares with the loop.
  std::mutex cancel_mutex;
  std::stop_source stop{std::nostopstate};
  std::function<void()> on_cancelled;

  /// Made for the first call that wants it; lives longer than the handler, which may refer to it.
  std::unique_ptr<RequestArena> arena;

 private:
  void on_expiry(base::TimePoint now) override;

  Call* call_ = nullptr;
};

}  // namespace farcall::server
