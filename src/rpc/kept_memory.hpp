#pragma once

#include <farcall/buffer.hpp>

#include <cstddef>

namespace farcall::rpc {

/// Of the memory that messages are copied to, this much is kept for the next message; more is given back, so
/// that one large message does not cost an idle stream its size.
inline constexpr std::size_t kKeptCapacity = 64 * 1024;

inline void empty_out(Buffer& buffer) {
  if (buffer.capacity() > kKeptCapacity) {
    buffer = Buffer();
  } else {
    buffer.clear();
  }
}

}  // namespace farcall::rpc
