#pragma once

#include "base/bytes.hpp"

#include <farcall/buffer.hpp>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace farcall::http2 {

/// Small payloads one behind the other in one piece of memory, filled at the end and used up from the front.
///
/// Its memory is at most kSmallest, or twice the most that it has held since it was empty; or it is what
/// another one left behind. What it has needed for many messages at once it hands on when it is empty: a busy
/// stream finds the memory that it gave away, an idle one keeps next to nothing.
class Gathered {
 public:
  /// Memory that an empty one keeps, and the least that is allocated.
  static constexpr std::size_t kSmallest = 256;
  /// The most that is worth handing on: what a stream queues before it is told to wait, in memory that grows
  /// by doubling.
  static constexpr std::size_t kLargestSpare = 160 * 1024;

  [[nodiscard]] base::ByteView view() const { return bytes_.view().subspan(used_); }
  [[nodiscard]] bool empty() const { return used_ == bytes_.size(); }
  /// Memory that it has.
  [[nodiscard]] std::size_t capacity() const { return bytes_.capacity(); }

  /// A copy of `bytes`, behind the others. `spare` is empty: memory that may be taken.
  void append(base::ByteView bytes, Buffer& spare) {
    if (bytes_.size() + bytes.size() > bytes_.capacity()) make_room(bytes.size(), spare);
    bytes_.append(bytes);
  }

  /// The same for a buffer that may be kept as it is.
  void append(Buffer&& bytes, Buffer& spare) {
    if (bytes_.capacity() == 0 && bytes.size() > spare.capacity()) {
      bytes_ = std::move(bytes);
    } else {
      append(bytes.view(), spare);
    }
  }

  /// Memory behind the bytes, until anything else is done with them; and the first `count` bytes of it are
  /// written.
  [[nodiscard]] std::span<std::byte> room() {
    return {bytes_.data() + bytes_.size(), bytes_.capacity() - bytes_.size()};
  }
  void grow(std::size_t count) { static_cast<void>(bytes_.extend(count)); }

  /// The first `count` bytes are used up.
  void drop_front(std::size_t count, Buffer& spare) {
    used_ += count;
    if (!empty()) return;
    used_ = 0;
    bytes_.clear();
    if (bytes_.capacity() <= kSmallest) return;
    Buffer given = std::exchange(bytes_, Buffer());
    if (given.capacity() > spare.capacity() && given.capacity() <= kLargestSpare) spare = std::move(given);
  }

 private:
  /// What is used up is given back on the way, so that a queue that never runs empty does not keep the room
  /// of all that it ever held.
  void make_room(std::size_t more, Buffer& spare) {
    const base::ByteView left = view();
    const std::size_t needed = left.size() + more;
    Buffer roomier;
    if (spare.capacity() >= needed) {
      roomier = std::exchange(spare, Buffer());
    } else {
      roomier.reserve(std::max(kSmallest, 2 * needed));
    }
    roomier.append(left);
    bytes_ = std::move(roomier);
    used_ = 0;
  }

  Buffer bytes_;
  std::size_t used_ = 0;
};

}  // namespace farcall::http2
