#include "socket_client.hpp"

#include "base/bytes.hpp"
#include "server_dialogue.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace farcall::server::tests {

namespace {

int connect_tcp(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
  if (inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1)
    throw std::invalid_argument(address);
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    throw std::runtime_error("cannot connect to " + address);
  }
  return descriptor;
}

int connect_abstract(const std::string& address) {
  const std::string name = address.substr(address.find(':') + 1);
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path + 1, name.data(), name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&to), size) != 0) {
    throw std::runtime_error("cannot connect to " + address);
  }
  return descriptor;
}

}  // namespace

SocketClient::SocketClient(const std::string& address)
    : descriptor_(address.starts_with("unix-abstract:") ? connect_abstract(address) : connect_tcp(address)) {
  send(testing::frames().preface().settings().settings_ack());
}

SocketClient::~SocketClient() {
  close(descriptor_);
}

std::string SocketClient::echo(std::string_view value) {
  const std::uint32_t stream = next_stream_;
  next_stream_ += 2;
  send(unary(stream, "Echo", value));
  Answer answer;
  while (!answer.ended) {
    const testing::Frame frame = receive();
    if (frame.stream != stream) continue;
    if (frame.type == testing::FrameType::rst_stream) return "[reset]";
    if (frame.type == testing::FrameType::headers) answer.trailers = frame.headers;
    if (frame.type == testing::FrameType::data) answer.body += frame.payload;
    answer.ended = frame.end_stream();
  }
  if (answer.status() != "0" || answer.texts().size() != 1) return "[status " + answer.status() + "]";
  return answer.texts()[0];
}

void SocketClient::send(const testing::FrameScript& script) {
  const std::string bytes = script.bytes();
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t count = ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("the connection is lost");
    sent += static_cast<std::size_t>(count);
  }
}

testing::Frame SocketClient::receive() {
  for (;;) {
    if (auto frame = reader_.next()) return *frame;
    std::array<std::byte, 4096> bytes;
    const ssize_t count = recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (count <= 0) throw std::runtime_error("the connection is lost");
    reader_.feed(base::ByteView(bytes).first(static_cast<std::size_t>(count)));
  }
}

}  // namespace farcall::server::tests
