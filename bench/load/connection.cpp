#include "load/connection.hpp"

#include "program/sockets.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <unistd.h>
#include <utility>

namespace bench::load {

using namespace floor_peer;

namespace {

/// What the server may send ahead: enough that it never waits for us on a loopback.
constexpr std::uint32_t kStreamWindow = 4U << 20;
constexpr std::uint32_t kConnectionWindow = 64U << 20;
/// Shorter parts of messages are copied: a piece of their own costs more.
constexpr std::size_t kWorthReferring = 2048;

std::array<std::uint8_t, 256 * 1024> input;  // for the one thread

}  // namespace

Connection::Connection(int epoll, const Options& options, Request& request)
    : request_(request),
      epoll_(epoll),
      descriptor_(connect_to(options.target)),
      calls_(std::bit_ceil(2 * static_cast<std::uint32_t>(std::max(options.streams, options.hold_streams)))),
      mask_(static_cast<std::uint32_t>(calls_.size()) - 1),
      limit_(static_cast<std::uint32_t>(std::max(options.streams, options.hold_streams))),
      answers_(options.metadata) {
  do_not_block(descriptor_);
  watch(epoll_, descriptor_, this);
  std::string& out = output_.bytes();
  out = kPreface;
  std::string settings;
  settings.append("\0\2\0\0\0\0", 6);  // ENABLE_PUSH
  put_setting(settings, kInitialWindowSize, kStreamWindow);
  put_frame(out, settings, kSettings, 0, 0);
  put_window_update(out, 0, kConnectionWindow - kInitialWindow);
  flush();
}

Connection::~Connection() {
  ::close(descriptor_);
}

void Connection::turn(Traffic& traffic) {
  if (!rest_.empty()) std::memcpy(input.data(), rest_.data(), rest_.size());
  const ssize_t got = ::read(descriptor_, input.data() + rest_.size(), input.size() - rest_.size());
  if (got == 0 || (got < 0 && errno != EAGAIN)) surprised("the server has closed a connection");
  if (got > 0) {
    const Moment at = now();
    std::span<const std::uint8_t> bytes(input.data(), rest_.size() + static_cast<std::size_t>(got));
    for (Frame frame; take_frame(bytes, frame);) on_frame(frame, traffic, at);
    rest_.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  flush();
}

void Connection::flush() {
  const Flushed flushed = output_.empty() ? Flushed::wholly : output_.flush(descriptor_);
  if (flushed == Flushed::broken) surprised("the server has closed a connection");
  const bool all = flushed == Flushed::wholly;
  if (all == writable_) return;
  writable_ = all;
  watch(epoll_, descriptor_, this, !all, false);
}

void Connection::fill(Traffic& traffic, Moment at, std::uint32_t most) {
  for (; most > 0 && has_room(); --most) {
    const std::optional<Moment> due = traffic.take(at);
    if (!due) return;
    begin(*due, static_cast<std::uint64_t>(traffic.begun()));
  }
}

Connection::Call& Connection::open_call() {
  // A call that outlives many others may still be in the place; then the number in between remains unused.
  while (place_for(stream_).stream != 0) stream_ += 2;
  if (stream_ > 0x7ffffff0) surprised("a connection has run out of streams");
  Call& call = place_for(stream_);
  call = Call();
  call.stream = stream_;
  call.window = stream_window_;
  ++outstanding_;
  return call;
}

void Connection::begin(Moment due, std::uint64_t number) {
  const bool first = stream_ == 1;
  Call& call = open_call();
  call.due = due;
  call.to_send = request_.waits_for_replies() ? 1 : request_.messages();
  put_frame(output_.bytes(), first ? request_.first_headers(number) : request_.next_headers(number), kHeaders,
            kEndHeaders, stream_);
  stream_ += 2;
  send(call);
}

void Connection::open_idle_stream() {
  if (!has_room()) surprised("the server does not allow so many streams on a connection");
  const bool first = stream_ == 1;
  static_cast<void>(open_call());
  put_frame(output_.bytes(), first ? request_.first_headers(0) : request_.next_headers(0), kHeaders,
            kEndHeaders, stream_);
  stream_ += 2;
}

void Connection::ask() {
  put_frame(output_.bytes(), {"farcall?", 8}, kPing, 0, 0);
}

/// As much as the windows allow.
void Connection::send(Call& call) {
  const std::string_view message = request_.message();
  while (call.to_send > 0) {
    const std::int64_t allowed = std::min(window_, call.window);
    if (allowed <= 0) {
      if (!call.blocked) blocked_.push_back(call.stream);
      call.blocked = true;
      return;
    }
    const std::string_view part =
        message.substr(call.part, std::min(static_cast<std::size_t>(allowed), kMaxFrame));
    const bool complete = call.part + part.size() == message.size();
    const bool last = complete && call.sent + 1 == request_.messages();
    put_frame_header(output_.bytes(), part.size(), kData, last ? kEndStream : std::uint8_t{0}, call.stream);
    if (part.size() < kWorthReferring) {
      output_.bytes() += part;
    } else {
      output_.refer_to(part);
    }
    window_ -= static_cast<std::int64_t>(part.size());
    call.window -= static_cast<std::int64_t>(part.size());
    call.part = complete ? 0 : call.part + part.size();
    if (!complete) continue;
    ++call.sent;
    --call.to_send;
  }
}

void Connection::send_blocked() {
  std::vector<std::uint32_t> waiting;
  waiting.swap(blocked_);
  for (const std::uint32_t stream : waiting) {
    if (Call* call = find(stream)) {
      call->blocked = false;
      send(*call);
    }
  }
}

Connection::Call* Connection::find(std::uint32_t stream) {
  Call& call = place_for(stream);
  return call.stream == stream ? &call : nullptr;
}

void Connection::on_frame(const Frame& frame, Traffic& traffic, Moment at) {
  switch (frame.type) {
    case kData:
      return on_data(frame, traffic, at);
    case kHeaders:
    case kContinuation:
      return on_headers(frame, traffic, at);
    case kSettings:
      return on_settings(frame);
    case kWindowUpdate:
      return on_window_update(frame);
    case kPing:
      if ((frame.flags & kAck) == 0) return put_ack(output_.bytes(), frame);
      answered_ = true;
      return;
    case kResetStream:
      if (find(frame.stream) != nullptr) surprised("the server has reset a stream");
      return;
    case kGoAway:
      return on_goodbye(frame);
    default:
      return;
  }
}

void Connection::on_goodbye(const Frame& frame) {
  if (frame.payload.size() < 8) surprised("the server sent half a GOAWAY");
  std::string text =
      "the server says goodbye, error " + std::to_string(load_u32(frame.payload.data() + 4)) + ": ";
  for (const std::uint8_t octet : frame.payload.subspan(8)) text += static_cast<char>(octet);
  surprised(text.c_str());
}

void Connection::on_settings(const Frame& frame) {
  if ((frame.flags & kAck) != 0) return;
  for_each_setting(frame, [&](std::uint16_t id, std::uint32_t value) {
    if (id == kMaxConcurrentStreams) limit_ = std::min(limit_, value);
    if (id == kHeaderTableSize && value < 4096) surprised("the server's header table is too small for this");
    if (id != kInitialWindowSize) return;
    // RFC 9113 §6.9.2: what is outstanding counts against the new size.
    for (Call& call : calls_) call.window += std::int64_t{value} - stream_window_;
    stream_window_ = value;
  });
  put_frame(output_.bytes(), {}, kSettings, kAck, 0);
  greeted_ = true;
  send_blocked();
}

void Connection::on_window_update(const Frame& frame) {
  const std::uint32_t increment = load_u32(frame.payload.data());
  if (frame.stream == 0) {
    window_ += increment;
  } else if (Call* call = find(frame.stream)) {
    call->window += increment;
  }
  if (!blocked_.empty()) send_blocked();
}

void Connection::on_data(const Frame& frame, Traffic& traffic, Moment at) {
  if ((frame.flags & kPadded) != 0) surprised("the server pads");
  const auto size = static_cast<std::uint32_t>(frame.payload.size());
  unreturned_ += size;
  if (unreturned_ >= kConnectionWindow / 2)
    put_window_update(output_.bytes(), 0, std::exchange(unreturned_, 0));
  Call* call = find(frame.stream);
  if (call == nullptr || !call->answered) surprised("the server has sent data of no call");
  call->unreturned += size;
  if (call->unreturned >= kStreamWindow / 2)
    put_window_update(output_.bytes(), frame.stream, std::exchange(call->unreturned, 0));
  const long messages = call->replies.take(frame.payload, request_);
  call->received += messages;
  if (!request_.waits_for_replies() || messages == 0) return;
  if (messages != 1 || call->received != call->sent) surprised("a reply came before its request");
  traffic.add_latency(at - call->due);
  call->due = at;
  if (call->sent == request_.messages()) return;
  ++call->to_send;
  send(*call);
}

void Connection::on_headers(const Frame& frame, Traffic& traffic, Moment at) {
  if (frame.type == kHeaders) {
    if ((frame.flags & (kPadded | kPriority)) != 0) surprised("the server pads or prioritizes");
    if ((frame.flags & kEndHeaders) != 0)
      return on_block(frame.stream, frame.flags, frame.payload, traffic, at);
    block_.clear();
    block_flags_ = frame.flags;
  }
  block_.append(reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size());
  if ((frame.flags & kEndHeaders) == 0) return;
  on_block(frame.stream, block_flags_, {reinterpret_cast<const std::uint8_t*>(block_.data()), block_.size()},
           traffic, at);
}

void Connection::on_block(std::uint32_t stream, std::uint8_t flags, std::span<const std::uint8_t> block,
                          Traffic& traffic, Moment at) {
  Call* call = find(stream);
  if (call == nullptr) surprised("the server has sent headers of no call");
  if ((flags & kEndStream) != 0) {
    answers_.check_last(block);
    return end(*call, traffic, at);
  }
  answers_.check_first(block);
  call->answered = true;
}

void Connection::end(Call& call, Traffic& traffic, Moment at) {
  if (call.received != request_.replies() || !call.replies.between_messages())
    surprised("a call has ended with too few or too many replies");
  if (call.sent != request_.messages()) surprised("a call has ended before its requests");
  if (!request_.waits_for_replies()) traffic.add_latency(at - call.due);
  traffic.ended(request_.counted());
  call.stream = 0;
  --outstanding_;
  fill(traffic, at);
}

}  // namespace bench::load
