#include "net/socket_stream.hpp"

#include "net/socket_address.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace farcall::net {
namespace {

/// Entries that one write hands to the kernel; a longer list is written in part.
constexpr std::size_t kMostEntries = 64;

IoResult failure(int error) {
  if (error == EAGAIN || error == EWOULDBLOCK) return {IoOutcome::would_block, 0, {}};
  return {IoOutcome::failed, 0, std::error_code(error, std::system_category())};
}

}  // namespace

std::unique_ptr<SocketStream> SocketStream::make(Loop& loop, Descriptor socket, const Address& peer) {
  std::unique_ptr<SocketStream> stream(new SocketStream(loop, peer));
  if (stream->descriptor_.assign(std::move(socket))) return nullptr;
  return stream;
}

IoResult SocketStream::read(std::span<std::byte> into) {
  while (descriptor_.is_open()) {
    const ssize_t got = ::recv(descriptor_.native(), into.data(), into.size(), 0);
    if (got > 0) return {IoOutcome::done, static_cast<std::size_t>(got), {}};
    if (got == 0) return {IoOutcome::end, 0, {}};
    if (errno != EINTR) return failure(errno);
  }
  return failure(EBADF);
}

IoResult SocketStream::write(std::span<const base::ByteView> gather) {
  // What is in one piece costs less this way, the kernel too.
  return gather.size() == 1 ? write(gather.front()) : write_gathered(gather);
}

IoResult SocketStream::write_gathered(std::span<const base::ByteView> gather) {
  std::array<iovec, kMostEntries> entries;
  const std::size_t count = std::min(gather.size(), kMostEntries);
  for (std::size_t i = 0; i < count; ++i) {
    // The kernel does not write through iov_base here; the type is shared with reading.
    entries[i] = {const_cast<std::byte*>(gather[i].data()), gather[i].size()};
  }
  msghdr message{};
  message.msg_iov = entries.data();
  message.msg_iovlen = count;
  while (descriptor_.is_open()) {
    const ssize_t put = ::sendmsg(descriptor_.native(), &message, MSG_NOSIGNAL);
    if (put >= 0) return {IoOutcome::done, static_cast<std::size_t>(put), {}};
    if (errno != EINTR) return failure(errno);
  }
  return failure(EBADF);
}

IoResult SocketStream::write(base::ByteView bytes) {
  while (descriptor_.is_open()) {
    const ssize_t put = ::send(descriptor_.native(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put >= 0) return {IoOutcome::done, static_cast<std::size_t>(put), {}};
    if (errno != EINTR) return failure(errno);
  }
  return failure(EBADF);
}

void SocketStream::wait_readable() {
  if (waits_to_read_ || !descriptor_.is_open()) return;
  waits_to_read_ = true;
  descriptor_.wait<&SocketStream::readable>(asio::posix::descriptor_base::wait_read, line_);
}

void SocketStream::wait_writable() {
  if (waits_to_write_ || !descriptor_.is_open()) return;
  waits_to_write_ = true;
  descriptor_.wait<&SocketStream::writable>(asio::posix::descriptor_base::wait_write, line_);
}

void SocketStream::readable() {
  waits_to_read_ = false;
  observer_->on_readable();
}

void SocketStream::writable() {
  waits_to_write_ = false;
  observer_->on_writable();
}

void SocketStream::shutdown_send() {
  if (descriptor_.is_open()) ::shutdown(descriptor_.native(), SHUT_WR);
}

void SocketStream::close() {
  line_.cut();
  if (descriptor_.is_open()) descriptor_.close();
}

std::error_code SocketStream::pending_error() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(descriptor_.native(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  return {error, std::system_category()};
}

bool SocketStream::is_connected_to_itself() {
  SocketAddress own;
  SocketAddress other;
  return peer_.is_ip() && ::getsockname(descriptor_.native(), own.get(), &own.length) == 0 &&
         ::getpeername(descriptor_.native(), other.get(), &other.length) == 0 &&
         own.to_address() == other.to_address();
}

}  // namespace farcall::net
