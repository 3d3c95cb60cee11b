#pragma once

#include <google/protobuf/arena.h>

#include <array>
#include <cstddef>

namespace farcall::server {

/// Where the requests of a call's handlers lie, one after the other. It keeps its first block from call to
/// call, so that most requests need no memory from anywhere else.
class RequestArena {
 public:
  RequestArena() : arena_(block_.data(), block_.size()) {}
  RequestArena(const RequestArena&) = delete;
  RequestArena& operator=(const RequestArena&) = delete;

  [[nodiscard]] google::protobuf::Arena& arena() { return arena_; }
  /// Everything made on it is gone.
  void reset() { arena_.Reset(); }

 private:
  static constexpr std::size_t kFirstBlock = 4096;

  alignas(std::max_align_t) std::array<char, kFirstBlock> block_;
  google::protobuf::Arena arena_;
};

}  // namespace farcall::server
