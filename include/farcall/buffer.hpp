#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace farcall {

namespace codegen {

/// Memory of a Buffer. From kLeastBlock on it is kept by the thread that frees it, if that runs a loop, for
/// the next one that is about as large.
struct Block {
  std::byte* data = nullptr;
  std::size_t size = 0;
};
inline constexpr std::size_t kLeastBlock = 32 * 1024;
/// Which memory that the thread has kept will do.
struct Kept {
  std::size_t least = 0;
  std::size_t most = 0;
};
/// Kept memory that will do, otherwise `size` bytes of new memory; kLeastBlock or more.
[[nodiscard]] Block allocate_block(std::size_t size, Kept kept);
/// The same with the first `used` bytes of `block`, which is freed unless this throws.
[[nodiscard]] Block grow_block(Block block, std::size_t used, std::size_t size, Kept kept);
void free_block(Block block) noexcept;

}  // namespace codegen

/// A block of bytes with one owner: what a serialized message travels in.
///
/// Move-only, contiguous, not zero-filled. Not thread-safe; may be handed from one thread to another. The
/// thread of a loop keeps the memory of large ones that end there, at most 8 MiB, for the next; one that is
/// made of that may have a quarter more than it was to have.
class Buffer {
 public:
  Buffer() = default;
  /// `size` bytes of unspecified content, to be written through `data()`.
  explicit Buffer(std::size_t size) : block_(allocate(size)), size_(size) {}
  Buffer(Buffer&& other) noexcept
      : block_(std::exchange(other.block_, {})), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    const codegen::Block old = std::exchange(block_, std::exchange(other.block_, {}));
    size_ = std::exchange(other.size_, 0);
    free(old);
    return *this;
  }
  ~Buffer() { free(block_); }

  static Buffer copy_of(std::span<const std::byte> bytes) {
    Buffer buffer(bytes.size());
    if (!bytes.empty()) std::memcpy(buffer.data(), bytes.data(), bytes.size());
    return buffer;
  }
  static Buffer copy_of(std::string_view bytes) { return copy_of(std::as_bytes(std::span(bytes))); }

  [[nodiscard]] std::byte* data() { return block_.data; }
  [[nodiscard]] const std::byte* data() const { return block_.data; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return block_.size; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> view() const { return {block_.data, size_}; }
  /// The same bytes, for those who take text.
  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(block_.data), size_}; }

  /// Adds a copy of `bytes` at the end. Grows to at least twice the capacity when it has to grow, so that a
  /// buffer never holds more than twice what was put in; views taken before are invalid then.
  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (size_ + bytes.size() > block_.size) grow(size_ + bytes.size());
    std::memcpy(block_.data + size_, bytes.data(), bytes.size());
    size_ += bytes.size();
  }

  /// Adds `size` bytes of unspecified content at the end, and says where they are to be written. Grows as
  /// `append` does.
  [[nodiscard]] std::byte* extend(std::size_t size) {
    if (size_ + size > block_.size) grow(size_ + size);
    return block_.data + std::exchange(size_, size_ + size);
  }

  /// Makes room for `capacity` bytes in all, and not for many more; the content stays.
  void reserve(std::size_t capacity) {
    if (capacity > block_.size) reallocate(capacity, about(capacity));
  }
  /// The same, but any kept block of at least `least_kept` bytes, which is more than it has, and at most
  /// `most_kept` will do, too.
  void reserve(std::size_t capacity, std::size_t least_kept, std::size_t most_kept) {
    if (capacity > block_.size) reallocate(capacity, {least_kept, most_kept});
  }

  /// Forgets the content, keeps the memory.
  void clear() { size_ = 0; }

 private:
  static codegen::Kept about(std::size_t size) { return {size, size + size / 4}; }
  static codegen::Block allocate(std::size_t size) {
    if (size >= codegen::kLeastBlock) return codegen::allocate_block(size, about(size));
    return {static_cast<std::byte*>(::operator new(size)), size};
  }
  static void free(codegen::Block block) noexcept {
    if (block.size >= codegen::kLeastBlock) return codegen::free_block(block);
    if (block.data != nullptr) ::operator delete(block.data);
  }

  void grow(std::size_t needed) {
    const std::size_t size = std::max(needed, 2 * block_.size);
    reallocate(size, {needed, size});
  }
  void reallocate(std::size_t size, codegen::Kept kept) {
    if (size >= codegen::kLeastBlock) {
      block_ = codegen::grow_block(block_, size_, size, kept);
      return;
    }
    const codegen::Block larger = allocate(size);
    if (size_ > 0) std::memcpy(larger.data, block_.data, size_);
    free(std::exchange(block_, larger));
  }

  codegen::Block block_;
  std::size_t size_ = 0;
};

}  // namespace farcall
