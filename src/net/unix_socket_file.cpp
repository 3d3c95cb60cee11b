#include "net/unix_socket_file.hpp"

#include "net/descriptor.hpp"
#include "net/socket_address.hpp"

#include <cerrno>
#include <cstdio>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace farcall::net {

UnixSocketFile::UnixSocketFile(std::string path) : path_(std::move(path)) {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0) {
    device_ = found.st_dev;
    inode_ = found.st_ino;
  }
}

UnixSocketFile::~UnixSocketFile() {
  struct stat found {};
  const bool is_ours = ::lstat(path_.c_str(), &found) == 0 && S_ISSOCK(found.st_mode) &&
                       found.st_dev == device_ && found.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
}

int UnixSocketFile::move_to(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return errno;
  path_ = path;
  return 0;
}

UnixSocketFile::State UnixSocketFile::probe(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return State::absent;
  if (!S_ISSOCK(found.st_mode)) return State::not_a_socket;
  const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const SocketAddress address(Address::unix_path(path));
  if (probe && ::connect(probe.get(), address.get(), address.length) != 0 && errno == ECONNREFUSED) {
    return State::stale;
  }
  // Connected, or its queue is full, or we may not connect: in every case somebody may be there.
  return State::in_use;
}

}  // namespace farcall::net
