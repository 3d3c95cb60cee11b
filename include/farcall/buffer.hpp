#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace farcall {

/// A block of bytes with one owner: what a serialized message travels in.
///
/// Move-only, contiguous, not zero-filled. Not thread-safe; may be handed from one thread to another.
class Buffer {
 public:
  Buffer() = default;
  /// `size` bytes of unspecified content, to be written through `data()`.
  explicit Buffer(std::size_t size) : data_(new std::byte[size]), size_(size), capacity_(size) {}
  Buffer(Buffer&& other) noexcept
      : data_(std::move(other.data_)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  static Buffer copy_of(std::span<const std::byte> bytes) {
    Buffer buffer(bytes.size());
    if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
    return buffer;
  }
  static Buffer copy_of(std::string_view bytes) { return copy_of(std::as_bytes(std::span(bytes))); }

  [[nodiscard]] std::byte* data() { return data_.get(); }
  [[nodiscard]] const std::byte* data() const { return data_.get(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> view() const { return {data_.get(), size_}; }
  /// The same bytes, for those who take text.
  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(data_.get()), size_}; }

  /// Adds a copy of `bytes` at the end. Grows to at least twice the capacity when it has to grow, so that a
  /// buffer never holds more than twice what was put in; views taken before are invalid then.
  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (size_ + bytes.size() > capacity_) grow(size_ + bytes.size());
    std::memcpy(data_.get() + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  /// Adds `size` bytes of unspecified content at the end, and says where they are to be written. Grows as
  /// `append` does.
  [[nodiscard]] std::byte* extend(std::size_t size) {
    if (size_ + size > capacity_) grow(size_ + size);
    return data_.get() + std::exchange(size_, size_ + size);
  }

  /// Makes room for `capacity` bytes in all; the content stays.
  void reserve(std::size_t capacity) {
    if (capacity > capacity_) reallocate(capacity);
  }

  /// Forgets the content, keeps the memory.
  void clear() { size_ = 0; }

 private:
  void grow(std::size_t needed) { reallocate(needed > 2 * capacity_ ? needed : 2 * capacity_); }
  void reallocate(std::size_t capacity) {
    std::unique_ptr<std::byte[]> larger(new std::byte[capacity]);
    if (size_ > 0) std::memcpy(larger.get(), data_.get(), size_);
    data_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace farcall
