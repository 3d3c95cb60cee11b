#include "http2/plain_request.hpp"

namespace farcall::http2 {

bool PlainRequest::take_headers(const FrameHeader& header, base::ByteView block) {
  const std::uint32_t id = header.stream.value();
  if (header.flags != flag::kEndHeaders || !header.stream.is_of_client() || id <= core_.highest_peer_stream ||
      id > core_.go_away.last_served() || core_.streams.size() >= core_.limits().max_concurrent_streams ||
      block.size() > core_.local.in_force().max_frame_size || headers_.expects_continuation() != 0 ||
      !core_.peer.received) {
    return false;
  }
  const HeaderSection* section = headers_.known_headers(block);
  if (section == nullptr) return false;
  core_.highest_peer_stream = id;
  ++core_.budgets.streams_opened;
  Stream& stream =
      core_.streams.open(id, core_.local.in_force().initial_window_size, core_.peer.initial_window_size);
  core_.idle_deadline.stop();
  core_.keepalive.wake();
  stream.state.open();
  stream.state.receive_final_headers();
  stream.receive.expect_length(section->content_length());
  const auto [told, place] = core_.events.emplace<event::Headers>();
  told.stream = stream.key;
  told.stream_id = id;
  told.headers = section->fields();
  stream.told = place;
  return true;
}

bool PlainRequest::take_data(const FrameHeader& header, base::ByteView payload) {
  if (header.flags != flag::kEndStream || payload.empty() || headers_.expects_continuation() != 0)
    return false;
  const auto length = static_cast<std::uint32_t>(payload.size());
  Stream* stream = core_.streams.find_id(header.stream.value());
  if (stream == nullptr || stream->state.phase() != Phase::open || stream->swallow ||
      length > core_.local.in_force().max_frame_size || length > core_.receive_window.left() ||
      length > stream->receive.window().left() || !stream->receive.may_be_all(length)) {
    return false;
  }
  Event* told = core_.events.waiting(stream->told);
  if (told == nullptr) return false;
  static_cast<void>(core_.receive_window.receive(length));
  core_.return_window(length, true);
  stream->state.receive_end();
  auto& headers = std::get<event::Headers>(*told);
  headers.data = payload;
  headers.end_stream = true;
  return true;
}

}  // namespace farcall::http2
