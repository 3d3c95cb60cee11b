#include "http2/core.hpp"

#include "http2/frame/writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace farcall::http2 {
namespace {

base::Duration keepalive_time(Role role, const Config& config) {
  if (config.keepalive_time) return *config.keepalive_time;
  return role == Role::server ? kServerKeepaliveTime : base::Duration::max();
}

base::Duration if_server(Role role, base::Duration duration) {
  return role == Role::server ? duration : base::Duration::max();
}

}  // namespace

Core::Core(Role its_role, std::shared_ptr<const Config> its_config, base::TimePoint start)
    : shared_config_(std::move(its_config)),
      role(its_role),
      config(*shared_config_),
      now(start),
      timers(config.limits),
      next_own_stream(config.first_stream_id),
      budgets(config.limits),
      keepalive(keepalive_time(role, config), config.keepalive_timeout, start),
      bdp(config.tune_windows, config.initial_window_size, config.max_window_size),
      handshake_deadline(config.limits.handshake_timeout),
      drain_deadline(config.limits.drain_timeout),
      idle_deadline(if_server(role, config.max_connection_idle)),
      age_deadline(if_server(role, config.max_connection_age)),
      grace_deadline(config.max_connection_age_grace) {
  decoder.set_max_string_length(config.limits.max_header_list_size);
  handshake_deadline.start(now);
  idle_deadline.start(now);
  age_deadline.start(now);
  rest_deadline.start(now);
  send_preface();
}

void Core::send_preface() {
  if (!is_server()) output.append(base::as_bytes(kPreface));
  announce({config.header_table_size, config.initial_window_size, config.max_frame_size});
  // The connection's window is not a setting: it starts at 65,535 and grows by WINDOW_UPDATE (RFC 9113
  // §6.9.2).
  if (std::uint32_t increment = receive_window.enlarge(config.initial_window_size); increment > 0) {
    send_window_update(0, increment);
  }
}

/// Sends what differs from what the peer knows.
void Core::announce(const ReceiveSettings& settings) {
  std::array<Setting, 6> entries;
  std::size_t used = 0;
  auto add = [&](SettingId id, std::uint32_t value) { entries[used++] = {id, value}; };
  const ReceiveSettings& known = local.announced();
  const bool first = !peer.received && !local.pending();
  if (first && !is_server()) add(SettingId::enable_push, 0);
  if (first && is_server()) add(SettingId::max_concurrent_streams, limits().max_concurrent_streams);
  if (settings.header_table_size != known.header_table_size) {
    add(SettingId::header_table_size, settings.header_table_size);
  }
  if (settings.initial_window_size != known.initial_window_size) {
    add(SettingId::initial_window_size, settings.initial_window_size);
  }
  if (settings.max_frame_size != known.max_frame_size)
    add(SettingId::max_frame_size, settings.max_frame_size);
  if (first) add(SettingId::max_header_list_size, static_cast<std::uint32_t>(limits().max_header_list_size));
  write::settings(output.building(), std::span(entries).first(used));
  local.announce(settings, now);
}

void Core::send_window_update(std::uint32_t stream_id, std::uint32_t increment) {
  write::window_update(output.building(), StreamId(stream_id), increment);
}

/// The end of the only stream starts no probe: nothing would follow to be measured, and peers judge pings
/// without calls (gRFC A8).
void Core::return_window(std::uint32_t length, bool end_stream) {
  if (std::uint32_t increment = receive_window.give_back(length); increment > 0)
    send_window_update(0, increment);
  const bool more_may_follow = !end_stream || streams.size() > 1;
  if (bdp.on_data(length, more_may_follow, now)) write::ping(output.building(), kBdpPing, false);
}

Phase Core::phase_of(std::uint32_t id, const Stream* stream) const {
  if (stream != nullptr) return stream->state.phase();
  const bool of_peer = StreamId(id).is_of_client() == is_server();
  // A server opens no streams, so those of its side stay idle for ever.
  const std::uint32_t used = of_peer ? highest_peer_stream : (is_server() ? 0 : next_own_stream - 1);
  if (id > used) return Phase::idle;
  // Opened after our last GOAWAY had said that nobody would look at it.
  if (of_peer && id > go_away.last_served()) return Phase::reset_by_us;
  // Below the first id that a client was told to use none was ever opened; they count as skipped.
  return closed_streams.find(id);
}

bool Core::can_open_stream() const {
  return !is_server() && !closed && !go_away.started() && next_own_stream <= StreamId::kLargest &&
         streams.size() < peer.max_concurrent_streams;
}

void Core::close(ErrorCode code, Initiator initiator, std::string_view reason) {
  if (closed) return;
  closed = true;
  streams.for_each([&](Stream& stream) {
    // A request whose last byte has not left cannot have been acted on.
    bool never_left = !is_server() && output.consumed_total() < stream.headers_position;
    events.push(event::StreamClosed{stream.key, false, code, initiator, true, never_left});
    forget(stream, Phase::reset_by_us);
  });
  if (initiator == Initiator::local) {
    write::go_away(output.building(), StreamId(go_away.finish(highest_peer_stream)), code, reason);
  }
  events.push(event::ConnectionClosed{code, initiator, std::string(reason)});
}

void Core::drain(std::string_view debug_data) {
  if (closed || go_away.sent() != GoAway::Sent::nothing) return;
  go_away.warn(debug_data);
  if (!is_server()) {
    write::go_away(output.building(), StreamId(go_away.finish(0)), ErrorCode::no_error, debug_data);
    return;
  }
  write::go_away(output.building(), StreamId(StreamId::kLargest), ErrorCode::no_error, debug_data);
  write::ping(output.building(), kDrainPing, false);
  drain_deadline.start();
}

void Core::finish_drain() {
  if (closed || go_away.sent() != GoAway::Sent::warning) return;
  drain_deadline.stop();
  std::uint32_t last = go_away.finish(highest_peer_stream);
  write::go_away(output.building(), StreamId(last), ErrorCode::no_error, go_away.debug());
}

bool Core::count_glitch(std::string_view token) {
  if (!closed && !budgets.glitches.take(now)) fail(ErrorCode::enhance_your_calm, token);
  return !closed;
}

bool Core::admit_reply(std::string_view token) {
  if (closed) return false;
  if (output.replies() >= limits().reply_queue_max) {
    fail(ErrorCode::enhance_your_calm, token);
    return false;
  }
  output.count_reply();
  return true;
}

void Core::take_back_room() {
  const std::size_t written = std::exchange(lent.room, nullptr)->take_back();
  if (written == 0) return;
  queued += written;
  lent.stream->send.grow(written);
  scheduler.add(*lent.stream);
}

void Core::forget(Stream& stream, Phase how) {
  if (lent.stream == &stream) end_lending();
  queued -= stream.send.bytes();
  if (stream.send.has_trailers()) header_pool.give(stream.send.take_trailers());
  budgets.tiny_data_debt -= stream.receive.write_off();
  windows_lent -= stream.receive.lent();
  closed_streams.add(stream.id, how);
  streams.erase(stream);
  if (streams.size() == 0) {
    idle_deadline.start();
    rest_deadline.start();
  }
  if (streams_wanted) offer_streams();
}

void Core::offer_streams() {
  if (!streams_wanted || !can_open_stream()) return;
  streams_wanted = false;
  events.push(event::StreamsAvailable{});
}

void Core::trim() {
  output.trim();
  events.trim();
  header_pool.trim();
  streams.trim();
  headers_memo.trim();
  trailers_memo.trim();
  std::vector<std::byte>().swap(block);
  spare = Buffer();
  decoder.trim();
}

void Core::close_clean(Stream& stream, Phase how) {
  events.push(event::StreamClosed{stream.key, true, ErrorCode::no_error, Initiator::peer, false, false});
  forget(stream, how);
}

void Core::reset(Stream& stream, ErrorCode code) {
  const std::uint32_t id = stream.id;
  events.push(event::StreamClosed{stream.key, false, code, Initiator::local, false, false});
  forget(stream, Phase::reset_by_us);
  send_provoked_reset(id, code);
}

void Core::send_provoked_reset(std::uint32_t id, ErrorCode code) {
  if (!count_glitch() || !admit_reply(token::kTooManyGlitches)) return;
  write::rst_stream(output.building(), StreamId(id), code);
}

void Core::finish_swallowing(Stream& stream) {
  if (stream.linger && stream.swallowed < limits().linger_bytes) {
    timers.watch_lingering(stream);
    return;
  }
  write::rst_stream(output.building(), StreamId(stream.id), ErrorCode::no_error);
  close_clean(stream, Phase::reset_by_us);
}

}  // namespace farcall::http2
