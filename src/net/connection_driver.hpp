#pragma once

#include "http2/connection.hpp"
#include "net/byte_stream.hpp"
#include "net/loop.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace farcall::net {

/// What a session on a connection hears: the server's or the client's. Loop's thread. Must not throw.
class ConnectionObserver {
 public:
  /// In order. May call any mutator of the engine, `touch` and `abort`; views in the event die when this
  /// returns. May take parts out of the event by moving. Must not destroy the driver.
  virtual void on_event(http2::Event& event) = 0;
  /// All events of one read were given, and those of one turn's end. Must not destroy the driver.
  virtual void on_events_end() {}
  /// The transport is closed and the driver will do nothing more. The last call, always at a turn's end; the
  /// observer may destroy the driver in it.
  virtual void on_closed() = 0;

 protected:
  ~ConnectionObserver() = default;
};

/// Moves bytes between one engine and one transport: a turn reads once into the loop's buffer, gives all
/// events to the observer, and writes once (gathered) at the end of the turn, however many calls were
/// touched. While the engine wants no input (its replies have not gone out) nothing is read, so that the peer
/// feels the back-pressure.
///
/// When the engine has closed the connection, or has drained it, the driver flushes what is left (the
/// GOAWAY), shuts down sending and reads to the peer's end for at most one second, so that the GOAWAY is not
/// lost to a reset (lingering close). The second covers the flush too. When the transport ends or fails, the
/// engine first closes every stream by events.
///
/// Belongs to the loop's thread, where it is also destroyed: in `on_closed` or at any time outside of its own
/// calls to the observer. Destroying it closes the transport, and the observer hears nothing more. Should
/// memory run out in the engine, the log says so and `on_closed` comes without the events that would tell of
/// each stream.
class ConnectionDriver final : private TurnEndHook, private ReadinessObserver {
 public:
  /// How long a connection that is over waits for its peer to notice.
  static constexpr base::Duration kLinger = std::chrono::seconds(1);

  ConnectionDriver(Loop& loop, std::unique_ptr<ByteStream> stream, http2::Role role,
                   std::shared_ptr<const http2::Config> config, ConnectionObserver& observer);
  ConnectionDriver(Loop& loop, std::unique_ptr<ByteStream> stream, http2::Role role,
                   const http2::Config& config, ConnectionObserver& observer)
      : ConnectionDriver(loop, std::move(stream), role, std::make_shared<const http2::Config>(config),
                         observer) {}
  ConnectionDriver(const ConnectionDriver&) = delete;
  ConnectionDriver& operator=(const ConnectionDriver&) = delete;
  ~ConnectionDriver();

  /// Begins to read. The preface and SETTINGS go out with the first turn's end.
  void start();
  [[nodiscard]] http2::Connection& engine() { return engine_; }
  [[nodiscard]] Loop& loop() { return loop_; }
  /// ByteStream::peer, kept after the transport is closed.
  [[nodiscard]] const std::string& peer() const { return *peer_; }
  /// The same for whoever may outlive the driver.
  [[nodiscard]] const std::shared_ptr<const std::string>& shared_peer() const { return peer_; }
  /// To be called after any mutator outside of on_event: delivers events that it caused and writes at the
  /// turn's end. Idempotent, cheap; nothing happens after `on_closed`.
  void touch() { loop_.at_turn_end(*this); }
  /// Closes the transport now, without GOAWAY; at the turn's end every open stream is closed by events, then
  /// on_closed. Idempotent. A lingering connection is closed at once too.
  void abort(std::string_view reason);

 private:
  enum class Phase : std::uint8_t {
    open,
    flushing,   // the engine is done; what it left is being written
    lingering,  // all is written and our side is shut down; reading to the peer's end
    broken,  // the transport is closed; the events that this causes, then on_closed, come at the turn's end
    closed,
  };

  void on_readable() override;
  void on_writable() override;
  void at_turn_end() override;
  void on_timer(base::TimePoint now);

  template <class Step>
  void guarded(Step step);
  bool receive();
  void pump();
  bool deliver_events();
  bool write_output();
  void pause_writing();
  void close_when_done();
  void begin_to_close();
  void break_off(std::string_view reason);
  void wait_for_more();
  void finish();

  Loop& loop_;
  std::unique_ptr<ByteStream> stream_;
  std::shared_ptr<const std::string> peer_;
  ConnectionObserver& observer_;
  http2::Connection engine_;
  base::TimerOf<ConnectionDriver, &ConnectionDriver::on_timer> timer_{*this};
  base::TimePoint deadline_ = base::kNever;  // the engine's, as of the last turn's end
  base::TimePoint linger_until_ = base::kNever;
  Phase phase_ = Phase::open;
  bool started_ = false;
  bool reading_ = false;  // a wait for input is pending
  /// In this round of the turn's end all output was written.
  bool flushed_ = false;
  /// The transport has taken only a part of what was cut.
  bool rest_waits_ = false;
  bool blocked_ = false;      // a wait for room is pending
  bool engine_lost_ = false;  // it has thrown, and may only be destroyed
};

}  // namespace farcall::net
