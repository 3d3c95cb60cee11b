#pragma once

#include "base/intrusive_list.hpp"
#include "base/time.hpp"
#include "base/timer_wheel.hpp"
#include "client/backoff.hpp"
#include "client/call.hpp"
#include "client/channel_setup.hpp"
#include "client/connectivity.hpp"
#include "client/dialer.hpp"
#include "client/session.hpp"
#include "client/state_wait.hpp"
#include "http2/connection.hpp"
#include "net/loop.hpp"

#include <farcall/channel.hpp>
#include <farcall/op.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::client {

/// What a Channel is on one loop: the calls that wait, the connection, and the state between them.
///
///   idle ── a call ──> connecting ── SETTINGS ──> ready ── GOAWAY, loss, no calls for long ──> idle
///                          │ ^
///                 failure  v │ a call that waits, once the backoff is over
///                    transient_failure ── the backoff is over, nobody waits ──> idle
///
/// Calls and the public Channel share it. Everything belongs to the loop's thread except what says otherwise.
class ChannelCore final : private SessionObserver, private DialObserver {
 public:
  ChannelCore(net::Loop& loop, std::shared_ptr<const ChannelSetup> setup,
              std::shared_ptr<Connectivity> connectivity);
  ChannelCore(const ChannelCore&) = delete;
  ChannelCore& operator=(const ChannelCore&) = delete;
  ~ChannelCore();

  /// Its number in the Connectivity. Before anything else is done with it.
  void join(std::size_t number) { number_ = number; }

  // Any thread.

  /// The whole channel's, as it was told to those who wait for it.
  [[nodiscard]] ConnectivityState state() const { return connectivity_->state(); }
  [[nodiscard]] const ChannelSetup& setup() const { return *setup_; }

  /// Whether this is the loop's thread, and the channel's state may be touched. False once the channel is
  /// closed: there is nothing left to protect then but the single calls, by `ended_mutex`.
  [[nodiscard]] bool on_loop() const {
    return phase_.load(std::memory_order_acquire) != Phase::closed && net::Loop::current() == loop_;
  }
  /// Only to be compared once the channel is closed.
  [[nodiscard]] net::Loop& loop() const { return *loop_; }
  /// Whether waiting for the loop on this thread would be waiting for itself.
  [[nodiscard]] bool runs_here();
  /// Hands `job` to the loop. False, and `job` stays, once the channel is closed: all calls have ended then.
  [[nodiscard]] bool post(std::unique_ptr<net::Job>& job);
  [[nodiscard]] std::mutex& ended_mutex() { return ended_mutex_; }
  /// New calls are not taken any more.
  [[nodiscard]] bool closing() const { return phase_.load(std::memory_order_acquire) != Phase::open; }
  /// Ends all calls and the connections; the future is for when that is done. Idempotent.
  static std::shared_future<void> begin_close(const std::shared_ptr<ChannelCore>& core);
  /// Connects, if it is idle.
  static void leave_idle(const std::shared_ptr<ChannelCore>& core);
  /// The channel's state may be another one by the doing of another core.
  static void look_at_connectivity(const std::shared_ptr<ChannelCore>& core);

  // For calls; loop's thread.

  /// From when on a call is under way until it has ended; a channel without any becomes idle.
  void call_begins() { ++calls_; }
  void call_ends();
  /// Gives the call a stream, lets it wait for one, or ends it.
  void route(Call& call);
  /// `Call::deliver` will be called, soon and from no other call's code.
  void has_completed(codegen::Ref<Call> call);
  /// Whether there is a later turn for that; otherwise the channel's end tells those who are left.
  [[nodiscard]] bool delivers() const { return deliverer_ != nullptr; }
  /// For the texts of statuses: "a connection to ...".
  [[nodiscard]] std::string what_calls_wait_for() const;

  /// For state waits; loop's thread. They stay until they end.
  void add(StateWait& wait) { state_waits_.push_back(wait); }

 private:
  enum class Phase : std::uint8_t {
    open,
    closing,  // Channel's destructor has begun; the loop does the rest
    closed,   // nothing of this is touched by the loop any more
  };
  class CloseJob;
  class FinishJob;
  class MemberJob;
  class Delivery;

  /// Tells waiters at the end of the turn, when nobody else has done it before.
  class Deliverer final : public net::TurnEndHook {
   public:
    explicit Deliverer(ChannelCore& core) : core_(core) {}

   private:
    void at_turn_end() override { core_.deliver(); }

    ChannelCore& core_;
  };

  void on_dialed(std::unique_ptr<net::ByteStream> stream) override;
  void on_dial_failed(std::string reason) override;
  void on_session_ready(Session& session) override;
  void on_session_of_use() override;
  void on_streams_available(Session& session) override;
  void on_session_draining(Session& session, bool too_many_pings) override;
  void on_session_events_end() override { deliver(); }
  void on_session_closed(Session& session) override;

  void enter(ConnectivityState state);
  void publish();
  void tell_state_waits();
  void connect();
  void connect_if_idle();
  void attempt_failed(const std::string& reason);
  void leave_session();
  void open_waiting_calls();
  void on_connect_timeout(base::TimePoint now);
  void on_backoff_over(base::TimePoint now);
  void begin_idle_time();
  void on_idle_timeout(base::TimePoint now);
  void deliver();
  /// Whether nobody is left to be told.
  [[nodiscard]] bool has_told_all() const {
    return telling_.empty() && completed_.empty() && unpublished_.empty();
  }
  [[nodiscard]] http2::Config engine_config() const;

  void shut_down();
  void finish();

  net::Loop* const loop_;
  const std::shared_ptr<const ChannelSetup> setup_;
  const std::shared_ptr<Connectivity> connectivity_;
  std::size_t number_ = 0;

  ConnectivityState state_;
  /// States that were entered and that nobody was told of yet, in order.
  std::vector<ConnectivityState> unpublished_;
  base::IntrusiveList<StateWait> state_waits_;

  std::atomic<Phase> phase_{Phase::open};
  /// Guards the way to the loop against the channel's end. Recursive: a loop that has stopped destroys a job
  /// in `post`, which may tell someone who posts another.
  std::recursive_mutex post_mutex_;
  std::vector<std::unique_ptr<net::Job>> late_jobs_;  // posted while closing
  std::shared_future<void> closed_;                   // valid from `closing` on
  /// Serializes what threads do to calls that have ended, once no loop does.
  std::mutex ended_mutex_;

  base::IntrusiveList<Call> waiting_;
  std::vector<codegen::Ref<Call>> completed_;
  std::vector<codegen::Ref<Call>> telling_;  // empty between deliveries, unless somebody has thrown
  std::unique_ptr<Deliverer> deliverer_;
  bool delivering_ = false;

  std::unique_ptr<Dialer> dialer_;
  /// Connecting (its SETTINGS awaited) or ready.
  std::unique_ptr<Session> session_;
  /// Left, with calls that go on or with a last word to say.
  std::vector<std::unique_ptr<Session>> former_sessions_;
  base::Duration keepalive_time_;
  Backoff backoff_;
  std::minstd_rand random_;
  base::TimePoint next_attempt_{};  // not earlier, if the current one fails
  Status last_failure_;
  unsigned useless_sessions_ = 0;  // in a row
  std::size_t calls_ = 0;          // under way
  base::TimePoint last_use_{};     // when the last one ended, or the connection was made
  base::TimerOf<ChannelCore, &ChannelCore::on_connect_timeout> connect_timer_{*this};
  base::TimerOf<ChannelCore, &ChannelCore::on_backoff_over> backoff_timer_{*this};
  /// Armed for a moment at or before that at which it is to become idle.
  base::TimerOf<ChannelCore, &ChannelCore::on_idle_timeout> idle_timer_{*this};
};

}  // namespace farcall::client
