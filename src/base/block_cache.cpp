#include "base/block_cache.hpp"

#include "base/poison.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

namespace farcall {
namespace base {
namespace {

thread_local BlockCache* installed_blocks = nullptr;

/// From here on blocks are malloc's, whose realloc mostly grows the largest without copying them and without
/// a moment at which there are two.
constexpr std::size_t kLeastMovable = 128 * 1024;

codegen::Block from_heap(std::size_t size) {
  if (size < kLeastMovable) return {static_cast<std::byte*>(::operator new(size)), size};
  void* data = std::malloc(size);
  if (data == nullptr) throw std::bad_alloc();
  return {static_cast<std::byte*>(data), size};
}

// Not inlined: the compiler sees the sizes no more, and takes one half of it for a mistake.
[[gnu::noinline]] void to_heap(codegen::Block block) noexcept {
  if (block.size < kLeastMovable) {
    ::operator delete(block.data);
  } else {
    std::free(block.data);
  }
}

}  // namespace

codegen::Block BlockCache::take(codegen::Kept wanted) noexcept {
  std::size_t best = count_;
  for (std::size_t i = 0; i < count_; ++i) {
    const std::size_t has = blocks_[i].size;
    if (has >= wanted.least && has <= wanted.most && (best == count_ || has < blocks_[best].size)) best = i;
  }
  return best == count_ ? codegen::Block() : remove(best);
}

void BlockCache::give(codegen::Block block) noexcept {
  if (block.size > kMostBytes) return to_heap(block);
  while (count_ == kMostBlocks || cached_bytes_ + block.size > kMostBytes) to_heap(remove(0));
  poison(block.data, block.size);
  blocks_[count_++] = block;
  cached_bytes_ += block.size;
}

void BlockCache::trim() noexcept {
  while (count_ > 0) to_heap(remove(count_ - 1));
}

codegen::Block BlockCache::remove(std::size_t index) noexcept {
  const codegen::Block block = blocks_[index];
  std::move(blocks_.begin() + index + 1, blocks_.begin() + count_, blocks_.begin() + index);
  --count_;
  cached_bytes_ -= block.size;
  unpoison(block.data, block.size);
  return block;
}

BlockCache* BlockCache::install(BlockCache* cache) noexcept {
  return std::exchange(installed_blocks, cache);
}

}  // namespace base

namespace codegen {
namespace {

Block cached_block(Kept kept) noexcept {
  return base::installed_blocks != nullptr ? base::installed_blocks->take(kept) : Block();
}

}  // namespace

Block allocate_block(std::size_t size, Kept kept) {
  const Block cached = cached_block(kept);
  return cached.data != nullptr ? cached : base::from_heap(size);
}

Block grow_block(Block block, std::size_t used, std::size_t size, Kept kept) {
  Block larger = cached_block(kept);
  if (larger.data == nullptr && block.size >= base::kLeastMovable) {
    void* data = std::realloc(block.data, size);
    if (data == nullptr) throw std::bad_alloc();
    return {static_cast<std::byte*>(data), size};
  }
  if (larger.data == nullptr) larger = base::from_heap(size);
  if (used > 0) std::memcpy(larger.data, block.data, used);
  if (block.size >= kLeastBlock) {
    free_block(block);
  } else {
    base::to_heap(block);
  }
  return larger;
}

void free_block(Block block) noexcept {
  if (base::installed_blocks != nullptr) {
    base::installed_blocks->give(block);
  } else {
    base::to_heap(block);
  }
}

}  // namespace codegen
}  // namespace farcall
