#include "testing/dialogue.hpp"

#include <algorithm>

namespace farcall::testing {
namespace {

namespace event = http2::event;

std::string on(std::uint32_t stream) {
  return " on stream " + std::to_string(stream);
}

}  // namespace

http::HeaderMap Dialogue::expect_headers(std::uint32_t stream, event::HeadersKind kind,
                                         std::optional<bool> end_stream, Location where) {
  auto headers = expect_event<event::Headers>(where);
  if (headers.stream_id != stream || headers.kind != kind || headers.too_large ||
      (end_stream && headers.end_stream != *end_stream)) {
    fail(where,
         "expected other headers" + on(stream) + " than " + describe(http2::Event(std::move(headers))));
  }
  return std::move(headers.headers);
}

Dialogue& Dialogue::expect_data(std::uint32_t stream, std::string_view bytes, bool end_stream,
                                Location where) {
  drop_background();
  auto* data = events_.empty() ? nullptr : std::get_if<event::Data>(&events_.front().event);
  if (!data || data->stream != key(stream, where))
    fail(where, "expected data" + on(stream) + ", got " + next_event_text());
  const std::string& got = events_.front().bytes;
  if (got != bytes) {
    auto differ = std::mismatch(got.begin(), got.end(), bytes.begin(), bytes.end()).first - got.begin();
    fail(where, "expected " + std::to_string(bytes.size()) + " bytes" + on(stream) + ", got " +
                    next_event_text() + ", which differ from byte " + std::to_string(differ) + " on");
  }
  if (data->end_stream != end_stream) fail(where, "END_STREAM is not as expected" + on(stream));
  events_.pop_front();
  return *this;
}

Dialogue& Dialogue::expect_closed(std::uint32_t stream, Location where) {
  auto closed = expect_event<event::StreamClosed>(where);
  if (closed.stream != key(stream, where) || !closed.clean) {
    fail(where, "expected a clean end" + on(stream) + ", got " + describe(http2::Event(closed)));
  }
  return *this;
}

Dialogue& Dialogue::expect_reset_event(std::uint32_t stream, http2::ErrorCode code,
                                       http2::Initiator initiator, bool unprocessed, Location where) {
  auto closed = expect_event<event::StreamClosed>(where);
  event::StreamClosed expected{key(stream, where), false, code, initiator, unprocessed};
  if (closed.stream != expected.stream || closed.clean || closed.code != code ||
      closed.initiator != initiator || closed.unprocessed != unprocessed) {
    fail(where, "expected " + describe(http2::Event(expected)) + on(stream) + ", got " +
                    describe(http2::Event(closed)));
  }
  return *this;
}

Dialogue& Dialogue::expect_no_event(Location where) {
  drop_background();
  if (!events_.empty()) fail(where, "expected no event, got " + next_event_text());
  return *this;
}

Dialogue& Dialogue::expect_sent(const FrameScript& script, Location where) {
  FrameReader reader;
  reader.set_max_frame_size(1U << 24);
  std::string bytes = script.bytes();
  reader.feed(base::as_bytes(bytes));
  while (std::optional<Frame> expected = reader.next()) {
    if (expected->type == FrameType::window_update) {
      if (take_window_updates(expected->stream) != expected->integer()) {
        fail(where, "expected " + describe(*expected) + " in all, and nothing else for that window");
      }
      continue;
    }
    if (sent_.empty()) fail(where, "expected " + describe(*expected) + ", but nothing was sent");
    if (!same_meaning(*expected, sent_.front())) {
      fail(where, "expected " + describe(*expected) + ", got " + describe(sent_.front()));
    }
    sent_.pop_front();
  }
  return *this;
}

Dialogue& Dialogue::expect_sent_data(std::uint32_t stream, std::string_view bytes, bool end_stream,
                                     Location where) {
  std::string got;
  bool ended = false;
  while (!sent_.empty() && sent_.front().type == FrameType::data && sent_.front().stream == stream &&
         !ended && (got.size() < bytes.size() || sent_.front().payload.empty())) {
    got += sent_.front().payload;
    ended = sent_.front().end_stream();
    sent_.pop_front();
  }
  if (got != bytes) {
    fail(where, "expected " + std::to_string(bytes.size()) + " bytes of DATA" + on(stream) + ", got " +
                    std::to_string(got.size()) + (got.size() == bytes.size() ? " others" : ""));
  }
  if (ended != end_stream)
    fail(where, std::string(ended ? "an unexpected" : "no") + " END_STREAM" + on(stream));
  return *this;
}

Frame Dialogue::expect_frame(FrameType type, Location where) {
  if (sent_.empty()) fail(where, "expected a frame, but nothing was sent");
  Frame frame = std::move(sent_.front());
  sent_.pop_front();
  if (frame.type != type) fail(where, "expected another type of frame than " + describe(frame));
  return frame;
}

Dialogue& Dialogue::expect_nothing_sent(Location where) {
  if (!sent_.empty()) fail(where, "expected nothing sent, got " + describe(sent_.front()));
  return *this;
}

std::uint64_t Dialogue::take_window_updates(std::uint32_t stream) {
  return std::exchange(window_updates_[stream], 0);
}

std::vector<Frame> Dialogue::take_sent() {
  std::vector<Frame> out(std::make_move_iterator(sent_.begin()), std::make_move_iterator(sent_.end()));
  sent_.clear();
  return out;
}

Dialogue& Dialogue::expect_stream_error(std::uint32_t stream, http2::ErrorCode code, Location where) {
  expect_sent(frames().reset(stream, code), where);
  if (keys_.contains(stream)) expect_reset_event(stream, code, http2::Initiator::local, false, where);
  return *this;
}

Dialogue& Dialogue::expect_go_away(http2::ErrorCode code, std::string_view token, Location where) {
  Frame frame = expect_frame(FrameType::go_away, where);
  if (frame.code() != code || (!token.empty() && frame.debug_data() != token)) {
    fail(where, "expected GOAWAY " + std::string(http2::name(code)) + ' ' + std::string(token) + ", got " +
                    describe(frame));
  }
  expect_nothing_sent(where);
  drop_background();
  while (!events_.empty() && std::holds_alternative<event::StreamClosed>(events_.front().event)) {
    if (std::get<event::StreamClosed>(events_.front().event).clean)
      fail(where, "no stream ends cleanly here");
    events_.pop_front();
  }
  auto closed = expect_event<event::ConnectionClosed>(where);
  if (closed.code != code || closed.initiator != http2::Initiator::local ||
      (!token.empty() && closed.reason != token)) {
    fail(where, "the end of the connection is told otherwise: " + describe(http2::Event(closed)));
  }
  expect_no_event(where);
  if (!engine_.closed()) fail(where, "the connection should be closed");
  if (engine_.open_streams() != 0) fail(where, "a closed connection has no open streams");
  return *this;
}

Dialogue& Dialogue::expect_quiet(Location where) {
  expect_no_event(where);
  expect_nothing_sent(where);
  if (engine_.closed()) fail(where, "the connection should be open");
  return *this;
}

}  // namespace farcall::testing
