// How requests reach the handler of a call, and how much of them the client may send.

#include "rpc/method.hpp"
#include "server/call.hpp"
#include "server/session.hpp"
#include "server/shard.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace farcall::server {

void Call::on_data(const http2::event::Data& data) {
  InUse guard(*this);
  request_ended_ |= data.end_stream;
  owed_ += data.data.size();
  if (!data.data.empty()) incoming().reader.feed(data.data, &shard_.loop().read_buffer());
  if (stage_ == Stage::receiving) {
    receive_request();
  } else {
    deliver();
  }
  // What nobody has asked for yet has to outlive the received bytes; it is bounded by the stream's window.
  if (incoming_ && on_wire_) incoming_->reader.retain();
}

Incoming& Call::make_incoming() {
  incoming_ = shard_.take_incoming();
  incoming_->belong_to(*this);
  return *incoming_;
}

void Call::forget_incoming() noexcept {
  shard_.give_back(std::move(incoming_));
}

void Incoming::on_room() {
  call_->on_room();
}

void Incoming::on_stalled() {
  call_->on_stalled();
}

/// Trailers of a request carry nothing for gRPC but the end.
void Call::on_request_end() {
  InUse guard(*this);
  request_ended_ = true;
  if (stage_ == Stage::receiving) {
    receive_request();
  } else {
    deliver();
  }
}

/// Exactly one message, and the end of the stream behind it: then the handler begins, which may well read the
/// message where it lies among the received bytes.
void Call::receive_request() {
  rpc::MessageReader& reader = incoming().reader;
  if (has_request_ && reader.has_unread())
    return fail(rpc::cardinality_status(rpc::CardinalityError::extra_request));
  if (!has_request_) {
    switch (reader.next()) {
      case rpc::MessageReader::Next::failed:
        return fail(reader.failure());
      case rpc::MessageReader::Next::need_more: {
        if (!request_ended_) return ask_for_more();
        Status status = reader.finish();
        if (status.ok()) status = rpc::cardinality_status(rpc::CardinalityError::no_request);
        return fail(status);
      }
      case rpc::MessageReader::Next::message:
        break;
    }
    if (reader.has_unread()) return fail(rpc::cardinality_status(rpc::CardinalityError::extra_request));
    if (request_ended_) {
      if (assembly_under_way()) session_->assembly_ends(*incoming_);
      return start_or_queue(reader.view());
    }
    incoming_->request = reader.take_pieces();
    has_request_ = true;
  }
  // It goes on counting against the budget until the end of the stream shows that it is a request.
  if (!request_ended_) return ask_for_more();
  if (assembly_under_way()) session_->assembly_ends(*incoming_);
  start_or_queue(incoming_->request.view());
}

codegen::ReadOutcome Call::read(std::span<const std::byte>& message) {
  if (!on_wire_) return codegen::ReadOutcome::cancelled;
  if (reading_ != nullptr) throw std::logic_error("a read of this call is waiting already; one at a time");
  return next_request(message);
}

codegen::ReadOutcome Call::next_request(std::span<const std::byte>& message) {
  if (!incoming_) return request_ended_ ? codegen::ReadOutcome::end : codegen::ReadOutcome::pending;
  rpc::MessageReader& reader = incoming_->reader;
  switch (reader.next()) {
    case rpc::MessageReader::Next::message:
      message = reader.message();
      if (assembly_under_way()) session_->assembly_ends(*incoming_);
      release(std::min(owed_, rpc::kPrefixSize + message.size()));
      return codegen::ReadOutcome::message;
    case rpc::MessageReader::Next::failed:
      fail(reader.failure());
      return codegen::ReadOutcome::cancelled;
    case rpc::MessageReader::Next::need_more:
      break;
  }
  if (!request_ended_) return codegen::ReadOutcome::pending;
  Status status = reader.finish();
  if (status.ok()) {
    forget_incoming();
    return codegen::ReadOutcome::end;
  }
  fail(status);
  return codegen::ReadOutcome::cancelled;
}

void Call::await_read(codegen::ReadWaiter& waiter) {
  if (!on_wire_) return;
  reading_ = &waiter;
  ask_for_more();
}

/// What there is of a message stays where it is, and goes on counting against the budget.
void Call::forget_reader() noexcept {
  reading_ = nullptr;
  if (assembly_under_way()) session_->assembly_pauses(*incoming_);
}

void Call::deliver() {
  if (reading_ == nullptr) return;
  std::span<const std::byte> message;
  switch (next_request(message)) {
    case codegen::ReadOutcome::message:
      std::exchange(reading_, nullptr)->on_message(message);
      break;
    case codegen::ReadOutcome::end:
      std::exchange(reading_, nullptr)->on_end();
      break;
    case codegen::ReadOutcome::pending:
      ask_for_more();
      break;
    case codegen::ReadOutcome::cancelled:
      break;
  }
}

/// Somebody waits for a message that is not complete: the client may send its rest, however small the window
/// is, as far as the connection's budget for such messages goes.
void Call::ask_for_more() {
  if (incoming_) {
    const std::size_t held = incoming_->held();
    if (held > 0 && !session_->assembly_grows(*incoming_, held)) return;
    if (held == 0 && incoming_->reader.idle()) forget_incoming();
  }
  release(owed_);
}

void Call::release(std::size_t bytes) {
  owed_ -= bytes;
  if (bytes == 0 || request_ended_) return;
  session_->engine().release_window(stream_, bytes);
  session_->touch();
}

void Call::on_stalled() {
  // Closed at once, not gently as after an early answer: whoever hoards gets no more credit for it.
  give_up(Status::resource_exhausted("a request message did not arrive as a whole in time"));
}

}  // namespace farcall::server
