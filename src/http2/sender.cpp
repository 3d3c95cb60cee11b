#include "http2/sender.hpp"

#include "http2/connection.hpp"
#include "http2/frame/writer.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace farcall::http2 {
namespace {

bool is_informational(const http::HeaderMap& headers) {
  return !headers.empty() && headers[0].name == ":status" && headers[0].value.starts_with('1');
}

}  // namespace

void Sender::write_headers(std::uint32_t id, const http::HeaderMap& headers, bool end_stream,
                           EncodeMemo& memo) {
  const EncodeMemo::Context before = EncodeMemo::Context::of(core_.encoder);
  std::span<std::byte> block = memo.find(headers, before);
  if (block.empty()) {
    core_.block.resize(kFrameHeaderSize);
    core_.encoder.begin_block(core_.block);
    for (http::Field field : headers) {
      core_.encoder.field(field.name, field.value, field.never_indexed, core_.block);
    }
    if (EncodeMemo::Context::of(core_.encoder) == before) memo.learn(headers, before, core_.block);
    block = core_.block;
  }
  write::header_block(core_.output.building(), StreamId(id), block, end_stream, core_.peer.max_frame_size);
  core_.ping_judge.forgive();
}

void Sender::send_headers(StreamKey key, const http::HeaderMap& headers, bool end_stream) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr) return;
  const bool allowed = core_.is_server() && !stream->state.headers_sent() && !stream->send.finished();
  assert(allowed && "response headers after the response's headers or end");
  if (!allowed) return;
  if (!is_informational(headers)) stream->state.send_final_headers();
  write_headers(stream->id, headers, end_stream, core_.headers_memo);
  if (!end_stream) return;
  stream->send.finish();
  end_our_side(*stream);
}

bool Sender::send_data(StreamKey key, Buffer&& data, bool end_stream) {
  return queue_data(key, std::move(data), end_stream);
}

bool Sender::send_data(StreamKey key, base::ByteView data, bool end_stream) {
  return queue_data(key, data, end_stream);
}

bool Sender::send_small(StreamKey key, base::ByteView data, codegen::SendRoom& room,
                        codegen::SendRoom*& holder) {
  if (!queue_data(key, data, false)) return false;
  Stream* stream = core_.streams.find(key);
  // Who writes once is not expected to write again before the next frame is cut.
  if (stream == nullptr || stream->send.finished() || stream->send.bytes() <= data.size()) return true;
  const Limits& limits = core_.limits();
  // Up to where `queue_data` would say "wait".
  const std::size_t most = std::min(limits.stream_send_budget - stream->send.bytes(),
                                    limits.connection_send_budget - core_.queued) -
                           1;
  const std::span<std::byte> free = stream->send.room();
  room.lend(free.data(), std::min(free.size(), most), holder);
  core_.lent = {&room, stream};
  return true;
}

/// `data`: a Buffer to keep, or bytes to copy.
template <class Data>
bool Sender::queue_data(StreamKey key, Data&& data, bool end_stream) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr) return true;
  const bool allowed = stream->state.headers_sent() && !stream->send.finished();
  assert(allowed && "data before the headers or after the end");
  if (!allowed) return true;
  const std::size_t size = data.size();
  stream->send.add(std::forward<Data>(data), core_.spare);
  core_.queued += size;
  if (end_stream) {
    stream->send.finish();
    core_.timers.watch_stalled(*stream);
  }
  if (stream->send.pending()) core_.scheduler.add(*stream);
  const Limits& limits = core_.limits();
  const bool connection_full = core_.queued >= limits.connection_send_budget;
  if (stream->send.bytes() < limits.stream_send_budget && !connection_full) return true;
  stream->wants_room = !end_stream;
  core_.room_wanted = core_.room_wanted || connection_full;
  return false;
}

void Sender::send_trailers(StreamKey key, const http::HeaderMap& trailers) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr) return;
  const bool allowed = stream->state.headers_sent() && !stream->send.finished();
  assert(allowed && "trailers before the headers or after the end");
  if (!allowed) return;
  if (may_send_at_once(*stream, stream->send.bytes())) {
    core_.scheduler.remove(*stream);
    if (stream->send.bytes() > 0) send_payload(*stream, stream->send.bytes());
    write_headers(stream->id, trailers, true, core_.trailers_memo);
    stream->send.finish();
    end_our_side(*stream);
    return;
  }
  stream->send.finish(http::HeaderMap(trailers));
  stream->wants_room = false;
  core_.timers.watch_stalled(*stream);
  core_.scheduler.add(*stream);
}

void Sender::send_response(StreamKey key, const http::HeaderMap& headers, Buffer&& message,
                           const http::HeaderMap& trailers) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr) return;
  const std::size_t bytes = message.size();
  const bool untouched = core_.is_server() && !stream->state.headers_sent() && !stream->send.finished();
  if (!untouched || bytes == 0 || bytes > SendQueue::kCopyLimit || !may_send_at_once(*stream, bytes)) {
    send_headers(key, headers, false);
    static_cast<void>(send_data(key, std::move(message), false));
    send_trailers(key, trailers);
    return;
  }
  stream->state.send_final_headers();
  write_headers(stream->id, headers, false, core_.headers_memo);
  write::append_header(core_.output.building(),
                       {FrameLength(bytes), FrameType::data, 0, StreamId(stream->id)});
  core_.output.append(message.view());
  account_for_payload(*stream, bytes);
  write_headers(stream->id, trailers, true, core_.trailers_memo);
  stream->send.finish();
  end_our_side(*stream);
}

std::byte* Sender::place_response(StreamKey key, const http::HeaderMap& headers, std::size_t size,
                                  const http::HeaderMap& trailers) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr || !may_place_response(*stream, size)) return nullptr;
  if (!takes(headers) || !takes(trailers)) return nullptr;
  std::byte* place = place_known(stream->id, headers, size, trailers);
  if (place == nullptr) {
    write_headers(stream->id, headers, false, core_.headers_memo);
    Buffer& out = core_.output.building();
    write::append_header(out, {FrameLength(size), FrameType::data, 0, StreamId(stream->id)});
    const std::size_t at = out.size();
    static_cast<void>(out.extend(size));
    write_headers(stream->id, trailers, true, core_.trailers_memo);
    place = out.data() + at;
  }
  account_for_payload(*stream, size);
  core_.forget(*stream, Phase::closed_by_end);
  return place;
}

/// All of it can be cut now, before anybody else's, and ends the stream.
bool Sender::may_place_response(const Stream& stream, std::size_t size) const {
  return stream.state.phase() == Phase::half_closed_remote && !stream.state.headers_sent() &&
         !stream.send.finished() && size > 0 && size <= Scheduler::kQuantum &&
         size <= core_.peer.max_frame_size && static_cast<std::int64_t>(size) <= stream.window.size() &&
         static_cast<std::int64_t>(size) <= core_.send_window.size() && core_.scheduler.empty() &&
         core_.output.built() < Scheduler::kQuantum && !core_.closed;
}

/// Three frames in one piece, where both header sections are known by heart. Null if not.
std::byte* Sender::place_known(std::uint32_t id, const http::HeaderMap& headers, std::size_t size,
                               const http::HeaderMap& trailers) {
  const EncodeMemo::Context context = EncodeMemo::Context::of(core_.encoder);
  const std::span<const std::byte> first = core_.headers_memo.find(headers, context);
  const std::span<const std::byte> last = core_.trailers_memo.find(trailers, context);
  const std::size_t most = kFrameHeaderSize + core_.peer.max_frame_size;
  if (first.empty() || last.empty() || first.size() > most || last.size() > most) return nullptr;
  std::byte* to = core_.output.building().extend(first.size() + kFrameHeaderSize + size + last.size());
  to = write::known_header_block(to, StreamId(id), first, false);
  store_frame_header(to, {FrameLength(size), FrameType::data, 0, StreamId(id)});
  std::byte* const place = to + kFrameHeaderSize;
  write::known_header_block(place + size, StreamId(id), last, true);
  return place;
}

/// Nobody stands in line before the rest of the stream, its last `bytes`, and they fit: cut now what
/// `fill_output` would cut later, and spare the trailers a copy.
bool Sender::may_send_at_once(const Stream& stream, std::size_t bytes) const {
  if (bytes == 0) return !core_.closed;  // no window holds trailers back, and headers stand in no line
  return bytes <= std::min({stream.window.available(), core_.send_window.available(),
                            core_.peer.max_frame_size}) &&
         bytes <= Scheduler::kQuantum && core_.output.built() < Scheduler::kQuantum && !core_.closed &&
         core_.scheduler.has_none_but(stream);
}

void Sender::reset(StreamKey key, ErrorCode code) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr) return;
  write::rst_stream(core_.output.building(), StreamId(stream->id), code);
  core_.forget(*stream, Phase::reset_by_us);
}

void Sender::stop_reading(StreamKey key, bool linger) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr || stream->swallow) return;
  stream->swallow = true;
  stream->linger = linger;
  if (!stream->state.can_receive()) return;
  release_window(key, SIZE_MAX);
  if (!stream->state.can_send()) core_.finish_swallowing(*stream);
}

void Sender::release_window(StreamKey key, std::size_t bytes) {
  Stream* stream = core_.streams.find(key);
  if (stream == nullptr) return;
  std::uint32_t returned = stream->receive.take_back(bytes);
  core_.budgets.tiny_data_debt -= stream->receive.settle(returned);
  if (!stream->state.can_receive()) return;
  std::uint32_t increment = stream->receive.window().give_back(returned);
  if (increment == 0) return;
  if (!stream->swallow) increment += widen(*stream);
  core_.send_window_update(stream->id, increment);
}

/// The application keeps up with the stream: its window becomes what the path deserves, as far as the budget
/// goes. Returns the increment.
std::uint32_t Sender::widen(Stream& stream) {
  ReceiveWindow& window = stream.receive.window();
  const std::uint32_t deserved = core_.bdp.window();
  if (deserved <= window.target() || core_.local.pending()) return 0;
  const std::uint32_t left = core_.config.stream_window_budget - core_.windows_lent;
  const std::uint32_t grant = std::min(deserved - window.target(), left);
  stream.receive.lend(grant);
  core_.windows_lent += grant;
  return window.enlarge(window.target() + grant);
}

void Sender::fill_output() {
  while (core_.output.built() < Connection::kOutputBatch || takes_an_end_along()) {
    Stream* stream = core_.scheduler.next();
    if (stream == nullptr) break;
    switch (take_turn(*stream)) {
      case Turn::again:
        core_.scheduler.add(*stream);
        break;
      case Turn::waits_for_connection:
        core_.scheduler.park(*stream);
        break;
      case Turn::done:
      case Turn::gone:
        break;
    }
  }
  core_.scheduler.resume();
  return_window_along();
  if (core_.room_wanted) tell_room_to_all();
}

/// A full batch takes along what little is left of a message: in a write of its own it would wake the peer
/// up.
bool Sender::takes_an_end_along() const {
  const Stream* stream = core_.scheduler.front();
  return stream != nullptr && stream->send.finished() && stream->send.bytes() <= SendQueue::kCopyLimit &&
         core_.output.built() < Connection::kOutputBatch + Scheduler::kQuantum;
}

/// What the peer is owed of the connection's window goes along with other output before it has to, for the
/// same reason.
void Sender::return_window_along() {
  if (core_.output.built() == 0) return;
  if (const std::uint32_t increment = core_.receive_window.give_back_early(); increment > 0)
    core_.send_window_update(0, increment);
}

/// At most one DATA frame of a quantum, and with the last one what ends the stream: a small reply is one
/// piece.
Sender::Turn Sender::take_turn(Stream& stream) {
  if (std::size_t queued = stream.send.bytes(); queued > 0) {
    if (stream.window.available() == 0) return Turn::done;  // WINDOW_UPDATE puts it back in line
    if (core_.send_window.available() == 0) return Turn::waits_for_connection;
    send_payload(stream, std::min<std::size_t>({queued, Scheduler::kQuantum, core_.peer.max_frame_size,
                                                stream.window.available(), core_.send_window.available()}));
    if (stream.wants_room) tell_room(stream);
    if (stream.send.bytes() > 0) return Turn::again;
  }
  if (!stream.send.pending()) {
    if (!stream.send.finished()) return Turn::done;
    end_our_side(stream);
    return Turn::gone;
  }
  send_end(stream);
  return Turn::gone;
}

void Sender::send_payload(Stream& stream, std::size_t bytes) {
  const bool last = bytes == stream.send.bytes() && stream.send.finished() && !stream.send.has_trailers();
  write::append_header(
      core_.output.building(),
      {FrameLength(bytes), FrameType::data, last ? flag::kEndStream : std::uint8_t{0}, StreamId(stream.id)});
  stream.send.move_to(core_.output, bytes, core_.spare);
  if (last) stream.send.mark_end_sent();
  core_.queued -= bytes;
  account_for_payload(stream, bytes);
}

/// Bytes of a DATA frame that was cut.
void Sender::account_for_payload(Stream& stream, std::size_t bytes) {
  const bool taken = stream.window.take(static_cast<std::uint32_t>(bytes)) &&
                     core_.send_window.take(static_cast<std::uint32_t>(bytes));
  assert(taken);
  static_cast<void>(taken);
  ++core_.budgets.data_frames_sent;
  core_.ping_judge.forgive();
}

/// Trailers, or an empty DATA frame, which no window holds back (RFC 9113 §6.9.1).
void Sender::send_end(Stream& stream) {
  if (stream.send.has_trailers()) {
    http::HeaderMap trailers = stream.send.take_trailers();
    write_headers(stream.id, trailers, true, core_.trailers_memo);
    core_.header_pool.give(std::move(trailers));
  } else {
    write::append_header(core_.output.building(),
                         {FrameLength(), FrameType::data, flag::kEndStream, StreamId(stream.id)});
    ++core_.budgets.data_frames_sent;
  }
  end_our_side(stream);
}

void Sender::end_our_side(Stream& stream) {
  stream.send.mark_end_sent();
  StreamTimers::forget(stream);
  stream.state.send_end();
  if (stream.state.closed()) {
    core_.close_clean(stream);
  } else if (stream.swallow) {
    core_.finish_swallowing(stream);
  }
}

void Sender::tell_room(Stream& stream) {
  const Limits& limits = core_.limits();
  if (stream.send.bytes() > limits.stream_send_budget / 2) return;
  if (core_.queued >= limits.connection_send_budget) {
    core_.room_wanted = true;
    return;
  }
  stream.wants_room = false;
  core_.events.push(event::Writable{stream.key});
}

/// The connection's budget was used up by others: streams wait that have nothing queued, and take no turn.
void Sender::tell_room_to_all() {
  if (core_.queued >= core_.limits().connection_send_budget) return;
  core_.room_wanted = false;
  core_.streams.for_each([&](Stream& stream) {
    if (stream.wants_room) tell_room(stream);
  });
}

}  // namespace farcall::http2
