#pragma once

#include <farcall/buffer.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <utility>

namespace farcall::codegen {

/// Where one message lies: a small one inside, so that it costs no memory of its own; a larger one in a
/// Buffer. Not thread-safe.
class MessageRoom {
 public:
  static constexpr std::size_t kInside = 112;

  // User-provided, since the room inside is not to be cleared.
  MessageRoom() {}  // NOLINT(modernize-use-equals-default)
  MessageRoom(const MessageRoom&) = delete;
  MessageRoom& operator=(const MessageRoom&) = delete;

  /// Room for `size` bytes of unspecified content, instead of what was there.
  [[nodiscard]] std::byte* prepare(std::size_t size) {
    size_ = 0;  // should there be no memory
    outside_ = size <= kInside ? Buffer() : Buffer(size);
    size_ = size;
    return size <= kInside ? inside_.data() : outside_.data();
  }
  void clear() {
    size_ = 0;
    outside_ = Buffer();
  }
  /// `message` instead of what was there.
  void hold(Buffer message) {
    if (message.size() <= kInside) return hold_copy(message.view());
    size_ = message.size();
    outside_ = std::move(message);
  }
  void hold_copy(std::span<const std::byte> message) {
    std::byte* to = prepare(message.size());
    if (!message.empty()) std::memcpy(to, message.data(), message.size());
  }
  /// What was there, with nothing left.
  [[nodiscard]] Buffer take() {
    const std::size_t size = std::exchange(size_, 0);
    if (size <= kInside) return Buffer::copy_of(std::span<const std::byte>(inside_.data(), size));
    return std::move(outside_);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Valid until the content is changed.
  [[nodiscard]] std::span<const std::byte> view() const {
    return {size_ <= kInside ? inside_.data() : outside_.data(), size_};
  }

 private:
  std::size_t size_ = 0;
  Buffer outside_;  // of more than kInside bytes
  std::array<std::byte, kInside> inside_;
};

}  // namespace farcall::codegen
