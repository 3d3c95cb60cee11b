#include "net/connection_driver.hpp"

#include <exception>
#include <optional>
#include <span>
#include <utility>

namespace farcall::net {
namespace {

/// Events cause output, and output events, so a turn's end may take several rounds of both, each of which
/// writes at most 256 KiB. More than these wait for the next turn, so that other connections have theirs.
constexpr int kMostRounds = 8;

/// Reads of one turn, each of which must have filled the buffer for another one to follow: what a sender has
/// much of is answered (windows, above all) once for all of them, and other connections have their turns.
constexpr int kMostReads = 8;

}  // namespace

ConnectionDriver::ConnectionDriver(Loop& loop, std::unique_ptr<ByteStream> stream, http2::Role role,
                                   std::shared_ptr<const http2::Config> config, ConnectionObserver& observer)
    : loop_(loop),
      stream_(std::move(stream)),
      peer_(std::make_shared<const std::string>(stream_->peer())),
      observer_(observer),
      engine_(role, std::move(config), loop.now()) {
  stream_->set_observer(*this);
}

ConnectionDriver::~ConnectionDriver() {
  stream_->close();
}

void ConnectionDriver::start() {
  started_ = true;
  touch();
}

void ConnectionDriver::abort(std::string_view reason) {
  if (phase_ == Phase::broken || phase_ == Phase::closed) return;
  guarded([&] { break_off(reason); });
  touch();
}

void ConnectionDriver::on_readable() {
  reading_ = false;
  touch();
  // With replies waiting for room nothing is read; the turn's end asks again.
  if (phase_ == Phase::open && !engine_.wants_input()) return;
  guarded([this] {
    for (int reads = 0; reads < kMostReads && receive(); ++reads) {
    }
  });
}

void ConnectionDriver::on_writable() {
  blocked_ = false;
  touch();
}

void ConnectionDriver::on_timer(base::TimePoint now) {
  touch();
  if (phase_ == Phase::flushing || phase_ == Phase::lingering) {
    if (now >= linger_until_) phase_ = Phase::broken;
    return;
  }
  guarded([&] {
    if (engine_.next_deadline() <= now) engine_.on_deadline(now);
  });
}

void ConnectionDriver::at_turn_end() {
  if (!started_ || phase_ == Phase::closed) return;
  if (phase_ != Phase::broken) guarded([this] { pump(); });
  if (phase_ == Phase::broken) {
    guarded([this] { deliver_events(); });
    return finish();
  }
  wait_for_more();
}

/// An exception out of the engine or the observer ends this connection, and no other.
template <class Step>
void ConnectionDriver::guarded(Step step) {
  if (engine_lost_) return;
  try {
    step();
  } catch (const std::exception& error) {
    engine_lost_ = true;
    loop_.log(LogLevel::error, "the connection with " + peer() + " was closed: " + error.what());
  } catch (...) {
    engine_lost_ = true;
    loop_.log(LogLevel::error, "the connection with " + peer() + " was closed: an unknown exception");
  }
  if (engine_lost_) phase_ = Phase::broken;
}

/// True if there is probably more.
bool ConnectionDriver::receive() {
  const std::span<std::byte> buffer = loop_.read_buffer().space();
  const IoResult result = stream_->read(buffer);
  switch (result.outcome) {
    case IoOutcome::done:
      // Once the engine is done, what the peer still sends is read only to be forgotten.
      if (phase_ != Phase::open) return false;
      engine_.receive(buffer.first(result.bytes), loop_.now());
      deliver_events();  // their views die with the buffer's content
      return result.bytes == buffer.size() && phase_ == Phase::open && engine_.wants_input();
    case IoOutcome::would_block:
      return false;
    case IoOutcome::end:
      break_off("the peer closed the connection");
      return false;
    case IoOutcome::failed:
      break_off(result.error.message());
      return false;
  }
  return false;
}

/// Nothing is left to deliver, and nothing to write unless `blocked_`.
inline void ConnectionDriver::close_when_done() {
  if (!blocked_ && (phase_ != Phase::open || engine_.drained())) begin_to_close();
}

/// Events, output, events that the output causes, and so on until neither is left or the transport is full.
void ConnectionDriver::pump() {
  flushed_ = false;
  for (int round = 0; round < kMostRounds; ++round) {
    const bool had_events = deliver_events();
    if (phase_ == Phase::broken) return;
    // Only events tell of the engine's end, and the first round must look for what happened before.
    if ((had_events || round == 0) && phase_ == Phase::open && engine_.closed()) {
      phase_ = Phase::flushing;
      linger_until_ = loop_.now() + kLinger;
    }
    // When the last round has written all there was, only an event can have brought about more.
    const bool has_written = (had_events || !flushed_) && write_output();
    if (phase_ == Phase::broken) return;
    if (has_written || (had_events && !blocked_)) continue;
    if (phase_ != Phase::open) return close_when_done();
    deadline_ = engine_.next_deadline();
    if (deadline_ > loop_.now()) return close_when_done();
    engine_.on_deadline(loop_.now());
    flushed_ = false;
  }
  if (phase_ == Phase::open) deadline_ = engine_.next_deadline();
  pause_writing();
}

/// False when there was none.
bool ConnectionDriver::deliver_events() {
  bool had_any = false;
  while (http2::Event* event = engine_.poll_event()) {
    had_any = true;
    observer_.on_event(*event);
  }
  if (had_any) observer_.on_events_end();
  return had_any;
}

/// True when output was cut, whether or not all of it could be written: there may be more of it, or events
/// that it caused.
bool ConnectionDriver::write_output() {
  if (blocked_) return false;
  const std::span<base::ByteView> gather = loop_.gather_buffer();
  const std::size_t count = engine_.poll_output(gather);
  if (count == 0) return false;
  const std::span<const base::ByteView> pieces = gather.first(count);
  const IoResult result = stream_->write(pieces);
  if (result.outcome == IoOutcome::failed) {
    break_off(result.error.message());
    return false;
  }
  std::size_t total = pieces.front().size();
  for (const base::ByteView& piece : pieces.subspan(1)) total += piece.size();
  if (result.outcome == IoOutcome::done) engine_.consumed(result.bytes);
  // The rest of what was cut earlier says nothing of what has been waiting behind it.
  const bool was_rest = std::exchange(rest_waits_, result.bytes < total);
  if (rest_waits_) pause_writing();
  flushed_ = !was_rest && !rest_waits_ && total < http2::Connection::kOutputBatch && count < gather.size();
  return true;
}

void ConnectionDriver::pause_writing() {
  blocked_ = true;
  stream_->wait_writable();
}

void ConnectionDriver::begin_to_close() {
  if (phase_ == Phase::open) {
    engine_.transport_closed("the connection was drained");
    deliver_events();
    // The observer may have aborted it meanwhile.
    if (phase_ != Phase::open) return;
    phase_ = Phase::flushing;
    linger_until_ = loop_.now() + kLinger;
  }
  if (phase_ == Phase::flushing) {
    phase_ = Phase::lingering;
    stream_->shutdown_send();
  }
}

/// The transport is of no more use: the engine closes its streams, which the turn's end delivers.
void ConnectionDriver::break_off(std::string_view reason) {
  phase_ = Phase::broken;
  stream_->close();
  engine_.transport_closed(reason);
}

void ConnectionDriver::wait_for_more() {
  if (!reading_ && (phase_ != Phase::open || engine_.wants_input())) {
    reading_ = true;
    stream_->wait_readable();
  }
  const base::TimePoint wanted = phase_ == Phase::open ? deadline_ : linger_until_;
  // One that fires too early only looks again, so the timer is never moved to a later time.
  if (wanted != base::kNever && (!timer_.armed() || wanted < timer_.deadline())) {
    loop_.timers().schedule(timer_, wanted);
  }
}

void ConnectionDriver::finish() {
  phase_ = Phase::closed;
  timer_.cancel();
  stream_->close();
  observer_.on_closed();  // may destroy the driver
}

}  // namespace farcall::net
