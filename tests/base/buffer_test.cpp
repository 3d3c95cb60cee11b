#include "base/block_cache.hpp"

#include <farcall/buffer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace farcall {
namespace {

std::string letters(std::size_t count) {
  std::string text(count, 'a');
  for (std::size_t i = 0; i < count; ++i) text[i] = static_cast<char>('a' + i % 26);
  return text;
}

/// With and without memory kept from earlier ones: the parameter is whether a cache is installed.
class BufferTest : public testing::TestWithParam<bool> {
 protected:
  BufferTest() {
    if (GetParam()) base::BlockCache::install(&cache_);
  }
  ~BufferTest() override { base::BlockCache::install(nullptr); }

  base::BlockCache cache_;
};

TEST_P(BufferTest, KeepsItsContentHoweverItGrows) {
  const std::string text = letters(5'000'000);
  for (int round = 0; round < 2; ++round) {
    Buffer buffer;
    std::size_t step = 1;
    while (buffer.size() < text.size()) {
      const std::size_t part = std::min(step++ * 131 % 40'000, text.size() - buffer.size());
      buffer.append(std::as_bytes(std::span(text.data() + buffer.size(), part)));
      ASSERT_LE(buffer.capacity(), std::max(2 * buffer.size(), std::size_t{1}));
    }
    EXPECT_TRUE(buffer.text() == text);
  }
}

TEST_P(BufferTest, KeepsItsContentWhenRoomIsMade) {
  for (const std::size_t size : {10u, 40'000u, 1'500'000u}) {
    const std::string text = letters(size);
    Buffer buffer = Buffer::copy_of(text);
    for (const std::size_t room : {20'000u, 100'000u, 2'000'000u, 9'000'000u}) {
      buffer.reserve(room);
      EXPECT_GE(buffer.capacity(), room);
      EXPECT_TRUE(buffer.text() == text);
    }
    EXPECT_EQ(buffer.size(), size);
  }
}

TEST_P(BufferTest, TakesWhatIsKeptIfThatWillDo) {
  { const Buffer earlier(100'000); }
  Buffer buffer = Buffer::copy_of(letters(1000));
  buffer.reserve(40'000, 100'001, 200'000);
  EXPECT_EQ(buffer.capacity(), 40'000u);
  buffer.reserve(50'000, 45'000, 99'999);
  EXPECT_EQ(buffer.capacity(), 50'000u);
  buffer.reserve(60'000, 55'000, 100'000);
  EXPECT_EQ(buffer.capacity(), GetParam() ? 100'000u : 60'000u);
  EXPECT_TRUE(buffer.text() == letters(1000));
}

TEST_P(BufferTest, MovesItsMemoryWithIt) {
  for (const std::size_t size : {10u, 40'000u, 1'500'000u}) {
    Buffer buffer(size);
    const std::byte* memory = buffer.data();
    Buffer moved = std::move(buffer);
    EXPECT_EQ(moved.data(), memory);
    EXPECT_TRUE(buffer.empty());  // NOLINT(bugprone-use-after-move): empty by contract
    EXPECT_EQ(buffer.capacity(), 0u);
    Buffer& same = moved;
    moved = std::move(same);
    EXPECT_EQ(moved.size(), size);
    moved = Buffer(5);
    EXPECT_EQ(moved.size(), 5u);
  }
}

INSTANTIATE_TEST_SUITE_P(Cached, BufferTest, testing::Bool());

}  // namespace
}  // namespace farcall
