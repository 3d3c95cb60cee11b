#include "client/session.hpp"

#include "protocol/grpc_client.hpp"

#include <utility>
#include <variant>

namespace farcall::client {

Session::Session(net::Loop& loop, std::unique_ptr<net::ByteStream> stream, const http2::Config& config,
                 SessionObserver& observer)
    : observer_(observer),
      next_stream_id_(config.first_stream_id),
      driver_(loop, std::move(stream), http2::Role::client, config, *this) {}

std::string Session::reason() const {
  std::string text = "the connection to " + driver_.peer();
  return reason_.empty() ? text + " was lost" : text + " was lost: " + reason_;
}

bool Session::open(Call& call) {
  http2::Connection& engine = driver_.engine();
  if (!ready_ || draining_) return false;
  if (in_events_) {
    opening_waits_ = true;
    return false;
  }
  if (!engine.can_open_stream()) return false;
  if (next_stream_id_ > kLastStreamId) {
    engine.drain();
    driver_.touch();
    leave(false);
    return false;
  }
  const http::HeaderMap* headers = headers_for(call);
  if (headers == nullptr) return true;
  const base::ByteView request = call.whole_request();
  const std::optional<http2::StreamKey> stream =
      request.empty() ? engine.open_stream(*headers, false) : engine.send_request(*headers, request);
  if (!stream) return false;
  next_stream_id_ += 2;
  if (stream->index >= entries_.size()) entries_.resize(stream->index + 1);
  entries_[stream->index] = Entry{*stream, &call};
  driver_.touch();
  call.opened(*this, *stream);
  return true;
}

/// Null, and the call has ended, if it cannot be sent.
const http::HeaderMap* Session::headers_for(Call& call) {
  const http::HeaderMap* headers = call.is_plain() ? requests_.find(call.path()) : nullptr;
  if (headers == nullptr) {
    protocol::RequestInfo info;
    if (!call.describe(info)) return nullptr;
    protocol::request_headers(headers_, info);
    if (call.is_plain()) requests_.learn(call.path(), headers_);
    headers = &headers_;
  }
  const std::size_t most = driver_.engine().peer_max_header_list_size();
  if (headers->list_size() <= most) return headers;
  call.end(Status::internal("the call's headers are larger than the server accepts: " +
                            std::to_string(headers->list_size()) + " of " + std::to_string(most) + " bytes"));
  return nullptr;
}

bool Session::send(http2::StreamKey stream, Buffer message, bool end_stream) {
  driver_.touch();
  return driver_.engine().send_data(stream, std::move(message), end_stream);
}

void Session::release_window(http2::StreamKey stream, std::size_t bytes) {
  driver_.engine().release_window(stream, bytes);
  driver_.touch();
}

void Session::forget(http2::StreamKey stream, std::optional<http2::ErrorCode> reset) {
  if (stream.index < entries_.size() && entries_[stream.index].stream == stream)
    entries_[stream.index].call = nullptr;
  if (!reset) return;
  driver_.engine().reset(stream, *reset);
  driver_.touch();
}

void Session::shut_down(const Status& status) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (entries_[i].call == nullptr) continue;
    const codegen::Ref<Call> call = codegen::Ref<Call>::to(*entries_[i].call);
    call->end(status);
  }
  for (Lost& lost : std::exchange(lost_, {})) lost.call->end(status);
  driver_.engine().fail(http2::ErrorCode::no_error, {});
  driver_.touch();
}

codegen::Ref<Call> Session::call_on(http2::StreamKey stream) const {
  if (stream.index >= entries_.size()) return {};
  const Entry& entry = entries_[stream.index];
  if (entry.call == nullptr || !(entry.stream == stream)) return {};
  return codegen::Ref<Call>::to(*entry.call);
}

codegen::Ref<Call> Session::take_call(http2::StreamKey stream) {
  codegen::Ref<Call> call = call_on(stream);
  if (call) entries_[stream.index].call = nullptr;
  return call;
}

void Session::on_event(http2::Event& event) {
  in_events_ = true;
  std::visit([this](auto& which) { on(which); }, event);
}

void Session::on_events_end() {
  in_events_ = false;
  if (std::exchange(opening_waits_, false)) observer_.on_streams_available(*this);
  observer_.on_session_events_end();
}

void Session::on(http2::event::Headers& event) {
  if (!std::exchange(was_of_use_, true)) observer_.on_session_of_use();
  if (const codegen::Ref<Call> call = call_on(event.stream)) call->on_headers(event);
  driver_.engine().recycle(std::move(event.headers));
}

void Session::on(const http2::event::Data& event) {
  if (const codegen::Ref<Call> call = call_on(event.stream)) call->on_data(event);
}

void Session::on(http2::event::Response& event) {
  if (!std::exchange(was_of_use_, true)) observer_.on_session_of_use();
  if (take_response(event)) return;
  // What it stands for, in that order.
  using http2::event::HeadersKind;
  http2::event::Headers headers{
      event.stream, event.stream_id, HeadersKind::initial, false, false, std::move(event.headers), {}};
  on(headers);
  on(http2::event::Data{event.stream, event.data, false});
  http2::event::Headers trailers{
      event.stream, event.stream_id, HeadersKind::trailers, true, false, std::move(event.trailers), {}};
  on(trailers);
  on(http2::event::StreamClosed{event.stream});
}

/// A call that goes well is over in one step.
bool Session::take_response(const http2::event::Response& event) {
  if (event.stream.index >= entries_.size()) return false;
  Entry& entry = entries_[event.stream.index];
  Call* call = entry.call;
  if (call == nullptr || !(entry.stream == event.stream)) return false;
  if (!responses_.is_plain_success(event.headers, event.trailers, call->subtype())) return false;
  if (!call->keep_reply(event.data)) return false;
  entry.call = nullptr;
  call->end_with_reply();  // it may be gone
  return true;
}

void Session::on(const http2::event::Writable& event) {
  if (const codegen::Ref<Call> call = call_on(event.stream)) call->on_writable();
}

void Session::on(const http2::event::StreamClosed& event) {
  codegen::Ref<Call> call = take_call(event.stream);
  if (!call) return;
  if (event.connection_lost) {
    // The reason follows.
    lost_.push_back(Lost{std::move(call), event.unprocessed});
  } else {
    call->on_stream_closed(event);
  }
}

void Session::on(const http2::event::StreamsAvailable&) {
  observer_.on_streams_available(*this);
}

void Session::on(const http2::event::SettingsReceived& event) {
  if (!event.first) return;
  ready_ = true;
  observer_.on_session_ready(*this);
}

void Session::on(const http2::event::GoAwayReceived& event) {
  reason_ = "the server sent GOAWAY " + std::string(http2::name(event.code));
  if (!event.debug_data.empty()) reason_ += " (" + event.debug_data + ")";
  leave(event.code == http2::ErrorCode::enhance_your_calm && event.debug_data == http2::token::kTooManyPings);
}

void Session::on(const http2::event::ConnectionClosed& event) {
  if (reason_.empty() || event.initiator == http2::Initiator::local) reason_ = event.reason;
  leave(false);
  tell_lost_calls();
}

void Session::leave(bool too_many_pings) {
  if (!std::exchange(draining_, true)) observer_.on_session_draining(*this, too_many_pings);
}

void Session::on_closed() {
  // An exception may have cost the engine, and with it the events that would have said all this.
  leave(false);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (const codegen::Ref<Call> call = take_call(entries_[i].stream))
      call->on_connection_lost(reason(), false);
  }
  tell_lost_calls();
  observer_.on_session_closed(*this);
}

void Session::tell_lost_calls() {
  const std::string text = lost_.empty() ? std::string() : reason();
  for (const Lost& lost : std::exchange(lost_, {})) lost.call->on_connection_lost(text, lost.unprocessed);
}

}  // namespace farcall::client
