#pragma once

#include <farcall/buffer.hpp>

#include <array>
#include <cstddef>

namespace farcall::base {

/// Large pieces of memory that buffers of one thread have given back, kept for the next: the Buffers of a
/// thread take them from the cache that is installed on it, and from the heap where none is. Without it every
/// large message is written to pages that the kernel has to map and clear first, which costs several times
/// the copy.
///
/// Blocks of kLeast bytes and more are kept, at most kMostBytes and kMostBlocks of them in all; the oldest
/// make room for new ones. A block may be given back on another thread than the one that took it. Used on one
/// thread at a time. Under AddressSanitizer a cached block is poisoned.
class BlockCache {
 public:
  static constexpr std::size_t kLeast = codegen::kLeastBlock;
  static constexpr std::size_t kMostBytes = 8 * 1024 * 1024;
  static constexpr std::size_t kMostBlocks = 128;

  BlockCache() = default;
  BlockCache(const BlockCache&) = delete;
  BlockCache& operator=(const BlockCache&) = delete;
  ~BlockCache() { trim(); }

  /// The smallest of those that will do; empty if there is none.
  [[nodiscard]] codegen::Block take(codegen::Kept wanted) noexcept;
  void give(codegen::Block block) noexcept;
  /// Gives all that is kept back to the heap.
  void trim() noexcept;
  [[nodiscard]] std::size_t cached_bytes() const { return cached_bytes_; }

  /// Makes `cache` the one of this thread and returns the one before; null uninstalls.
  static BlockCache* install(BlockCache* cache) noexcept;

 private:
  [[nodiscard]] codegen::Block remove(std::size_t index) noexcept;

  std::array<codegen::Block, kMostBlocks> blocks_{};  // the oldest first
  std::size_t count_ = 0;
  std::size_t cached_bytes_ = 0;
};

}  // namespace farcall::base
