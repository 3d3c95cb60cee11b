#pragma once

#include "net/byte_stream.hpp"
#include "net/loop.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

namespace farcall::testing {

/// How a pair of memory streams behaves; the same in both directions.
struct MemoryStreamOptions {
  MemoryStreamOptions() = default;
  /// The most that one read returns and one write takes; 1 cuts everything into single bytes.
  std::size_t read_limit = SIZE_MAX;
  std::size_t write_limit = SIZE_MAX;
  /// Bytes in flight one way before writing would block; what the kernel's buffers are to a socket.
  std::size_t capacity = 256 * 1024;
};

class MemoryLink;

/// A net::ByteStream pair in memory on one loop, for tests without sockets: what one end writes the other
/// reads. As with sockets, readiness is told in later turns of the loop, closing an end lets the other read
/// what was written and then the end, and writing to a closed end fails.
class MemoryStreams {
 public:
  explicit MemoryStreams(net::Loop& loop, MemoryStreamOptions options = MemoryStreamOptions());
  ~MemoryStreams();

  /// Each to be taken once.
  std::unique_ptr<net::ByteStream> first;
  std::unique_ptr<net::ByteStream> second;

  /// From now on both ends fail with `error`, as when a peer has vanished.
  void fail(std::error_code error);
  /// Bytes that wait to be read by the end that was `first` or `second`.
  [[nodiscard]] std::size_t unread_by_first() const;
  [[nodiscard]] std::size_t unread_by_second() const;

 private:
  std::shared_ptr<MemoryLink> link_;
};

}  // namespace farcall::testing
