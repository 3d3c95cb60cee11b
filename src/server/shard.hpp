#pragma once

#include "base/intrusive_list.hpp"
#include "base/spares.hpp"
#include "base/timer_wheel.hpp"
#include "net/listener.hpp"
#include "net/loop.hpp"
#include "net/pool_trips.hpp"
#include "server/answers.hpp"
#include "server/call.hpp"
#include "server/request_reader.hpp"
#include "server/session.hpp"
#include "server/setup.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string_view>
#include <vector>

namespace farcall::server {

/// The part of a server that lives on one loop: listeners, connections, and the calls, which are kept for
/// reuse. Shards share nothing but the Setup. Everything belongs to the loop's thread.
class Shard final : private net::AcceptObserver, private net::TurnEndHook {
 public:
  /// `loop` outlives the shard, save for abandoned calls (see `retire`).
  Shard(net::Loop& loop, std::shared_ptr<Setup> setup);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  void listen(net::ListeningSocket socket);
  /// Serves a connection that is there already.
  void serve(std::unique_ptr<net::ByteStream> stream);

  /// The first step of a drain: connections that wait to be accepted are, and no more.
  void stop_listening();
  /// Accepts nothing new, lets the calls end, and cancels those that have not by `deadline`. A second time
  /// only brings the deadline forward. `on_drained` is called, once, when no connection is left.
  void drain(base::TimePoint deadline, std::function<void()> on_drained);
  /// Closes all connections at once, without the leave-taking of the drain that has begun.
  void close();
  /// The functions that handlers have in pools of the user's.
  [[nodiscard]] net::PoolTrips& pool_trips() { return pool_trips_; }
  /// Whether handlers go on whose connections are closed.
  [[nodiscard]] bool has_orphans() const { return !orphans_.empty(); }
  /// After the drain, when no pool thread works for the shard any more. Handlers that still wait for
  /// something foreign keep the shard alive, as `self`, until they end.
  void retire(const std::shared_ptr<Shard>& self);

  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }
  /// Calls that have not ended, handlers of calls that are over for the peer included.
  [[nodiscard]] std::size_t calls_in_use() const { return calls_.size() - free_.size(); }

  // For sessions and calls.
  [[nodiscard]] net::Loop& loop() { return loop_; }
  [[nodiscard]] const Setup& setup() const { return *setup_; }
  [[nodiscard]] Answers& answers() { return answers_; }
  [[nodiscard]] RequestReader& requests() { return requests_; }
  [[nodiscard]] Call& take_call() {
    if (free_.empty()) return make_call();
    Call& call = *free_.back();
    free_.pop_back();
    least_free_ = std::min(least_free_, free_.size());
    return call;
  }
  void give_back(Call& call) {
    free_.push_back(&call);
    if (free_.size() > kCallsKept) trim_calls_later();
  }
  /// What calls need now and then.
  [[nodiscard]] std::unique_ptr<Incoming> take_incoming();
  void give_back(std::unique_ptr<Incoming> incoming) noexcept;
  [[nodiscard]] std::unique_ptr<CallExtras> take_extras();
  void give_back(std::unique_ptr<CallExtras> extras) noexcept;
  /// At this turn's end, when none of its code is on the stack, the call's handler is unwound.
  void unwind_later(Call& call);
  /// At this turn's end the session starts what waits.
  void start_later(Session& session);
  /// The connection is closed: destroys the session.
  void remove(Session& session);
  /// Calls that have lost their session while their handlers go on.
  void adopt(base::IntrusiveList<Call>& zombies) { orphans_.splice_back(zombies); }
  void log_handler_failure(std::string_view path, std::string_view what);

 private:
  void on_accept(std::unique_ptr<net::ByteStream> stream) override;
  void at_turn_end() override;
  [[nodiscard]] Call& make_call();
  void trim_calls_later();
  void on_drain_deadline(base::TimePoint now);
  void on_trim(base::TimePoint now);
  [[nodiscard]] std::shared_ptr<const http2::Config> engine_config();
  void tell_if_drained();

  /// Calls that are kept for reuse when there is nothing to do.
  static constexpr std::size_t kCallsKept = 128;
  static constexpr std::size_t kPartsKept = kCallsKept;

  net::Loop& loop_;
  std::shared_ptr<Setup> setup_;
  Answers answers_;
  RequestReader requests_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::vector<std::unique_ptr<Session>> sessions_;
  net::PoolTrips pool_trips_;
  base::Spares<Incoming> spare_incoming_{kPartsKept};
  base::Spares<CallExtras> spare_extras_{kPartsKept};
  /// Those in use, and those that are kept for reuse: few, or as many as the last second has needed.
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> free_;
  /// The fewest that were free since trim_timer_ was armed.
  std::size_t least_free_ = 0;
  base::TimerOf<Shard, &Shard::on_trim> trim_timer_{*this};
  base::IntrusiveList<Call> orphans_;
  std::vector<Call*> to_unwind_;
  std::vector<Session*> to_start_;
  base::TimerOf<Shard, &Shard::on_drain_deadline> drain_timer_{*this};
  std::function<void()> on_drained_;
  std::minstd_rand random_;
  base::TimePoint log_window_{};
  unsigned logged_in_window_ = 0;
  bool draining_ = false;
  bool cancelling_ = false;
  bool told_drained_ = false;
};

}  // namespace farcall::server
