#include "testing/scripted_peer.hpp"

#include <algorithm>

namespace farcall::testing {
namespace {

std::vector<std::pair<Setting, std::uint32_t>> entries(std::string_view payload) {
  std::vector<std::pair<Setting, std::uint32_t>> out;
  for (; payload.size() >= 6; payload.remove_prefix(6)) {
    const std::byte* at = base::as_bytes(payload).data();
    auto id = static_cast<Setting>(std::to_integer<unsigned>(at[0]) << 8 | std::to_integer<unsigned>(at[1]));
    out.emplace_back(id, base::load_u32(at + 2));
  }
  return out;
}

}  // namespace

ScriptedPeer::ScriptedPeer(bool engine_is_client) : engine_is_client_(engine_is_client) {
  if (engine_is_client) reader_.expect_preface();
}

void ScriptedPeer::says(const FrameScript& script) {
  for (const FrameScript::Piece& piece : script.pieces()) {
    if (!piece.is_raw) note(piece);
  }
}

void ScriptedPeer::hears(base::ByteView bytes, std::vector<Frame>& out) {
  reader_.feed(bytes);
  while (std::optional<Frame> frame = reader_.next()) {
    on_frame(*frame);
    out.push_back(std::move(*frame));
  }
}

std::int64_t ScriptedPeer::stream_credit(std::uint32_t stream) const {
  auto found = streams_.find(stream);
  std::int64_t initial = engine_setting(Setting::initial_window_size, kDefaultWindow);
  return initial + (found == streams_.end() ? 0 : found->second.our_window_delta);
}

std::uint32_t ScriptedPeer::engine_setting(Setting id, std::uint32_t otherwise) const {
  auto found = engine_settings_.find(id);
  return found == engine_settings_.end() ? otherwise : found->second;
}

void ScriptedPeer::on_frame(const Frame& frame) {
  if (first_frame_) {
    require(frame.type == FrameType::settings && !frame.ack(), frame,
            "SETTINGS must come first (RFC 9113 §3.4)");
    first_frame_ = false;
  }
  switch (frame.type) {
    case FrameType::settings:
      return on_settings(frame);
    case FrameType::data:
      return on_data(frame);
    case FrameType::headers:
      return on_headers(frame);
    case FrameType::window_update:
      return on_window_update(frame);
    case FrameType::go_away:
      return on_go_away(frame);
    case FrameType::rst_stream: {
      Stream& stream = streams_[frame.stream];
      require(!stream.reset, frame, "a stream is reset once");
      stream.reset = true;
      return;
    }
    default:
      return;
  }
}

void ScriptedPeer::on_settings(const Frame& frame) {
  if (!frame.ack()) {
    for (const auto& [id, value] : entries(frame.payload)) engine_settings_[id] = value;
    return;
  }
  require(!unacknowledged_.empty(), frame, "acknowledges SETTINGS that were not sent (RFC 9113 §6.5.3)");
  apply(unacknowledged_.front());
  unacknowledged_.pop_front();
}

void ScriptedPeer::apply(const Settings& settings) {
  for (const auto& [id, value] : settings) {
    if (id == Setting::initial_window_size) engine_initial_window_ = value;
    if (id == Setting::max_frame_size) reader_.set_max_frame_size(value);
    if (id == Setting::header_table_size) reader_.set_table_limit(value);
  }
}

void ScriptedPeer::on_data(const Frame& frame) {
  Stream& stream = streams_[frame.stream];
  require(stream.headers_seen, frame, "DATA before HEADERS (RFC 9113 §8.1)");
  require(!stream.ended, frame, "DATA after END_STREAM (RFC 9113 §5.1)");
  require(!stream.reset, frame, "DATA after RST_STREAM (RFC 9113 §5.1)");
  auto size = static_cast<std::int64_t>(frame.payload.size());
  engine_connection_window_ -= size;
  stream.engine_window_delta -= size;
  if (size > 0) {
    require(engine_connection_window_ >= 0, frame, "beyond the connection's window (RFC 9113 §6.9.1)");
    require(engine_initial_window_ + stream.engine_window_delta >= 0, frame,
            "beyond the stream's window (RFC 9113 §6.9.1)");
  }
  stream.ended = frame.end_stream();
}

void ScriptedPeer::on_headers(const Frame& frame) {
  Stream& stream = streams_[frame.stream];
  require(!stream.ended, frame, "HEADERS after END_STREAM (RFC 9113 §5.1)");
  require(!stream.reset, frame, "HEADERS after RST_STREAM (RFC 9113 §5.1)");
  require(frame.stream % 2 == 1, frame, "nobody opened that stream (RFC 9113 §5.1.1)");
  bool informational = !engine_is_client_ && !frame.headers.empty() && frame.headers[0].name == ":status" &&
                       frame.headers[0].value.starts_with('1');
  require(!stream.headers_seen || frame.end_stream(), frame, "trailers must end the stream (RFC 9113 §8.1)");
  if (!informational) stream.headers_seen = true;
  stream.ended = frame.end_stream();
}

void ScriptedPeer::on_window_update(const Frame& frame) {
  std::int64_t& window = frame.stream == 0 ? our_connection_window_ : streams_[frame.stream].our_window_delta;
  window += frame.integer();
  std::int64_t total = frame.stream == 0 ? window : stream_credit(frame.stream);
  require(total <= kMaxWindow, frame, "a window beyond 2^31-1 (RFC 9113 §6.9.1)");
}

void ScriptedPeer::on_go_away(const Frame& frame) {
  require(frame.integer() <= go_away_last_, frame,
          "the last stream of a GOAWAY may not grow (RFC 9113 §6.8)");
  go_away_last_ = frame.integer();
}

void ScriptedPeer::note(const FrameScript::Piece& piece) {
  std::string_view payload = piece.payload;
  switch (static_cast<FrameType>(piece.type)) {
    case FrameType::settings:
      if ((piece.flags & flag::kAck) == 0) unacknowledged_.push_back(entries(payload));
      return;
    case FrameType::window_update: {
      if (payload.size() != 4) return;
      std::uint32_t increment = base::load_u32(base::as_bytes(payload).data());
      if (piece.stream == 0) engine_connection_window_ += increment;
      if (piece.stream != 0) streams_[piece.stream].engine_window_delta += increment;
      return;
    }
    case FrameType::data: {
      auto size = static_cast<std::int64_t>(payload.size() + (piece.padding ? 1U + *piece.padding : 0U));
      our_connection_window_ -= size;
      streams_[piece.stream].our_window_delta -= size;
      return;
    }
    default:
      return;
  }
}

}  // namespace farcall::testing
