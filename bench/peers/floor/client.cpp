// What any client must do to keep so many calls outstanding, and nothing else: the floor that farcall's
// client is measured against.

#include "load/reply_reader.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "program/report.hpp"
#include "program/sockets.hpp"
#include "wire.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace floor_peer {
namespace {

using bench::Workload;

constexpr std::uint32_t kStreamWindow = 1U << 20;
constexpr std::uint32_t kConnectionWindow = 1U << 30;

/// SumReply{5}.
struct Expected {
  void check_reply(std::size_t size, std::span<const std::uint8_t> message) const {
    if (size != 2 || message[0] != 0x08 || message[1] != 5) surprised("2 + 3 is not 5");
  }
};

class Client {
 public:
  explicit Client(const bench::ClientOptions& options)
      : options_(options),
        descriptor_(bench::connect_to(options.target)),
        epoll_(bench::make_epoll()),
        streams_(std::bit_ceil(2 * static_cast<std::size_t>(options.outstanding))) {
    bench::watch(epoll_, descriptor_, nullptr);
    out_ = kPreface;
    std::string settings;
    put_setting(settings, kInitialWindowSize, kStreamWindow);
    put_frame(out_, settings, kSettings, 0, 0);
    put_window_update(out_, 0, kConnectionWindow);
    std::string message("\x08\x02\x10\x03", 4);
    if (options.workload == Workload::stream_sum) {
      message += '\x18';
      put_varint(message, static_cast<std::uint32_t>(options.messages));
    }
    message_ += '\0';
    put_u32(message_, static_cast<std::uint32_t>(message.size()));
    message_ += message;
  }

  void run(long calls) {
    left_ = calls;
    pending_ = 0;
    for (int i = 0; i < options_.outstanding && left_ > 0; ++i) begin();
    while (pending_ > 0) {
      flush();
      epoll_event ready{};
      if (::epoll_wait(epoll_, &ready, 1, -1) < 0) surprised("epoll_wait failed");
      const ssize_t got = ::read(descriptor_, buffer_.data() + used_, buffer_.size() - used_);
      if (got <= 0) surprised("the server has gone");
      used_ += static_cast<std::size_t>(got);
      std::span<const std::uint8_t> bytes(buffer_.data(), used_);
      for (Frame frame; take_frame(bytes, frame);) on_frame(frame);
      used_ = bytes.size();
      std::memmove(buffer_.data(), bytes.data(), used_);
    }
  }

 private:
  /// A stream of messages.
  struct Stream {
    std::uint32_t id = 0;
    int received = 0;
    std::uint32_t unreturned = 0;
    bench::load::ReplyReader replies;
  };

  void begin() {
    --left_;
    ++pending_;
    if (bench::is_stream(options_.workload)) open_stream();
    if (headers_.empty()) {
      put_first_headers();
    } else {
      put_frame(out_, headers_, kHeaders, kEndHeaders, stream_);
    }
    put_message(stream_, options_.workload != Workload::echo_sum || options_.messages == 1);
    stream_ += 2;
  }

  Stream& place_for(std::uint32_t stream) { return streams_[stream / 2 & (streams_.size() - 1)]; }

  void open_stream() {
    while (place_for(stream_).id != 0) stream_ += 2;
    Stream& stream = place_for(stream_);
    stream = Stream();
    stream.id = stream_;
  }

  void put_message(std::uint32_t stream, bool last) {
    put_frame(out_, message_, kData, last ? kEndStream : std::uint8_t{0}, stream);
  }

  /// With everything put into the peer's table, so that all further calls are a byte a field.
  void put_first_headers() {
    std::string block = "\x83\x86";  // POST, http
    const auto text = [&](std::string_view value) {
      block += static_cast<char>(value.size());
      block += value;
    };
    block += '\x44';  // :path
    text(bench::named(options_.workload).path);
    block += '\x41';  // :authority
    text(options_.target);
    block += '\x5f';  // content-type
    text("application/grpc");
    block += '\x40';
    text("te");
    text("trailers");
    put_frame(out_, block, kHeaders, kEndHeaders, stream_);
    headers_ = "\x83\x86\xc1\xc0\xbf\xbe";
  }

  void on_frame(const Frame& frame) {
    switch (frame.type) {
      case kHeaders:
        if ((frame.flags & kEndStream) != 0) end(frame.stream);
        return;
      case kData:
        on_data(frame);
        return;
      case kSettings:
        if ((frame.flags & kAck) == 0) put_frame(out_, {}, kSettings, kAck, 0);
        return;
      case kPing:
        if ((frame.flags & kAck) == 0) put_ack(out_, frame);
        return;
      case kWindowUpdate:
        return;
      default:
        surprised("a frame that a call which goes well does not see");
    }
  }

  void on_data(const Frame& frame) {
    const auto size = static_cast<std::uint32_t>(frame.payload.size());
    received_ += size;
    if (received_ >= kConnectionWindow / 2) put_window_update(out_, 0, std::exchange(received_, 0));
    if (!bench::is_stream(options_.workload)) {
      if (size < kPrefix) surprised("a reply in parts");
      Expected().check_reply(size - kPrefix, frame.payload.subspan(kPrefix));
      return;
    }
    Stream& stream = place_for(frame.stream);
    if (stream.id != frame.stream) surprised("data of no call");
    stream.unreturned += size;
    if (stream.unreturned >= kStreamWindow / 2)
      put_window_update(out_, frame.stream, std::exchange(stream.unreturned, 0));
    const long messages = stream.replies.take(frame.payload, Expected());
    stream.received += static_cast<int>(messages);
    if (options_.workload == Workload::echo_sum && messages > 0 && stream.received < options_.messages)
      put_message(stream.id, stream.received + 1 == options_.messages);
  }

  void end(std::uint32_t id) {
    if (bench::is_stream(options_.workload)) {
      Stream& stream = place_for(id);
      if (stream.id != id || stream.received != options_.messages) surprised("a stream has ended early");
      stream.id = 0;
    }
    --pending_;
    if (left_ > 0) begin();
  }

  void flush() {
    for (std::size_t sent = 0; sent < out_.size();) {
      const ssize_t put = ::write(descriptor_, out_.data() + sent, out_.size() - sent);
      if (put <= 0) surprised("the server has gone");
      sent += static_cast<std::size_t>(put);
    }
    out_.clear();
  }

  bench::ClientOptions options_;
  int descriptor_;
  int epoll_;
  std::uint32_t stream_ = 1;
  long left_ = 0;
  long pending_ = 0;
  std::vector<Stream> streams_;  // that of number N at N / 2 modulo the size
  std::array<std::uint8_t, 256 * 1024> buffer_;
  std::size_t used_ = 0;
  std::uint32_t received_ = 0;
  std::string out_;
  std::string headers_;
  std::string message_;
};

}  // namespace
}  // namespace floor_peer

int main(int argc, char** argv) {
  bench::ClientOptions options;
  if (const auto status = bench::parse_client(
          "floor_client", "What a client cannot do without, by hand", argc, argv,
          {bench::Workload::get_sum, bench::Workload::stream_sum, bench::Workload::echo_sum}, options)) {
    return *status;
  }
  if (options.metadata > 0 || options.threads > 1) {
    std::fprintf(stderr, "floor_client: it has neither --metadata nor --threads\n");
    return 2;
  }
  bench::end_after(bench::kClientSeconds);
  static floor_peer::Client client(options);
  client.run(options.warm_up());
  const bench::Usage before = bench::Usage::now();
  client.run(options.calls);
  bench::report(before, options.calls, options.messages_of(options.calls));
}
