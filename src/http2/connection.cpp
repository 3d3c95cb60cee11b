#include "http2/connection.hpp"

#include "http2/core.hpp"
#include "http2/frame/writer.hpp"
#include "http2/receiver.hpp"
#include "http2/sender.hpp"
#include "http2/timekeeper.hpp"

#include <utility>

namespace farcall::http2 {
namespace {

/// Replies and header sections built and not handed out beyond which nothing more is read: a peer that asks
/// and never reads the answers meets TCP's back-pressure, not our memory.
constexpr std::size_t kBacklog = 256 * 1024;

}  // namespace

/// All of a connection, in one piece of memory.
struct Connection::Parts {
  Parts(Role role, std::shared_ptr<const Config> config, base::TimePoint now)
      : core(role, std::move(config), now), sender(core), receiver(core), timekeeper(core) {}

  /// For mutators: what is lent comes back first.
  [[nodiscard]] Sender& sending() {
    core.end_lending();
    return sender;
  }

  Core core;
  Sender sender;
  Receiver receiver;
  Timekeeper timekeeper;
};

Connection::Connection(Role role, std::shared_ptr<const Config> config, base::TimePoint now)
    : parts_(std::make_unique<Parts>(role, std::move(config), now)) {}

Connection::~Connection() = default;

bool Connection::closed() const {
  return parts_->core.closed;
}

bool Connection::draining() const {
  return parts_->core.go_away.started();
}

bool Connection::drained() const {
  const Core& core = parts_->core;
  return core.go_away.started() && core.go_away.sent() != GoAway::Sent::warning && core.streams.size() == 0 &&
         core.output.empty();
}

bool Connection::handshake_complete() const {
  return parts_->core.peer.received;
}

bool Connection::wants_input() const {
  const Core& core = parts_->core;
  return !core.closed && core.output.replies() < core.limits().reply_queue && core.output.built() < kBacklog;
}

std::size_t Connection::open_streams() const {
  return parts_->core.streams.size();
}

bool Connection::can_open_stream() const {
  Core& core = parts_->core;
  if (core.can_open_stream()) return true;
  core.streams_wanted = !core.is_server();
  return false;
}

std::size_t Connection::queued(StreamKey key) const {
  parts_->core.end_lending();
  const Stream* stream = parts_->core.streams.find(key);
  return stream != nullptr ? stream->send.bytes() : 0;
}

std::size_t Connection::peer_max_header_list_size() const {
  return parts_->core.peer.max_header_list_size;
}

void Connection::receive(base::ByteView bytes, base::TimePoint now) {
  if (parts_->core.closed || bytes.empty()) return;
  parts_->core.end_lending();
  parts_->timekeeper.observe(now);
  parts_->core.keepalive.on_read(now);
  if (parts_->core.rest_deadline.at() == base::kNever) parts_->core.rest_deadline.start(now);
  parts_->receiver.receive(bytes);
}

void Connection::on_deadline(base::TimePoint now) {
  if (parts_->core.closed) return;
  parts_->core.end_lending();
  parts_->timekeeper.on_deadline(now);
  if (parts_->timekeeper.is_time_to_rest()) {
    parts_->core.trim();
    parts_->receiver.trim();
  }
}

void Connection::transport_closed(std::string_view reason) {
  parts_->core.close(ErrorCode::no_error, Initiator::peer, reason);
}

std::optional<StreamKey> Connection::open_stream(const http::HeaderMap& headers, bool end_stream) {
  return parts_->sending().open_stream(headers, end_stream);
}

std::optional<StreamKey> Connection::send_request(const http::HeaderMap& headers, base::ByteView message) {
  return parts_->sending().send_request(headers, message);
}

void Connection::send_headers(StreamKey stream, const http::HeaderMap& headers, bool end_stream) {
  parts_->sending().send_headers(stream, headers, end_stream);
}

bool Connection::send_data(StreamKey stream, Buffer data, bool end_stream) {
  return parts_->sending().send_data(stream, std::move(data), end_stream);
}

bool Connection::send_data(StreamKey stream, base::ByteView data, bool end_stream) {
  return parts_->sending().send_data(stream, data, end_stream);
}

bool Connection::send_small(StreamKey stream, base::ByteView data, codegen::SendRoom& room,
                            codegen::SendRoom*& holder) {
  return parts_->sending().send_small(stream, data, room, holder);
}

void Connection::end_lending() {
  parts_->core.end_lending();
}

void Connection::send_trailers(StreamKey stream, const http::HeaderMap& trailers) {
  parts_->sending().send_trailers(stream, trailers);
}

void Connection::send_response(StreamKey stream, const http::HeaderMap& headers, Buffer message,
                               const http::HeaderMap& trailers) {
  parts_->sending().send_response(stream, headers, std::move(message), trailers);
}

std::byte* Connection::place_response(StreamKey stream, const http::HeaderMap& headers, std::size_t size,
                                      const http::HeaderMap& trailers) {
  return parts_->sending().place_response(stream, headers, size, trailers);
}

void Connection::reset(StreamKey stream, ErrorCode code) {
  parts_->sending().reset(stream, code);
}

void Connection::stop_reading(StreamKey stream, bool linger) {
  parts_->sending().stop_reading(stream, linger);
}

void Connection::release_window(StreamKey stream, std::size_t bytes) {
  parts_->sending().release_window(stream, bytes);
}

void Connection::ping(std::uint64_t payload) {
  Core& core = parts_->core;
  if (!core.closed && core.pings.add(payload)) write::ping(core.output.building(), payload, false);
}

void Connection::drain(std::string_view debug_data) {
  parts_->core.drain(debug_data);
}

void Connection::fail(ErrorCode code, std::string_view debug_data) {
  parts_->core.fail(code, debug_data);
}

void Connection::handler_returned() {
  parts_->core.budgets.resets.give_back();
}

void Connection::recycle(http::HeaderMap&& headers) {
  parts_->core.header_pool.give(std::move(headers));
}

Event* Connection::poll_event() {
  return parts_->core.events.next();
}

std::size_t Connection::poll_output(std::span<base::ByteView> gather) {
  parts_->core.end_lending();
  Output& output = parts_->core.output;
  if (output.in_flight() == 0) {
    if (!parts_->core.closed) parts_->sender.fill_output();
    if (output.built() == 0) return 0;
    output.seal();
  }
  return output.gather(gather);
}

void Connection::consumed(std::size_t bytes) {
  parts_->core.output.consume(bytes);
}

base::TimePoint Connection::next_deadline() const {
  return parts_->timekeeper.next_deadline();
}

}  // namespace farcall::http2
