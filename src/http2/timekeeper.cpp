#include "http2/timekeeper.hpp"

#include "http2/frame/writer.hpp"

#include <algorithm>

namespace farcall::http2 {

void Timekeeper::observe(base::TimePoint now) {
  core_.now = now;
  core_.timers.date(now);
  core_.drain_deadline.date(now);
  core_.idle_deadline.date(now);
  core_.rest_deadline.date(now);
}

void Timekeeper::on_deadline(base::TimePoint now) {
  observe(now);
  if (!core_.closed) check_handshake();
  if (!core_.closed) check_keepalive();
  if (!core_.closed) check_end_of_life();
  if (!core_.closed) check_streams();
}

void Timekeeper::check_handshake() {
  if (core_.handshake_deadline.pass(core_.now)) {
    core_.fail(ErrorCode::settings_timeout, token::kHandshakeTimeout);
  } else if (core_.local.pending() && core_.now - core_.local.pending_since() >=
                                          core_.limits().settings_ack_timeout) {  // RFC 9113 §6.5.3
    core_.fail(ErrorCode::settings_timeout, token::kSettingsTimeout);
  }
}

void Timekeeper::check_keepalive() {
  const bool may_ping = core_.is_server() || core_.config.keepalive_without_calls || core_.streams.size() > 0;
  switch (core_.keepalive.on_deadline(core_.now, may_ping)) {
    case Keepalive::Action::none:
      break;
    case Keepalive::Action::ping:
      write::ping(core_.output.building(), kKeepalivePing, false);
      break;
    case Keepalive::Action::give_up:
      core_.fail(ErrorCode::no_error, token::kKeepaliveTimeout);
      break;
  }
}

void Timekeeper::check_end_of_life() {
  if (core_.age_deadline.pass(core_.now)) {
    core_.drain(token::kMaxAge);
    core_.grace_deadline.start(core_.now);
  }
  if (core_.idle_deadline.pass(core_.now) && core_.streams.size() == 0) core_.drain(token::kMaxIdle);
  core_.drain_deadline.date(core_.now);
  if (core_.drain_deadline.pass(core_.now)) core_.finish_drain();
  if (core_.grace_deadline.pass(core_.now)) core_.fail(ErrorCode::no_error, token::kMaxAge);
}

void Timekeeper::check_streams() {
  while (!core_.closed) {
    Stream* stream = core_.timers.pop_stalled(core_.now);
    if (stream == nullptr) break;
    core_.reset(*stream, ErrorCode::cancel);
  }
  while (!core_.closed) {
    Stream* stream = core_.timers.pop_lingering(core_.now);
    if (stream == nullptr) break;
    stream->linger = false;
    core_.finish_swallowing(*stream);
  }
}

/// Reading does not move the deadline, which so costs a busy connection next to nothing.
bool Timekeeper::is_time_to_rest() {
  if (core_.closed || !core_.rest_deadline.pass(core_.now)) return false;
  const base::TimePoint last_read = core_.keepalive.last_read();
  if (core_.now - last_read >= Core::kRestAfter) return true;
  core_.rest_deadline.start(last_read);
  return false;
}

base::TimePoint Timekeeper::next_deadline() const {
  if (core_.closed) return base::kNever;
  if (core_.timers.undated() || core_.drain_deadline.undated() || core_.idle_deadline.undated() ||
      core_.rest_deadline.undated())
    return core_.now;
  // One after the other: a list of them would be laid down in memory first, once for every wake-up.
  base::TimePoint next = std::min(core_.handshake_deadline.at(), core_.keepalive.deadline());
  next = std::min(next, core_.drain_deadline.at());
  next = std::min(next, core_.idle_deadline.at());
  next = std::min(next, core_.age_deadline.at());
  next = std::min(next, core_.grace_deadline.at());
  next = std::min(next, core_.rest_deadline.at());
  next = std::min(next, core_.timers.deadline());
  if (core_.local.pending()) {
    next = std::min(next, core_.local.pending_since() + core_.limits().settings_ack_timeout);
  }
  return next;
}

}  // namespace farcall::http2
