#pragma once

#include "base/intrusive_list.hpp"
#include "base/timer_wheel.hpp"
#include "http2/connection.hpp"
#include "net/connection_driver.hpp"
#include "server/assembly_budget.hpp"
#include "server/call.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace farcall::server {

class Shard;

/// One connection: gives the engine's events to the calls they belong to, answers what does not become a
/// call, and keeps the connection's books: who runs, who waits for a free handler, what incomplete messages
/// hold.
///
/// Handlers in progress are bounded, those of reset calls that have not ended included: a peer that opens and
/// resets streams in a loop gets no more of them than one that behaves, and what is reset while it waits is
/// never run.
class Session final : private net::ConnectionObserver {
 public:
  Session(Shard& shard, std::unique_ptr<net::ByteStream> stream, std::shared_ptr<const http2::Config> config);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  void start() { driver_.start(); }
  /// Takes no new calls, and closes when those under way have ended.
  void drain();
  /// Cancels all calls and closes.
  void cancel_all();
  /// Starts those that wait, as far as the quota allows.
  void start_queued();

  // For calls.
  [[nodiscard]] http2::Connection& engine() { return driver_.engine(); }
  /// For the engine to lend to one of the calls.
  [[nodiscard]] codegen::SendRoom& send_room() { return send_room_; }
  [[nodiscard]] const std::shared_ptr<const std::string>& peer() const { return driver_.shared_peer(); }
  void touch() { driver_.touch(); }
  [[nodiscard]] bool has_free_handler() const { return running_ < quota_ && queue_.empty(); }
  void enqueue(Call& call) {
    queue_.push_back(call);
    ++queued_;
  }
  void leave_queue(Call& call) {
    call.unlink();
    --queued_;
  }
  void handler_begins() { ++running_; }
  /// Its call is over for the peer, but its handler is not.
  void add_zombie(Call& call) { zombies_.push_back(call); }
  void handler_returned() {
    --running_;
    engine().handler_returned();
    if (!queue_.empty()) start_queued_later();
  }
  /// The stream is none of the call's any more: its end is sent, or it was reset.
  void forget(http2::StreamKey stream) { calls_[stream.index] = nullptr; }

  /// As AssemblyBudget has them.
  [[nodiscard]] bool assembly_grows(Assembly& assembly, std::size_t held);
  void assembly_pauses(Assembly& assembly) noexcept;
  void assembly_ends(Assembly& assembly);

 private:
  friend class Shard;

  void on_event(http2::Event& event) override;
  void on_closed() override;

  void on_headers(http2::event::Headers& headers);
  void on_data(const http2::event::Data& data);
  void start_queued_later();
  void on_stall_check(base::TimePoint now);
  [[nodiscard]] Call* find(http2::StreamKey stream) const;

  Shard& shard_;
  codegen::SendRoom send_room_;
  net::ConnectionDriver driver_;
  /// By StreamKey::index; null where a stream has no call, or none any more.
  std::vector<Call*> calls_;
  base::IntrusiveList<Call> queue_;
  base::IntrusiveList<Call> zombies_;
  std::size_t queued_ = 0;
  std::size_t running_ = 0;
  std::size_t quota_;
  AssemblyBudget assembly_;
  base::TimerOf<Session, &Session::on_stall_check> stall_timer_{*this};
  /// Its place among the shard's sessions.
  std::size_t place_ = 0;
  bool start_is_due_ = false;
};

}  // namespace farcall::server
