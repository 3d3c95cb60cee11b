// How a client's stream begins.

#include "http2/connection.hpp"
#include "http2/frame/writer.hpp"
#include "http2/sender.hpp"

#include <cassert>

namespace farcall::http2 {

std::optional<StreamKey> Sender::open_stream(const http::HeaderMap& headers, bool end_stream) {
  assert(!core_.is_server());
  if (!core_.can_open_stream()) {
    core_.streams_wanted = true;
    return std::nullopt;
  }
  Stream& stream = open(headers, end_stream);
  if (end_stream) {
    stream.send.finish();
    stream.send.mark_end_sent();
    stream.state.send_end();
  }
  return stream.key;
}

std::optional<StreamKey> Sender::send_request(const http::HeaderMap& headers, base::ByteView message) {
  assert(!core_.is_server() && !message.empty());
  if (!core_.can_open_stream()) {
    core_.streams_wanted = true;
    return std::nullopt;
  }
  Stream& stream = open(headers, false);
  if (!may_follow_headers(stream, message.size())) {
    const StreamKey key = stream.key;
    static_cast<void>(send_data(key, Buffer::copy_of(message), true));
    return key;
  }
  write::append_header(core_.output.building(),
                       {FrameLength(message.size()), FrameType::data, flag::kEndStream, StreamId(stream.id)});
  core_.output.append(message);
  account_for_payload(stream, message.size());
  stream.send.finish();
  stream.send.mark_end_sent();
  stream.state.send_end();
  return stream.key;
}

Stream& Sender::open(const http::HeaderMap& headers, bool end_stream) {
  Stream& stream = core_.streams.open(core_.next_own_stream, core_.local.in_force().initial_window_size,
                                      core_.peer.initial_window_size);
  core_.next_own_stream += 2;
  ++core_.budgets.streams_opened;
  core_.keepalive.wake();
  write_headers(stream.id, headers, end_stream, core_.headers_memo);
  stream.headers_position = core_.output.position();
  stream.state.open();
  stream.state.send_final_headers();
  return stream;
}

/// A message that is to be copied anyway, that fits and that nobody stands in line before: `fill_output`
/// would cut the same frame.
bool Sender::may_follow_headers(const Stream& stream, std::size_t bytes) const {
  return bytes <= SendQueue::kCopyLimit && bytes <= stream.window.available() &&
         bytes <= core_.send_window.available() && core_.output.built() < Connection::kOutputBatch &&
         core_.scheduler.has_none_but(stream);
}

}  // namespace farcall::http2
