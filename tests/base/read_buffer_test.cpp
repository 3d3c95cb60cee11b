#include "base/read_buffer.hpp"

#include "base/block_cache.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace farcall::base {
namespace {

constexpr std::size_t kSize = 64 * 1024;

/// What has been read.
ByteView read(ReadBuffer& buffer, std::string_view text) {
  const std::span<std::byte> space = buffer.space();
  std::memcpy(space.data(), text.data(), text.size());
  return space.first(text.size());
}

TEST(ReadBuffer, IsTheSameMemoryAgainAndAgain) {
  ReadBuffer buffer(kSize);
  const std::span<std::byte> space = buffer.space();
  EXPECT_EQ(space.size(), kSize);
  EXPECT_EQ(buffer.space().data(), space.data());
}

TEST(ReadBuffer, ReadsNothingMoreIntoMemoryThatIsKept) {
  ReadBuffer buffer(kSize);
  const ByteView first = read(buffer, "first");
  const std::shared_ptr<const Buffer> kept = buffer.keep();
  EXPECT_EQ(buffer.keep(), kept) << "by as many as like";
  const ByteView second = read(buffer, "second");
  EXPECT_NE(second.data(), first.data());
  EXPECT_EQ(as_text(first), "first");
  EXPECT_EQ(kept->data(), first.data());
  EXPECT_EQ(read(buffer, "third").data(), second.data());
}

TEST(ReadBuffer, KnowsWhatLiesInIt) {
  ReadBuffer buffer(kSize);
  EXPECT_EQ(buffer.holder_of({}), nullptr) << "before it has any memory";
  const std::span<std::byte> space = buffer.space();
  EXPECT_NE(buffer.holder_of(space), nullptr);
  EXPECT_NE(buffer.holder_of(space.last(1)), nullptr);
  EXPECT_EQ(buffer.holder_of({space.data() + 1, kSize}), nullptr);
  EXPECT_EQ(buffer.holder_of({space.data() - 1, 1}), nullptr);
  const Buffer elsewhere(100);
  EXPECT_EQ(buffer.holder_of(elsewhere.view()), nullptr);
  const std::shared_ptr<const Buffer> kept = buffer.keep();
  EXPECT_EQ(buffer.holder_of(space), kept.get());
  static_cast<void>(buffer.space());
  EXPECT_EQ(buffer.holder_of(space), nullptr) << "what was kept is no more the buffer's";
}

TEST(ReadBuffer, TakesTurnsWithTheMemoryThatItsThreadHasKept) {
  BlockCache cache;
  BlockCache::install(&cache);
  {
    ReadBuffer buffer(kSize);
    const std::byte* first = buffer.space().data();
    std::shared_ptr<const Buffer> kept = buffer.keep();
    const std::byte* second = buffer.space().data();
    EXPECT_EQ(cache.cached_bytes(), 0u);
    kept.reset();
    EXPECT_EQ(cache.cached_bytes(), kSize);
    kept = buffer.keep();
    EXPECT_EQ(buffer.space().data(), first);
    kept.reset();
    kept = buffer.keep();
    EXPECT_EQ(buffer.space().data(), second);
  }
  BlockCache::install(nullptr);
}

}  // namespace
}  // namespace farcall::base
