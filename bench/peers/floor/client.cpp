// What any client must do to keep so many calls of GetSum outstanding, and nothing else: the floor that
// farcall's client is measured against. Arguments: HOST:PORT CALLS OUTSTANDING.

#include "client_report.hpp"
#include "wire.hpp"

#include <arpa/inet.h>
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace floor_peer {
namespace {

class Client {
 public:
  explicit Client(const std::string& address) : authority_(address) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1)
      surprised("no IPv4 address");
    descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) surprised("cannot connect");
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ = ::epoll_create1(0);
    epoll_event event{};
    event.events = EPOLLIN;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor_, &event);
    out_ = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    put_frame(out_, {}, kSettings, 0, 0);
    put_window_update(out_, 0, 1U << 30);
  }

  void run(long calls, int outstanding) {
    left_ = calls;
    pending_ = 0;
    for (int i = 0; i < outstanding && left_ > 0; ++i) begin();
    while (pending_ > 0) {
      flush();
      epoll_event ready{};
      if (::epoll_wait(epoll_, &ready, 1, -1) < 0) surprised("epoll_wait failed");
      const ssize_t got = ::read(descriptor_, buffer_ + used_, sizeof buffer_ - used_);
      if (got <= 0) surprised("the server has gone");
      used_ += static_cast<std::size_t>(got);
      std::span<const std::uint8_t> bytes(buffer_, used_);
      for (Frame frame; take_frame(bytes, frame);) on_frame(frame);
      used_ = bytes.size();
      std::memmove(buffer_, bytes.data(), used_);
    }
  }

 private:
  void begin() {
    --left_;
    ++pending_;
    if (headers_.empty()) {
      put_first_headers();
    } else {
      put_frame(out_, headers_, kHeaders, kEndHeaders, stream_);
    }
    put_frame(out_, {"\0\0\0\0\x04\x08\x02\x10\x03", 9}, kData, kEndStream, stream_);
    stream_ += 2;
  }

  /// With everything put into the peer's table, so that all further calls are a byte a field.
  void put_first_headers() {
    std::string block = "\x83\x86";  // POST, http
    const auto text = [&](std::string_view value) {
      block += static_cast<char>(value.size());
      block += value;
    };
    block += '\x44';  // :path
    text("/benchmark.BenchmarkService/GetSum");
    block += '\x41';  // :authority
    text(authority_);
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
        if ((frame.flags & kEndStream) != 0) end();
        return;
      case kData:
        on_data(frame.payload);
        return;
      case kSettings:
        if ((frame.flags & kAck) == 0) put_frame(out_, {}, kSettings, kAck, 0);
        return;
      case kPing:
        if ((frame.flags & kAck) == 0)
          put_frame(out_, {reinterpret_cast<const char*>(frame.payload.data()), 8}, kPing, kAck, 0);
        return;
      case kWindowUpdate:
        return;
      default:
        surprised("a frame that a call which goes well does not see");
    }
  }

  void on_data(std::span<const std::uint8_t> payload) {
    if (payload.size() < kPrefix || parse_numbers(payload.subspan(kPrefix)).field[1] != 5)
      surprised("2 + 3 is not 5");
    received_ += static_cast<std::uint32_t>(payload.size());
    if (received_ < 1U << 20) return;
    put_window_update(out_, 0, received_);
    received_ = 0;
  }

  void end() {
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

  std::string authority_;
  int descriptor_ = -1;
  int epoll_ = -1;
  std::uint32_t stream_ = 1;
  long left_ = 0;
  long pending_ = 0;
  std::uint8_t buffer_[64 * 1024];
  std::size_t used_ = 0;
  std::uint32_t received_ = 0;
  std::string out_;
  std::string headers_;
};

}  // namespace
}  // namespace floor_peer

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "floor_client: give HOST:PORT CALLS OUTSTANDING\n");
    return 2;
  }
  const long calls = std::stol(argv[2]);
  const int outstanding = std::stoi(argv[3]);
  static floor_peer::Client client(argv[1]);
  client.run(calls / 10 + 1, outstanding);
  const bench::Usage before = bench::Usage::now();
  client.run(calls, outstanding);
  bench::report(before, calls);
}
