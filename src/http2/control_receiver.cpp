#include "http2/control_receiver.hpp"

#include "http2/frame/writer.hpp"

#include <algorithm>
#include <string>

namespace farcall::http2 {

/// RFC 9113 §5.3.2: parsed and ignored. It costs the peer nothing to send, so it is counted.
void ControlReceiver::priority(StreamId stream, base::ByteView payload) {
  if (StreamId(base::load_u32(payload.data())) == stream) {  // RFC 7540 §5.3.1
    core_.fail(ErrorCode::protocol_error, "stream depends on itself");
    return;
  }
  core_.count_glitch();
}

void ControlReceiver::rst_stream(StreamId id, base::ByteView payload) {
  Stream* stream = core_.streams.find_id(id.value());
  const Verdict verdict = judge(core_.phase_of(id.value(), stream), Received::rst_stream);
  if (verdict.action == Verdict::Action::connection_error) {
    core_.fail(verdict.code, "RST_STREAM on an idle stream");
    return;
  }
  // What a server can reset is bounded by what we open: refusals, and answers that need no more of the
  // request.
  const bool abusable = core_.is_server() || stream == nullptr;
  if (abusable && !core_.budgets.resets.take(core_.now)) {
    core_.fail(ErrorCode::enhance_your_calm, token::kTooManyResets);
    return;
  }
  if (stream == nullptr) return;
  const auto code = static_cast<ErrorCode>(base::load_u32(payload.data()));
  event::StreamClosed closed;
  closed.stream = stream->key;
  // The peer has said all, and needs no more of what we have to say (§8.1).
  closed.clean = code == ErrorCode::no_error && !stream->state.can_receive();
  closed.code = code;
  closed.unprocessed = code == ErrorCode::refused_stream;  // §8.7
  core_.events.push(closed);
  core_.forget(*stream, Phase::reset_by_peer);
}

void ControlReceiver::settings(base::ByteView payload) {
  if (!core_.budgets.settings.take(core_.now) && !core_.count_glitch(token::kTooManySettings)) return;
  const bool first = !core_.peer.received;
  if (first) {
    // Not named means unlimited (§6.5.2); until now we only assumed a limit.
    core_.peer.max_concurrent_streams = UINT32_MAX;
    core_.peer.received = true;
    core_.handshake_deadline.stop();
  }
  for (; !payload.empty(); payload = payload.subspan(6)) {
    if (!apply(parse_setting(payload.data()))) return;
  }
  if (!core_.admit_reply(token::kTooManySettings)) return;
  write::settings_ack(core_.output.building());
  core_.events.push(event::SettingsReceived{first});
  core_.offer_streams();
}

/// RFC 9113 §6.5.3: in the order in which they come. False if the connection has failed.
bool ControlReceiver::apply(const Setting& setting) {
  if (auto fault = validate(setting, !core_.is_server())) {
    core_.fail(fault->code, fault->reason);
    return false;
  }
  switch (setting.id) {
    case SettingId::header_table_size:
      core_.encoder.set_peer_table_limit(setting.value);
      core_.headers_memo.forget();
      core_.trailers_memo.forget();
      break;
    case SettingId::max_concurrent_streams:
      core_.peer.max_concurrent_streams = setting.value;
      break;
    case SettingId::initial_window_size:
      return change_windows(setting.value);
    case SettingId::max_frame_size:
      core_.peer.max_frame_size = setting.value;
      break;
    case SettingId::max_header_list_size:
      core_.peer.max_header_list_size = setting.value;
      break;
    default:
      break;
  }
  return true;
}

/// RFC 9113 §6.9.2: the windows of all streams change by the difference, also below zero.
bool ControlReceiver::change_windows(std::uint32_t initial_window_size) {
  const std::int64_t by = std::int64_t{initial_window_size} - core_.peer.initial_window_size;
  core_.peer.initial_window_size = initial_window_size;
  if (by == 0) return true;
  bool fits = true;
  core_.streams.for_each([&](Stream& stream) {
    if (!stream.window.change(by)) {
      fits = false;
    } else if (stream.send.pending()) {
      core_.scheduler.add(stream);
    }
  });
  if (!fits) core_.fail(ErrorCode::flow_control_error, "SETTINGS_INITIAL_WINDOW_SIZE overflows a window");
  return fits;
}

void ControlReceiver::settings_ack() {
  const ReceiveSettings before = core_.local.in_force();
  if (!core_.local.acknowledge()) {
    core_.fail(ErrorCode::protocol_error, "acknowledgement of SETTINGS that were not sent");
    return;
  }
  const ReceiveSettings& now = core_.local.in_force();
  if (now.header_table_size != before.header_table_size) core_.decoder.set_table_limit(now.header_table_size);
  const std::int64_t by = std::int64_t{now.initial_window_size} - before.initial_window_size;
  if (by == 0) return;
  core_.streams.for_each([&](Stream& stream) { stream.receive.window().change_target(by); });
}

void ControlReceiver::ping(base::ByteView payload) {
  const bool server = core_.is_server();
  if (server && !core_.ping_judge.admit(core_.now, core_.streams.size() > 0, core_.limits())) {
    core_.fail(ErrorCode::enhance_your_calm, token::kTooManyPings);
    return;
  }
  // A server measures a client's bandwidth with pings, but only where data flows.
  if (!server && core_.ping_judge.unprovoked() && !core_.count_glitch(token::kTooManyPings)) return;
  const std::uint64_t opaque =
      std::uint64_t{base::load_u32(payload.data())} << 32 | base::load_u32(payload.data() + 4);
  if (core_.admit_reply(token::kTooManyPings)) write::ping(core_.output.building(), opaque, true);
}

void ControlReceiver::ping_ack(base::ByteView payload) {
  const std::uint64_t opaque =
      std::uint64_t{base::load_u32(payload.data())} << 32 | base::load_u32(payload.data() + 4);
  if (opaque == kBdpPing && core_.bdp.waiting()) {
    core_.bdp.on_ack(core_.now);
    grow_connection_window(core_.bdp.window());
  } else if (opaque == kDrainPing && core_.go_away.sent() == GoAway::Sent::warning) {
    core_.finish_drain();
  } else if (core_.pings.settle(opaque)) {
    core_.events.push(event::PingAcknowledged{opaque});
  } else if (opaque != kKeepalivePing && opaque != kDrainPing) {
    core_.count_glitch();
  }
}

/// The path takes more than the connection's window lets through: `window` is what it deserves. Streams get
/// theirs one by one (Sender::release_window).
void ControlReceiver::grow_connection_window(std::uint32_t window) {
  const std::uint32_t increment = core_.receive_window.enlarge(window);
  if (increment > 0) core_.send_window_update(0, increment);
}

void ControlReceiver::go_away(base::ByteView payload) {
  const StreamId last(base::load_u32(payload.data()));
  const auto code = static_cast<ErrorCode>(base::load_u32(payload.data() + 4));
  const bool again = core_.go_away.received();
  if (!core_.is_server() && !last.is_connection() && !last.is_of_client()) {
    core_.fail(ErrorCode::protocol_error, "GOAWAY names a stream that is not ours");
    return;
  }
  if (!core_.go_away.receive(last.value())) {  // §6.8
    core_.fail(ErrorCode::protocol_error, "GOAWAY with a higher id than before");
    return;
  }
  if (again && !core_.count_glitch()) return;
  core_.events.push(
      event::GoAwayReceived{last.value(), code, std::string(base::as_text(payload.subspan(8)))});
  if (core_.is_server()) return;
  core_.streams.for_each([&](Stream& stream) {
    if (stream.id <= last.value()) return;
    core_.events.push(event::StreamClosed{stream.key, false, code, Initiator::peer, false, true});
    core_.forget(stream, Phase::reset_by_us);
  });
}

void ControlReceiver::window_update(StreamId id, base::ByteView payload) {
  const Limits& limits = core_.limits();
  const Budgets& budgets = core_.budgets;
  const std::uint64_t allowed = limits.window_updates_base +
                                limits.window_updates_per_stream * budgets.streams_opened +
                                limits.window_updates_per_data * budgets.data_frames_sent;
  if (++core_.budgets.window_updates > allowed) {
    core_.fail(ErrorCode::enhance_your_calm, token::kWindowUpdateFlood);
    return;
  }
  const std::uint32_t increment = base::load_u32(payload.data()) & StreamId::kLargest;
  if (increment == 0) {  // §6.9; of the connection also on a stream: no sender does it by accident
    core_.fail(ErrorCode::protocol_error, "WINDOW_UPDATE of 0");
    return;
  }
  if (id.is_connection()) {
    widen_connection(increment);
    return;
  }
  Stream* stream = core_.streams.find_id(id.value());
  const Verdict verdict = judge(core_.phase_of(id.value(), stream), Received::window_update);
  if (verdict.action == Verdict::Action::connection_error) {
    core_.fail(verdict.code, "WINDOW_UPDATE on an idle stream");
  } else if (stream != nullptr) {
    widen_stream(*stream, increment);
  }
}

void ControlReceiver::widen_connection(std::uint32_t increment) {
  if (!core_.send_window.change(increment)) {  // §6.9.1
    core_.fail(ErrorCode::flow_control_error, "WINDOW_UPDATE overflows the connection's window");
  }
}

void ControlReceiver::widen_stream(Stream& stream, std::uint32_t increment) {
  if (!stream.window.change(increment)) {  // §6.9.1
    core_.reset(stream, ErrorCode::flow_control_error);
  } else if (stream.send.pending()) {
    core_.scheduler.add(stream);
  }
}

void ControlReceiver::unknown() {
  if (core_.budgets.unknown_frames > 0) {
    --core_.budgets.unknown_frames;
  } else {
    core_.count_glitch();
  }
}

}  // namespace farcall::http2
