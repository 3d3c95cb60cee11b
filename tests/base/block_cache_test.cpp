#include "base/block_cache.hpp"

#include "base/poison.hpp"

#include <farcall/buffer.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <initializer_list>
#include <thread>
#include <utility>
#include <vector>

namespace farcall::base {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

/// Installs a cache on this thread for as long as a test lasts.
class BlockCacheTest : public testing::Test {
 protected:
  BlockCacheTest() { BlockCache::install(&cache_); }
  ~BlockCacheTest() override { BlockCache::install(nullptr); }

  /// Where a buffer of that size lay that has ended.
  static const std::byte* ended(std::size_t size) {
    Buffer buffer(size);
    std::memset(buffer.data(), 1, size);
    return buffer.data();
  }

  BlockCache cache_;
};

TEST_F(BlockCacheTest, GivesABufferTheMemoryOfAnEarlierOne) {
  for (const std::size_t size : {2 * BlockCache::kLeast, std::size_t{100'000}, 3 * kMiB}) {
    const std::byte* memory = ended(size);
    EXPECT_EQ(cache_.cached_bytes(), size);
    Buffer next(size - size / 5);
    EXPECT_EQ(next.data(), memory);
    EXPECT_EQ(next.size(), size - size / 5);
    EXPECT_EQ(next.capacity(), size);
    EXPECT_EQ(cache_.cached_bytes(), 0u);
    std::memset(next.data(), 2, next.capacity());
    next = Buffer();
    cache_.trim();
    EXPECT_EQ(cache_.cached_bytes(), 0u);
  }
}

TEST_F(BlockCacheTest, ChoosesTheSmallestThatFits) {
  std::vector<Buffer> buffers;
  for (const std::size_t size : std::initializer_list<std::size_t>{90'000, 79'000, 80'000})
    buffers.emplace_back(size);
  const std::byte* smallest = buffers[1].data();
  buffers.clear();
  EXPECT_EQ(Buffer(75'000).data(), smallest);
}

TEST_F(BlockCacheTest, DoesNotGiveWhatIsMuchTooLarge) {
  ended(100'000);
  EXPECT_EQ(Buffer(79'999).capacity(), 79'999u);
  EXPECT_EQ(Buffer(80'000).capacity(), 100'000u);
}

TEST_F(BlockCacheTest, LeavesSmallBuffersToTheHeap) {
  ended(BlockCache::kLeast - 1);
  EXPECT_EQ(cache_.cached_bytes(), 0u);
}

TEST_F(BlockCacheTest, LetsTheOldestGoForTheSakeOfItsBounds) {
  ended(BlockCache::kMostBytes + 1);
  EXPECT_EQ(cache_.cached_bytes(), 0u) << "too large";

  std::vector<Buffer> buffers;
  for (std::size_t i = 0; i < 2 * BlockCache::kMostBlocks; ++i) buffers.emplace_back(BlockCache::kLeast);
  buffers.clear();
  EXPECT_EQ(cache_.cached_bytes(), BlockCache::kMostBlocks * BlockCache::kLeast);

  for (int i = 0; i < 3; ++i) buffers.emplace_back(3 * kMiB);
  buffers.clear();
  EXPECT_LE(cache_.cached_bytes(), BlockCache::kMostBytes);
  EXPECT_GE(cache_.cached_bytes(), 6 * kMiB);
  Buffer(3 * kMiB).append({});
  EXPECT_GE(cache_.cached_bytes(), 6 * kMiB);
}

TEST_F(BlockCacheTest, TakesAndGivesBlocksOfOtherThreads) {
  for (const std::size_t size : {std::size_t{50'000}, 2 * kMiB}) {
    Buffer buffer;
    std::thread([&] { buffer = Buffer(size); }).join();
    buffer = Buffer();
    EXPECT_EQ(cache_.cached_bytes(), size);
    buffer = Buffer(size);
    EXPECT_EQ(cache_.cached_bytes(), 0u);
    std::thread([moved = std::move(buffer)]() mutable { moved = Buffer(); }).join();
    EXPECT_EQ(cache_.cached_bytes(), 0u);
  }
}

#ifdef FARCALL_POISONS_MEMORY
TEST_F(BlockCacheTest, PoisonsWhatItKeeps) {
  const std::byte* memory = ended(100'000);
  EXPECT_TRUE(__asan_address_is_poisoned(memory));
  EXPECT_TRUE(__asan_address_is_poisoned(memory + 99'999));
  const Buffer next(100'000);
  EXPECT_EQ(next.data(), memory);
  EXPECT_FALSE(__asan_address_is_poisoned(memory));
  EXPECT_FALSE(__asan_address_is_poisoned(memory + 99'999));
}
#endif

}  // namespace
}  // namespace farcall::base
