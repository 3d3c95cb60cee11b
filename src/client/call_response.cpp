// What a call receives: response headers, messages, and the flow-control window that it grants for them.

#include "client/call.hpp"
#include "client/channel_core.hpp"
#include "client/session.hpp"
#include "rpc/method.hpp"

#include <utility>

namespace farcall::client {

using codegen::OpStep;

Incoming& Call::incoming() {
  if (!incoming_) {
    incoming_ = std::make_unique<Incoming>(subtype(), max_receive_message_size_);
  }
  return *incoming_;
}

bool Call::keep_reply(base::ByteView data) {
  if (ended_ || incoming_ || !has_one_reply() || !end_sent_) return false;
  const std::optional<base::ByteView> message = rpc::only_message(data, max_receive_message_size_);
  if (!message) return false;
  message_.hold_copy(*message);
  return true;
}

void Call::end_with_reply() {
  has_reply_ = true;
  status_given_ = waiters_[index(OpStep::reply)] != nullptr || waiters_[index(OpStep::finish)] != nullptr;
  ended_.store(true, std::memory_order_release);
  session_ = nullptr;
  leave(std::nullopt);
}

void Call::on_headers(const http2::event::Headers& event) {
  protocol::ResponseReader& response = incoming().response;
  switch (event.kind) {
    case http2::event::HeadersKind::informational:
      response.informational(event.end_stream);
      break;
    case http2::event::HeadersKind::initial:
      // The server has the call: from here on it must not be repeated.
      outbox_.commit();
      message_.clear();
      response.headers(event.headers, event.end_stream, event.too_large);
      if (response.has_headers()) complete(OpStep::headers);
      break;
    case http2::event::HeadersKind::trailers:
      response.trailers(event.headers, event.too_large);
      break;
  }
  after_response(event.end_stream);
}

void Call::on_data(const http2::event::Data& event) {
  Incoming& in = incoming();
  in.received += event.data.size();
  if (in.response.data(event.data, event.end_stream) == protocol::ResponseReader::Payload::messages) {
    in.reader.feed(event.data, &core_->loop().read_buffer());
    pump();
    in.reader.retain();
  } else {
    in.consumed = in.received;
  }
  if (ended_) return;
  grant_window();
  after_response(event.end_stream);
}

void Call::after_response(bool peer_ended) {
  if (ended_ || !incoming_->response.done()) return;
  std::optional<http2::ErrorCode> reset;
  if (const std::optional<std::uint32_t> code = incoming_->response.reset_code()) {
    reset = static_cast<http2::ErrorCode>(*code);
  } else if (!peer_ended) {
    reset = http2::ErrorCode::cancel;
  } else if (!end_sent_ || session_->queued(stream_) > 0) {
    // The server does not need the rest of what we send (RFC 9113 §8.1).
    reset = http2::ErrorCode::no_error;
  }
  conclude(reset);
}

void Call::check_tail() {
  // Unread messages may hide a truncated one; whoever reads or drops them looks again.
  if (!status_.ok() || has_one_reply() || incoming().reader.has_unread()) return;
  status_ = incoming().reader.finish();
}

bool Call::try_read() {
  if (slot_ || dropping_) return true;
  reading_ = true;
  pump();
  if (!reading_) {
    grant_window();
    return true;
  }
  if (ended_) {
    reading_ = false;
    check_tail();
    return true;
  }
  grant_window();
  return false;
}

bool Call::try_finish() {
  if (!has_one_reply()) {
    dropping_ = true;
    pump();
    if (ended_) check_tail();
    grant_window();
  }
  close_sending();
  status_given_ = ended_;
  return ended_;
}

void Call::pump() {
  rpc::MessageReader& reader = incoming().reader;
  while (has_one_reply() || reading_ || dropping_) {
    switch (reader.next()) {
      case rpc::MessageReader::Next::need_more:
        return;
      case rpc::MessageReader::Next::failed:
        // After the end of the stream it was unread until now.
        if (ended_ && status_.ok()) status_ = reader.failure();
        reading_ = reading_ && !ended_;
        return end(reader.failure());
      case rpc::MessageReader::Next::message:
        if (!hand_out()) return;
        break;
    }
  }
}

bool Call::hand_out() {
  rpc::MessageReader& reader = incoming_->reader;
  incoming_->consumed += rpc::kPrefixSize + reader.view().size();
  if (has_one_reply()) {
    if (has_reply_) {
      end(rpc::cardinality_status(rpc::CardinalityError::extra_response));
      return false;
    }
    has_reply_ = true;
    if (!reader.view().is_whole()) {
      incoming_->reply = reader.take_pieces();
    } else if (reader.view().size() <= codegen::MessageRoom::kInside) {
      message_.hold_copy(reader.message());
    } else {
      message_.hold(reader.take());
    }
  } else if (reading_) {
    reading_ = false;
    slot_ = reader.take();
    complete(OpStep::read);
  }
  return true;
}

void Call::grant_window() {
  if (session_ == nullptr || !incoming_) return;
  Incoming& in = *incoming_;
  // Somebody who waits for a message larger than the window must get all of it.
  const std::uint64_t wanted = has_one_reply() || reading_ || dropping_ ? in.received : in.consumed;
  if (wanted <= in.released) return;
  session_->release_window(stream_, static_cast<std::size_t>(wanted - in.released));
  in.released = wanted;
}

}  // namespace farcall::client
