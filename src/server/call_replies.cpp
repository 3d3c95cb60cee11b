// What the handler of a call sends, and how a call ends for its peer.

#include "server/call.hpp"
#include "server/session.hpp"
#include "server/shard.hpp"

#include <stdexcept>
#include <utility>

namespace farcall::server {

namespace {

const Metadata& no_metadata() {
  // Never destroyed: a loop may still answer while the program ends.
  static const Metadata& none = *new Metadata();
  return none;
}

Status unserializable() {
  return Status::internal(
      "a reply could not be serialized: it lacks a required field, or is larger than 2 GiB");
}

}  // namespace

bool Call::write(Buffer reply) {
  return begin_write() && queue_reply(std::move(reply));
}

bool Call::write(std::span<const std::byte> reply) {
  if (!begin_write() || !send_headers()) return false;
  session_->touch();
  return session_->engine().send_small(stream_, reply, session_->send_room(), send_room_);
}

bool Call::begin_write() {
  if (!on_wire_) return false;
  if (writing_ != nullptr) throw std::logic_error("a write of this call is waiting already; one at a time");
  initial_closed_ = true;
  return true;
}

bool Call::queue_reply(Buffer reply) {
  if (reply.empty()) {
    fail(unserializable());
    return false;
  }
  if (!send_headers()) return false;
  session_->touch();
  return session_->engine().send_data(stream_, std::move(reply), false);
}

void Call::await_write(codegen::WriteWaiter& waiter) {
  if (on_wire_) writing_ = &waiter;
}

void Call::on_writable() {
  if (writing_ == nullptr) return;
  InUse guard(*this);
  std::exchange(writing_, nullptr)->on_writable();
}

void Call::send_initial_metadata() {
  initial_closed_ = true;
  flush_headers();
}

void Call::flush_headers() {
  if (on_wire_ && send_headers()) session_->touch();
}

bool Call::send_headers_now() {
  if (!shard_.answers().send_headers(session_->engine(), stream_, head_->content_type,
                                     extras_ ? extras_->initial : no_metadata())) {
    fail(Status::internal("the initial metadata is larger than the client accepts"));
    return false;
  }
  headers_sent_ = true;
  return true;
}

/// Nothing but a reply and OK is to be said, in a response whose headers were built once.
bool Call::is_plain() const {
  const bool has_metadata = extras_ && !(extras_->initial.empty() && extras_->trailing.empty());
  return !headers_sent_ && !has_metadata && head_->plain_headers != nullptr;
}

std::byte* Call::place_reply(std::size_t size) {
  if (extras_) extras_->on_cancelled = nullptr;  // as in `finish`
  // From the placing on nothing may reach the engine: what makes room for other messages would.
  if (!on_wire_ || !request_ended_ || assembly_under_way() || !is_plain()) return nullptr;
  std::byte* place = shard_.answers().place_plain(session_->engine(), stream_, *head_->plain_headers, size);
  if (place == nullptr) return nullptr;
  headers_sent_ = true;
  leave_wire();
  return place;
}

void Call::finish(Buffer reply) {
  if (!on_wire_) return;
  // The handler has returned, and what the callback refers to is gone.
  if (extras_) extras_->on_cancelled = nullptr;
  if (reply.empty()) {
    finish(unserializable());
    return;
  }
  if (is_plain() && shard_.answers().send_plain(session_->engine(), stream_, *head_->plain_headers, reply)) {
    headers_sent_ = true;
    leave_wire();
    return;
  }
  if (!send_headers()) return;
  // Nobody waits for room: the trailers follow the data, and the engine bounds how long they may take.
  static_cast<void>(session_->engine().send_data(stream_, std::move(reply), false));
  shard_.answers().send_trailers(session_->engine(), stream_, Status(),
                                 extras_ ? extras_->trailing : no_metadata());
  leave_wire();
}

void Call::finish(Status status) {
  if (!on_wire_) return;
  if (extras_) extras_->on_cancelled = nullptr;
  http2::Connection& engine = session_->engine();
  const Metadata& trailing = extras_ ? extras_->trailing : no_metadata();
  if (!headers_sent_ && (!extras_ || extras_->initial.empty())) {
    shard_.answers().send_trailers_only(engine, stream_, head_->content_type, status, trailing);
  } else {
    if (!send_headers()) return;
    shard_.answers().send_trailers(engine, stream_, status, trailing);
  }
  leave_wire();
}

/// The call ends because of what the peer sent, or for the server's own reasons, while the handler may be
/// anywhere: what that has said in metadata is left out (a blocking handler may be changing it).
void Call::fail(const Status& status) {
  if (!on_wire_) return;
  InUse guard(*this);
  send_status(status);
  leave_wire();
  cancel_handler();
}

/// Without the handler's metadata: see `fail`.
void Call::send_status(const Status& status) {
  http2::Connection& engine = session_->engine();
  if (headers_sent_) {
    shard_.answers().send_trailers(engine, stream_, status, no_metadata());
  } else {
    shard_.answers().send_trailers_only(engine, stream_, head_->content_type, status, no_metadata());
  }
}

/// From here on the peer hears nothing of this call any more.
void Call::leave_wire() {
  on_wire_ = false;
  if (send_room_ != nullptr) session_->engine().end_lending();
  if (extras_) extras_->cancel();
  if (assembly_under_way()) session_->assembly_ends(*incoming_);
  // The client has not half-closed, but nobody needs the rest of what it sends.
  if (!request_ended_) session_->engine().stop_reading(stream_, false);
  session_->forget(stream_);
  session_->touch();
}

}  // namespace farcall::server
