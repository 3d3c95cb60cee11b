// What any server must do for GetSum, EchoSum and StreamSum over HTTP/2, and nothing else: the floor that
// farcall's server is measured against. Arguments: ADDRESS unary|echo|stream.

#include "wire.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace floor_peer {
namespace {

enum class Workload { unary, echo, stream };

/// A client and what is on its way from it and to it.
class Connection {
 public:
  Connection(int descriptor, Workload workload) : descriptor_(descriptor), workload_(workload) {
    put_frame(out_, {}, kSettings, 0, 0);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { ::close(descriptor_); }

  /// One read, all frames, one write. False when the client has gone.
  bool turn() {
    const ssize_t got = ::read(descriptor_, buffer_ + used_, sizeof buffer_ - used_);
    if (got <= 0) return false;
    used_ += static_cast<std::size_t>(got);
    std::span<const std::uint8_t> bytes(buffer_, used_);
    if (!greeted_) {
      if (bytes.size() < 24) return true;
      bytes = bytes.subspan(24);
      greeted_ = true;
    }
    for (Frame frame; take_frame(bytes, frame);) on_frame(frame);
    used_ = bytes.size();
    std::memmove(buffer_, bytes.data(), used_);
    return flush();
  }

  bool flush() {
    while (!out_.empty()) {
      const ssize_t put = ::write(descriptor_, out_.data(), out_.size());
      if (put < 0) return errno == EAGAIN;
      out_.erase(0, static_cast<std::size_t>(put));
    }
    return true;
  }

 private:
  void on_frame(const Frame& frame) {
    switch (frame.type) {
      case kData:
        return on_data(frame);
      case kSettings:
        if ((frame.flags & kAck) == 0) put_frame(out_, {}, kSettings, kAck, 0);
        return;
      case kPing:
        if ((frame.flags & kAck) == 0)
          put_frame(out_, {reinterpret_cast<const char*>(frame.payload.data()), 8}, kPing, kAck, 0);
        return;
      default:
        return;  // request headers say nothing that the workload needs; windows are taken to suffice
    }
  }

  void on_data(const Frame& frame) {
    received_ += static_cast<std::uint32_t>(frame.payload.size());
    if (received_ > 32'000) {
      put_window_update(out_, 0, received_);
      received_ = 0;
    }
    std::span<const std::uint8_t> payload = frame.payload;
    for (; payload.size() >= kPrefix; payload = payload.subspan(kPrefix + load_u32(payload.data() + 1))) {
      on_message(frame.stream, payload.subspan(kPrefix, load_u32(payload.data() + 1)));
    }
    if ((frame.flags & kEndStream) != 0) end(frame.stream);
  }

  void on_message(std::uint32_t stream, std::span<const std::uint8_t> message) {
    const Numbers numbers = parse_numbers(message);
    if (workload_ != Workload::echo || !streaming_[stream]) put_headers(stream);
    if (workload_ == Workload::echo) streaming_[stream] = true;
    const std::uint32_t replies = workload_ == Workload::stream ? numbers.field[3] : 1;
    reply_.clear();
    put_reply_message(reply_, numbers.field[1] + numbers.field[2]);
    for (std::uint32_t i = 0; i < replies; ++i) put_frame(out_, reply_, kData, 0, stream);
  }

  void end(std::uint32_t stream) {
    if (workload_ == Workload::echo) streaming_.erase(stream);
    put_frame(out_,
              indexed_ ? "\xbe"
                       : "\x40\x0bgrpc-status\x01"
                         "0",
              kHeaders, kEndHeaders | kEndStream, stream);
    indexed_ = true;
  }

  void put_headers(std::uint32_t stream) {
    // :status 200 and content-type; indexed from the second time on, behind grpc-status in the table.
    const std::string_view first(
        "\x88\x5f\x10"
        "application/grpc");
    put_frame(out_, headers_indexed_ ? (indexed_ ? "\x88\xbf" : "\x88\xbe") : first, kHeaders, kEndHeaders,
              stream);
    headers_indexed_ = true;
  }

  int descriptor_;
  Workload workload_;
  std::uint8_t buffer_[64 * 1024];
  std::size_t used_ = 0;
  std::uint32_t received_ = 0;
  std::string out_;
  std::string reply_;
  std::unordered_map<std::uint32_t, bool> streaming_;
  bool greeted_ = false;
  bool headers_indexed_ = false;
  bool indexed_ = false;
};

int listen_on(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  if (::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) surprised("no IPv4 address");
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  socklen_t size = sizeof to;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&to), size) != 0 || ::listen(listener, 1024) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&to), &size) != 0) {
    surprised("cannot listen there");
  }
  std::printf("listening on 127.0.0.1:%d\n", ntohs(to.sin_port));
  std::fflush(stdout);
  return listener;
}

void watch(int epoll, int descriptor, void* who) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = who;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) surprised("epoll_ctl failed");
}

void serve(const std::string& address, Workload workload) {
  const int listener = listen_on(address);
  const int epoll = ::epoll_create1(0);
  watch(epoll, listener, nullptr);
  std::vector<epoll_event> ready(1024);
  while (true) {
    const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (auto* connection = static_cast<Connection*>(ready[static_cast<std::size_t>(i)].data.ptr)) {
        if (!connection->turn()) std::unique_ptr<Connection>(connection).reset();
        continue;
      }
      const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
      if (descriptor < 0) continue;
      const int on = 1;
      ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      watch(epoll, descriptor, std::make_unique<Connection>(descriptor, workload).release());
    }
  }
}

}  // namespace
}  // namespace floor_peer

int main(int argc, char** argv) {
  using floor_peer::Workload;
  const std::string workload = argc == 3 ? argv[2] : "";
  if (workload != "unary" && workload != "echo" && workload != "stream") {
    std::fprintf(stderr, "floor_server: give ADDRESS and one of unary, echo, stream\n");
    return 2;
  }
  floor_peer::serve(argv[1], workload == "unary"  ? Workload::unary
                             : workload == "echo" ? Workload::echo
                                                  : Workload::stream);
}
