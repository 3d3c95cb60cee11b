#include "connection.hpp"

#include "program/sockets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>
#include <utility>

namespace floor_peer {

using bench::Workload;

namespace {

/// What a client may send ahead.
constexpr std::uint32_t kStreamWindow = 1U << 20;
constexpr std::uint32_t kConnectionWindow = 8U << 20;
/// Shorter replies are copied into the output: a piece of their own costs more.
constexpr std::size_t kWorthReferring = 2048;

std::array<std::uint8_t, 256 * 1024> input;  // for the one thread

std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The first message's size with its prefix, or 0 when it is not there as a whole.
std::size_t whole_message(std::span<const std::uint8_t> data) {
  if (data.size() < kPrefix) return 0;
  const std::size_t size = kPrefix + load_u32(data.data() + 1);
  return data.size() < size ? 0 : size;
}

}  // namespace

Connection::Connection(int epoll, int descriptor, Workload workload)
    : epoll_(epoll), descriptor_(descriptor), workload_(workload) {
  bench::watch(epoll_, descriptor_, this);
  std::string settings;
  put_setting(settings, kInitialWindowSize, kStreamWindow);
  put_frame(output_.bytes(), settings, kSettings, 0, 0);
  put_window_update(output_.bytes(), 0, kConnectionWindow - kInitialWindow);
}

Connection::~Connection() {
  ::close(descriptor_);
}

bool Connection::turn() {
  std::copy(rest_.begin(), rest_.end(), input.begin());
  const ssize_t got = ::read(descriptor_, input.data() + rest_.size(), input.size() - rest_.size());
  if (got == 0 || (got < 0 && errno != EAGAIN)) return false;
  if (got > 0) {
    std::span<const std::uint8_t> bytes(input.data(), rest_.size() + static_cast<std::size_t>(got));
    if (!greeted_ && bytes.size() >= kPreface.size()) {
      bytes = bytes.subspan(kPreface.size());
      greeted_ = true;
    }
    if (greeted_) {
      for (Frame frame; take_frame(bytes, frame);) on_frame(frame);
    }
    rest_ = text_of(bytes);
  }
  return flush();
}

bool Connection::flush() {
  const bench::Flushed flushed = output_.empty() ? bench::Flushed::wholly : output_.flush(descriptor_);
  if (flushed == bench::Flushed::broken) return false;
  const bool all = flushed == bench::Flushed::wholly;
  if (all && !leaving_.empty()) leaving_.clear();
  if (all != writable_) bench::watch(epoll_, descriptor_, this, !all, false);
  writable_ = all;
  return true;
}

void Connection::on_frame(const Frame& frame) {
  switch (frame.type) {
    case kData:
      return on_data(frame);
    case kSettings:
      return on_settings(frame);
    case kWindowUpdate:
      return on_window_update(frame);
    case kPing:
      if ((frame.flags & kAck) == 0) put_ack(output_.bytes(), frame);
      return;
    case kResetStream:
      streams_.erase(frame.stream);
      return;
    default:
      return;  // request headers say nothing that the workload needs
  }
}

void Connection::on_settings(const Frame& frame) {
  if ((frame.flags & kAck) != 0) return;
  for_each_setting(frame, [&](std::uint16_t id, std::uint32_t value) {
    if (id != kInitialWindowSize) return;
    for (auto& [number, stream] : streams_) stream.window += std::int64_t{value} - stream_window_;
    stream_window_ = value;
  });
  put_frame(output_.bytes(), {}, kSettings, kAck, 0);
  send_blocked();
}

void Connection::on_window_update(const Frame& frame) {
  const std::uint32_t increment = load_u32(frame.payload.data());
  if (frame.stream == 0) {
    window_ += increment;
  } else if (streams_.empty()) {
    return;  // of a call that is over
  } else if (const auto found = streams_.find(frame.stream); found != streams_.end()) {
    found->second.window += increment;
  }
  if (!blocked_.empty()) send_blocked();
}

void Connection::on_data(const Frame& frame) {
  const auto size = static_cast<std::uint32_t>(frame.payload.size());
  unreturned_ += size;
  if (unreturned_ >= kConnectionWindow / 2)
    put_window_update(output_.bytes(), 0, std::exchange(unreturned_, 0));
  if (answer_at_once(frame)) return;
  Stream& stream = find_or_add(frame.stream);
  stream.complete = (frame.flags & kEndStream) != 0;
  stream.unreturned += size;
  if (!stream.complete && stream.unreturned >= kStreamWindow / 2)
    put_window_update(output_.bytes(), frame.stream, std::exchange(stream.unreturned, 0));
  take_messages(stream, frame.stream, frame.payload);
  if (stream.complete && workload_ == Workload::collect_sum) {
    put_reply_message(stream.reply, stream.total);
    stream.replies = 1;
  }
  send(stream, frame.stream);
}

/// What nearly every unary call is: one frame with the whole request, and a reply for which there is room. No
/// state is kept of it.
bool Connection::answer_at_once(const Frame& frame) {
  if (bench::is_stream(workload_) || (frame.flags & kEndStream) == 0) return false;
  const std::size_t size = whole_message(frame.payload);
  if (size == 0 || size != frame.payload.size()) return false;
  if (!streams_.empty() && streams_.contains(frame.stream)) return false;
  std::string_view reply = text_of(frame.payload);
  if (workload_ == Workload::get_sum) {
    const Numbers numbers = parse_numbers(frame.payload.subspan(kPrefix));
    reply_.clear();
    put_reply_message(reply_, numbers.field[1] + numbers.field[2]);
    reply = reply_;
  }
  const auto needed = static_cast<std::int64_t>(reply.size());
  if (needed > window_ || needed > stream_window_) return false;
  window_ -= needed;
  put_headers(frame.stream);
  put_frame(output_.bytes(), reply, kData, 0, frame.stream);
  put_trailers(frame.stream);
  return true;
}

Connection::Stream& Connection::find_or_add(std::uint32_t id) {
  const auto [found, added] = streams_.try_emplace(id);
  if (added) found->second.window = stream_window_;
  return found->second;
}

void Connection::take_messages(Stream& stream, std::uint32_t id, std::span<const std::uint8_t> data) {
  if (!stream.request.empty()) {
    stream.request += text_of(data);
    data = {reinterpret_cast<const std::uint8_t*>(stream.request.data()), stream.request.size()};
  }
  std::span<const std::uint8_t> left = data;
  for (std::size_t size = whole_message(left); size > 0; size = whole_message(left)) {
    if (is_echo() && size == stream.request.size()) {
      stream.reply = std::exchange(stream.request, {});
      stream.replies = 1;
      return;
    }
    on_message(stream, left.first(size));
    if (workload_ == Workload::echo_sum) send_replies(stream, id);
    left = left.subspan(size);
  }
  if (!stream.request.empty()) {
    stream.request.erase(0, data.size() - left.size());
    return;
  }
  if (left.size() > kPrefix) stream.request.reserve(kPrefix + load_u32(left.data() + 1));
  stream.request.assign(text_of(left));
}

void Connection::on_message(Stream& stream, std::span<const std::uint8_t> prefixed) {
  stream.part = 0;
  if (is_echo()) {
    stream.reply = text_of(prefixed);
    stream.replies = 1;
    return;
  }
  const Numbers numbers = parse_numbers(prefixed.subspan(kPrefix));
  const std::uint32_t sum = numbers.field[1] + numbers.field[2];
  stream.total += sum;
  if (workload_ == Workload::collect_sum) return;
  if (stream.replies > 0) surprised("a client that does not wait for its reply");
  stream.reply.clear();
  put_reply_message(stream.reply, sum);
  stream.replies = workload_ == Workload::stream_sum ? numbers.field[3] : 1;
}

void Connection::send(Stream& stream, std::uint32_t id) {
  send_replies(stream, id);
  if (stream.replies > 0 || !stream.complete) return;
  if (!stream.answered) surprised("a call without a request");
  if (stream.reply.size() >= kWorthReferring) leaving_.push_back(std::move(stream.reply));
  streams_.erase(id);
  put_trailers(id);
}

void Connection::send_replies(Stream& stream, std::uint32_t id) {
  if (!stream.answered && stream.replies > 0) {
    put_headers(id);
    stream.answered = true;
  }
  while (stream.replies > 0) {
    const std::int64_t allowed = std::min(window_, stream.window);
    if (allowed <= 0) {
      if (!stream.blocked) blocked_.push_back(id);
      stream.blocked = true;
      return;
    }
    const std::string_view part =
        std::string_view(stream.reply)
            .substr(stream.part, std::min(static_cast<std::size_t>(allowed), kMaxFrame));
    put_frame_header(output_.bytes(), part.size(), kData, 0, id);
    if (stream.reply.size() < kWorthReferring) {
      output_.bytes() += part;
    } else {
      output_.refer_to(part);
    }
    window_ -= static_cast<std::int64_t>(part.size());
    stream.window -= static_cast<std::int64_t>(part.size());
    stream.part += part.size();
    if (stream.part < stream.reply.size()) continue;
    stream.part = 0;
    --stream.replies;
  }
}

void Connection::send_blocked() {
  std::vector<std::uint32_t> waiting;
  waiting.swap(blocked_);
  for (const std::uint32_t id : waiting) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) continue;
    found->second.blocked = false;
    send(found->second, id);
  }
}

void Connection::put_headers(std::uint32_t stream) {
  // :status 200 and content-type; indexed from the second time on, behind grpc-status in the table.
  constexpr std::string_view kFirst(
      "\x88\x5f\x10"
      "application/grpc");
  const std::string_view indexed = status_indexed_ ? "\x88\xbf" : "\x88\xbe";
  put_frame(output_.bytes(), headers_indexed_ ? indexed : kFirst, kHeaders, kEndHeaders, stream);
  headers_indexed_ = true;
}

void Connection::put_trailers(std::uint32_t stream) {
  constexpr std::string_view kFirst(
      "\x40\x0bgrpc-status\x01"
      "0");
  const std::string_view indexed = "\xbe";
  put_frame(output_.bytes(), status_indexed_ ? indexed : kFirst, kHeaders, kEndHeaders | kEndStream, stream);
  status_indexed_ = true;
}

}  // namespace floor_peer
