#pragma once

#include "base/bytes.hpp"
#include "base/read_buffer.hpp"
#include "rpc/message_view.hpp"
#include "rpc/pieces.hpp"

#include <farcall/buffer.hpp>
#include <farcall/status.hpp>

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace farcall::rpc {

/// What precedes every message: one byte of flags, then the length in 4 bytes, big-endian.
inline constexpr std::size_t kPrefixSize = 5;

/// Writes the prefix of an uncompressed message of `size` bytes (below 4 GiB) to the 5 bytes at `to`.
inline void write_prefix(std::byte* to, std::size_t size) {
  to[0] = std::byte{0};
  base::store_u32(to + 1, static_cast<std::uint32_t>(size));
}

/// The message, if `bytes` are exactly one, uncompressed and of at most `max_size`. What else they may be a
/// MessageReader finds out.
[[nodiscard]] inline std::optional<base::ByteView> only_message(base::ByteView bytes, std::size_t max_size) {
  if (bytes.size() < kPrefixSize || bytes[0] != std::byte{0}) return std::nullopt;
  const std::size_t size = bytes.size() - kPrefixSize;
  if (base::load_u32(bytes.data() + 1) != size || size > max_size) return std::nullopt;
  return bytes.subspan(kPrefixSize);
}

/// The limit on received messages when nothing else is said, as in the other implementations.
inline constexpr std::size_t kDefaultMaxMessageSize = 4 * 1024 * 1024;

/// Cuts the bytes of one direction of a call into messages, wherever the fragments begin and end.
///
/// Call in this order, again and again:
///   `feed`    the payload of one DATA frame, which is borrowed, not copied;
///   `next`    until it says need_more; after `message`, use `view()` or keep it with `take()`;
///   `retain`  before the fragment's bytes die, if `next` has not said need_more by then (the application
///   wants no
///             further message yet): the rest is copied, and `next` goes on from there whenever it is called.
/// At the end of the stream, once `next` said need_more: `finish`.
///
/// A message that lies whole in the fragment is a view into it. Others are assembled in memory that grows
/// with what has arrived, to at most twice of it, and never because of a length that was merely announced:
/// large ones in several pieces, where they were read to. A failure is final. Not thread-safe.
class MessageReader {
 public:
  enum class Next : std::uint8_t {
    message,    ///< `view()` is the next one. It may be empty.
    need_more,  ///< Everything fed has been used.
    failed,     ///< `failure()` says why; the call is over.
  };

  explicit MessageReader(std::size_t max_message_size = kDefaultMaxMessageSize)
      : max_message_size_(max_message_size) {}
  MessageReader(MessageReader&&) noexcept = default;
  MessageReader& operator=(MessageReader&&) noexcept = default;

  /// Invalidates the message. If something retained is unread, the fragment is copied behind it. `source`:
  /// where the fragment may lie, for messages that outlive it.
  void feed(base::ByteView fragment, base::ReadBuffer* source = nullptr);

  [[nodiscard]] Next next();

  /// The message that `next` announced, where it lies: valid until the next call of another member, and no
  /// longer than the fragment that it may point into.
  [[nodiscard]] MessageView view() const {
    return message_is_assembled_ ? assembled_.view() : MessageView(message_);
  }
  /// The same in one piece, for which it is copied if it is in several.
  [[nodiscard]] base::ByteView message() { return message_is_assembled_ ? assembled_.whole() : message_; }

  /// The same, owned by the caller; copied only if it lies in a fragment or in several pieces. Once for each
  /// message.
  [[nodiscard]] Buffer take();
  /// The same as it lies; copied only if it lies in a fragment.
  [[nodiscard]] Pieces take_pieces();

  /// Ends the borrowing of the fragment. Does not save a message that was announced and not taken.
  void retain();

  /// After need_more: how many bytes the current message (or its prefix) still lacks. A receiver that has
  /// handed out less window than that must hand out more, or the message never completes.
  [[nodiscard]] std::size_t missing() const {
    return in_body_ ? body_length_ - assembled_.size() : kPrefixSize - prefix_length_;
  }

  /// As if it had just been made.
  void reset() { *this = MessageReader(max_message_size_); }
  /// Whether it is as good as that, but for memory: everything fed was whole messages, which were announced.
  [[nodiscard]] bool idle() const {
    return !in_body_ && prefix_length_ == 0 && unread_.empty() && failure_.ok();
  }
  /// Forgets the last message and gives back its memory; only when idle.
  void rest() {
    assert(idle());
    message_ = {};
    if (retained_.capacity() > 0) retained_ = {};
    assembled_.release();
    unread_is_retained_ = message_is_assembled_ = false;
  }

  /// Bytes kept in memory of our own.
  [[nodiscard]] std::size_t held() const {
    return assembled_.size() + (unread_is_retained_ ? unread_.size() : 0);
  }

  /// Whether unread bytes are there, so that `next` may have more to say.
  [[nodiscard]] bool has_unread() const { return !unread_.empty(); }

  /// The stream has ended: INTERNAL if that cuts a message short. Not OK either after a failure.
  [[nodiscard]] Status finish() const;

  [[nodiscard]] const Status& failure() const { return failure_; }

 private:
  /// False when the prefix is incomplete, or refused (then `failure_` is set).
  [[nodiscard]] bool read_prefix();
  [[nodiscard]] bool accept_prefix(const std::byte* prefix);
  /// Moves what there is of the message's body into `assembled_`.
  void assemble();
  /// It was taken.
  void forget_message();

  std::size_t max_message_size_;
  /// What of the fragment, or of `retained_`, has not been looked at.
  base::ByteView unread_;
  /// Where `unread_` may lie.
  base::ReadBuffer* source_ = nullptr;
  base::ByteView message_;
  Buffer retained_;
  /// The message under way, or the announced one if it had to be assembled.
  Pieces assembled_;
  std::size_t body_length_ = 0;
  std::array<std::byte, kPrefixSize> prefix_{};
  std::uint8_t prefix_length_ = 0;
  bool in_body_ = false;
  bool unread_is_retained_ = false;
  bool message_is_assembled_ = false;
  Status failure_;
};

}  // namespace farcall::rpc
