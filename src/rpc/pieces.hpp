#pragma once

#include "base/bytes.hpp"
#include "base/read_buffer.hpp"
#include "rpc/message_view.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace farcall::rpc {

/// What has arrived of a message that comes in several parts. Large parts stay in the memory that they were
/// read into, others are copied, one behind the other. Takes at most twice as much memory as bytes have
/// arrived, and none for those that are merely announced.
class Pieces {
 public:
  /// A part is copied if it is shorter: its own memory would cost as much.
  static constexpr std::size_t kLeastKept = 8 * 1024;
  /// Larger messages are copied into one piece: the memory of so many pieces would lie about afterwards, of
  /// no use to what the message becomes.
  static constexpr std::size_t kLargestKept = 4 * 1024 * 1024;

  [[nodiscard]] static Pieces copy_of(MessageView message);

  /// The next bytes of a message of `whole` bytes in all. `source`: where they may lie, if they may be kept.
  void add(base::ByteView bytes, std::size_t whole, base::ReadBuffer* source);
  [[nodiscard]] std::size_t size() const { return copied_.size() + (kept_ ? kept_->size : 0); }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// All of the message.
  [[nodiscard]] MessageView view() const {
    return kept_ ? MessageView(kept_->views, kept_->size) : MessageView(copied_.view());
  }
  /// The same in one piece, for which it is copied unless it is; for that moment there are both.
  [[nodiscard]] base::ByteView whole() {
    if (kept_) *this = copy_of(view());
    return copied_.view();
  }
  [[nodiscard]] Buffer take() {
    static_cast<void>(whole());
    return std::exchange(copied_, {});
  }
  /// Forgets the bytes, and keeps memory for those of the next message, but not much.
  void clear();
  /// Forgets the bytes and their memory.
  void release() {
    if (kept_) kept_.reset();
    if (copied_.capacity() > 0) copied_ = {};
  }

 private:
  /// Pieces that lie where they were read to, and what was copied before and between them.
  struct Kept {
    std::vector<base::ByteView> views;
    std::vector<std::shared_ptr<const Buffer>> memory;
    std::size_t size = 0;
    std::size_t capacity = 0;
  };

  [[nodiscard]] bool may_keep(base::ByteView bytes, std::size_t whole, base::ReadBuffer* source) const;
  void keep(base::ByteView bytes, base::ReadBuffer& source);
  void copy(base::ByteView bytes, std::size_t whole);
  void end_copied();

  std::unique_ptr<Kept> kept_;
  /// The last bytes, or all.
  Buffer copied_;
};

}  // namespace farcall::rpc
