#pragma once

#include "base/bytes.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <span>

namespace farcall::rpc {

/// The bytes of one message where they lie: in one piece or, behind each other, in several.
class MessageView {
 public:
  MessageView() = default;
  explicit MessageView(base::ByteView whole) : bytes_(whole.data()), size_(whole.size()) {}
  /// Several, of `size` bytes in all; they outlive the view.
  MessageView(std::span<const base::ByteView> pieces, std::size_t size)
      : pieces_(pieces.data()), size_(size), count_(pieces.size()) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool is_whole() const { return count_ == 0; }
  /// Only if it is in one piece.
  [[nodiscard]] base::ByteView whole() const { return {bytes_, size_}; }
  /// Only if it is not.
  [[nodiscard]] std::span<const base::ByteView> pieces() const { return {pieces_, count_}; }

  [[nodiscard]] Buffer copy() const {
    if (is_whole()) return Buffer::copy_of(whole());
    Buffer copy;
    copy.reserve(size_);
    for (const base::ByteView piece : pieces()) copy.append(piece);
    return copy;
  }

 private:
  const std::byte* bytes_ = nullptr;  // of the only piece
  const base::ByteView* pieces_ = nullptr;
  std::size_t size_ = 0;
  std::size_t count_ = 0;  // of `pieces_`
};

}  // namespace farcall::rpc
