#include "http2/stream/store.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <random>

namespace farcall::http2 {
namespace {

/// Everything that `expected` has is found, with its place.
void expect_same(const IdIndex& index, const std::map<std::uint32_t, std::uint32_t>& expected,
                 std::uint32_t most) {
  for (std::uint32_t id = 1; id <= most; ++id) {
    const std::uint32_t* found = index.find(id);
    const auto at = expected.find(id);
    ASSERT_EQ(found != nullptr, at != expected.end()) << id;
    if (found != nullptr) {
      ASSERT_EQ(*found, at->second) << id;
    }
  }
}

// As a connection uses it: ids grow, the oldest end first.
TEST(IdIndex, FindsTheStreamsOfAWindowThatMoves) {
  IdIndex index;
  std::map<std::uint32_t, std::uint32_t> expected;
  for (std::uint32_t id = 1; id < 2'001; id += 2) {
    index.insert(id, id * 7);
    expected[id] = id * 7;
    if (id > 199) {
      index.erase(id - 200);
      expected.erase(id - 200);
    }
  }
  expect_same(index, expected, 2'100);
}

// As a hostile client may: ids that all want the same place, closed in any order.
TEST(IdIndex, FindsWhatIsLeftAfterAnyInsertionsAndErasures) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    IdIndex index;
    std::map<std::uint32_t, std::uint32_t> expected;
    for (int step = 0; step < 300; ++step) {
      const bool collides = random() % 4 == 0;
      const auto id = static_cast<std::uint32_t>(collides ? random() % 64 * 128 : random() % 256 * 2) + 1;
      if (expected.contains(id)) {
        index.erase(id);
        expected.erase(id);
      } else if (expected.size() < 100) {
        index.insert(id, id + 1);
        expected[id] = id + 1;
      }
    }
    expect_same(index, expected, 64 * 128);
  }
}

TEST(IdIndex, KnowsNothingOfAnIdThatWasNeverThere) {
  IdIndex index;
  EXPECT_EQ(index.find(1), nullptr);
  index.erase(1);
  index.insert(3, 1);
  index.erase(1);
  EXPECT_NE(index.find(3), nullptr);
}

}  // namespace
}  // namespace farcall::http2
