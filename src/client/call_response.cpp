// What a call receives: response headers, messages, and the flow-control window that it grants for them.

#include "client/call.hpp"
#include "client/session.hpp"
#include "rpc/method.hpp"

#include <utility>

namespace farcall::client {

using codegen::OpStep;

void Call::on_headers(const http2::event::Headers& event) {
  switch (event.kind) {
    case http2::event::HeadersKind::informational:
      response_.informational(event.end_stream);
      break;
    case http2::event::HeadersKind::initial:
      // The server has the call: from here on it must not be repeated.
      outbox_.commit();
      response_.headers(event.headers, event.end_stream, event.too_large);
      if (response_.has_headers()) complete(OpStep::headers);
      break;
    case http2::event::HeadersKind::trailers:
      response_.trailers(event.headers, event.too_large);
      break;
  }
  after_response(event.end_stream);
}

void Call::on_data(const http2::event::Data& event) {
  received_ += event.data.size();
  if (response_.data(event.data, event.end_stream) == protocol::ResponseReader::Payload::messages) {
    reader_.feed(event.data);
    pump();
    reader_.retain();
  } else {
    consumed_ = received_;
  }
  if (ended_) return;
  grant_window();
  after_response(event.end_stream);
}

void Call::after_response(bool peer_ended) {
  if (ended_ || !response_.done()) return;
  std::optional<http2::ErrorCode> reset;
  if (const std::optional<std::uint32_t> code = response_.reset_code()) {
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
  if (!status_.ok() || has_one_reply() || reader_.has_unread()) return;
  status_ = reader_.finish();
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
  while (has_one_reply() || reading_ || dropping_) {
    switch (reader_.next()) {
      case rpc::MessageReader::Next::need_more:
        return;
      case rpc::MessageReader::Next::failed:
        // After the end of the stream it was unread until now.
        if (ended_ && status_.ok()) status_ = reader_.failure();
        reading_ = reading_ && !ended_;
        return end(reader_.failure());
      case rpc::MessageReader::Next::message:
        if (!hand_out()) return;
        break;
    }
  }
}

bool Call::hand_out() {
  consumed_ += rpc::kPrefixSize + reader_.message().size();
  if (has_one_reply()) {
    if (slot_) {
      end(rpc::cardinality_status(rpc::CardinalityError::extra_response));
      return false;
    }
    slot_ = reader_.take();
  } else if (reading_) {
    reading_ = false;
    slot_ = reader_.take();
    complete(OpStep::read);
  }
  return true;
}

void Call::grant_window() {
  if (session_ == nullptr) return;
  // Somebody who waits for a message larger than the window must get all of it.
  const std::uint64_t wanted = has_one_reply() || reading_ || dropping_ ? received_ : consumed_;
  if (wanted <= released_) return;
  session_->release_window(stream_, static_cast<std::size_t>(wanted - released_));
  released_ = wanted;
}

}  // namespace farcall::client
