#include "wire_peer.hpp"

#include <farcall/codegen/protobuf.hpp>

#include <google/protobuf/wrappers.pb.h>

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace farcall::client_test {

using testing::Frame;
using testing::frames;
using testing::FrameScript;
using testing::FrameType;

namespace {

void await_readable(int descriptor, const char* what) {
  pollfd wanted{descriptor, POLLIN, 0};
  if (::poll(&wanted, 1, 20'000) != 1)
    throw std::runtime_error(std::string("in 20 s the client did not ") + what);
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  Socket old(std::exchange(descriptor_, std::exchange(other.descriptor_, -1)));
  return *this;
}

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

WireConnection::WireConnection(Socket socket) : socket_(std::move(socket)) {
  reader_.expect_preface();
}

void WireConnection::says_bytes(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) throw std::runtime_error("the client has closed the connection");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

Frame WireConnection::next() {
  for (;;) {
    if (std::optional<Frame> frame = reader_.next()) {
      if (frame->type == FrameType::settings && frame->ack() && table_limit_)
        reader_.set_table_limit(*std::exchange(table_limit_, std::nullopt));
      return *frame;
    }
    await_readable(socket_.get(), "send a frame");
    std::array<std::byte, 65'536> bytes;
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) throw std::runtime_error("the client closed the connection instead of sending a frame");
    reader_.feed(base::ByteView(bytes).first(static_cast<std::size_t>(got)));
  }
}

Frame WireConnection::hears(FrameType type) {
  for (;;) {
    Frame frame = next();
    if (frame.type == type) return frame;
    if (frame.type == FrameType::ping && !frame.ack()) says(frames().ping_ack(frame.opaque()));
    if (frame.type == FrameType::settings || frame.type == FrameType::ping ||
        frame.type == FrameType::window_update)
      continue;
    throw std::runtime_error("the client sent " + testing::describe(frame));
  }
}

Frame WireConnection::skips_to(FrameType type, std::uint32_t stream) {
  for (;;) {
    Frame frame = next();
    if (frame.type == type && frame.stream == stream) return frame;
  }
}

std::string WireConnection::hears_data(std::uint32_t stream, std::size_t count) {
  std::string payload;
  while (payload.size() < count) {
    const Frame frame = hears(FrameType::data);
    if (frame.stream != stream)
      throw std::runtime_error("data came on another stream: " + testing::describe(frame));
    payload += frame.payload;
    if (frame.end_stream()) break;
  }
  return payload;
}

void WireConnection::hears_end() {
  std::array<char, 65'536> bytes;
  for (;;) {
    await_readable(socket_.get(), "close the connection");
    if (::recv(socket_.get(), bytes.data(), bytes.size(), 0) <= 0) return;
  }
}

void WirePeer::listen() {
  listener_ = Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
}

WireConnection WirePeer::accept_silently() {
  await_readable(listener_.get(), "connect");
  return WireConnection(Socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

WireConnection WirePeer::accept(Settings settings) {
  WireConnection connection = accept_silently();
  connection.says(frames().settings(settings));
  for (const auto& [setting, value] : settings) {
    if (setting == testing::Setting::header_table_size) connection.limits_table(value);
  }
  return connection;
}

std::string message(std::string_view text) {
  google::protobuf::StringValue value;
  value.set_value(std::string(text));
  const Buffer bytes = codegen::serialize(value);
  return std::string(base::as_text(bytes.view()));
}

std::string text_in(std::string_view bytes) {
  google::protobuf::StringValue value;
  if (bytes.size() < codegen::kMessagePrefixSize ||
      !codegen::parse(base::as_bytes(bytes.substr(codegen::kMessagePrefixSize)), value)) {
    throw std::runtime_error("not a message");
  }
  return value.value();
}

FrameScript good_headers(std::uint32_t stream) {
  return frames().headers(stream).response().field("content-type", "application/grpc");
}

FrameScript trailers(std::uint32_t stream, int status, std::string_view text) {
  FrameScript script = frames().headers(stream).field("grpc-status", std::to_string(status)).end_stream();
  if (!text.empty()) script.field("grpc-message", text);
  return script;
}

FrameScript reply(std::uint32_t stream, std::string_view text) {
  return good_headers(stream).data(stream, message(text)).then(trailers(stream));
}

}  // namespace farcall::client_test
