#pragma once

#include <string>
#include <sys/types.h>

namespace farcall::net {

/// The file of a bound Unix socket: removed at the end of the last socket on it.
class UnixSocketFile {
 public:
  /// `path` has just been bound.
  explicit UnixSocketFile(std::string path);
  UnixSocketFile(const UnixSocketFile&) = delete;
  UnixSocketFile& operator=(const UnixSocketFile&) = delete;
  /// Gives the file another path, in one step in the place of what is there. 0, or errno.
  [[nodiscard]] int move_to(const std::string& path);
  /// Removes the file, unless something else has taken its place.
  ~UnixSocketFile();

  [[nodiscard]] const std::string& path() const { return path_; }

  enum class State { absent, stale, in_use, not_a_socket };
  /// What is at `path`: a socket is stale when nobody accepts on it.
  static State probe(const std::string& path);

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace farcall::net
