#include "base/slot_map.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace farcall::base {
namespace {

TEST(SlotMap, FindsAValueByItsKeyUntilItIsErased) {
  SlotMap<std::string> map;
  const SlotKey key = map.emplace("hello");
  ASSERT_NE(map.find(key), nullptr);
  EXPECT_EQ(*map.find(key), "hello");
  EXPECT_TRUE(map.erase(key));
  EXPECT_EQ(map.find(key), nullptr);
  EXPECT_FALSE(map.erase(key));
  EXPECT_TRUE(map.empty());
}

TEST(SlotMap, DoesNotFindTheNextValueInAPlaceUnderTheOldKey) {
  SlotMap<int> map;
  const SlotKey old_key = map.emplace(1);
  map.erase(old_key);
  const SlotKey new_key = map.emplace(2);
  EXPECT_EQ(new_key.index, old_key.index);
  EXPECT_EQ(map.find(old_key), nullptr);
  EXPECT_EQ(*map.find(new_key), 2);
}

TEST(SlotMap, FindsNothingUnderADefaultKeyOrOneOfAnotherMap) {
  SlotMap<int> map;
  EXPECT_EQ(map.find(SlotKey()), nullptr);
  map.emplace(1);
  EXPECT_EQ(map.find(SlotKey()), nullptr);
  EXPECT_EQ(map.find(SlotKey{1'000'000, 1}), nullptr);
}

TEST(SlotMap, KeepsAddressesStableWhileItGrows) {
  SlotMap<int> map;
  const SlotKey key = map.emplace(5);
  const int* address = map.find(key);
  for (int i = 0; i < 1000; ++i) map.emplace(i);
  EXPECT_EQ(map.find(key), address);
}

TEST(SlotMap, HasRoomForOneThenTwiceAsManyAsBeforeAndThenForSixteenMore) {
  SlotMap<int> map;
  EXPECT_EQ(map.capacity(), 0u);
  for (std::size_t count = 1; count <= 16; ++count) {
    map.emplace(0);
    EXPECT_EQ(map.capacity(), std::bit_ceil(count));
  }
  for (std::size_t count = 17; count <= 100; ++count) {
    map.emplace(0);
    EXPECT_EQ(map.capacity(), (count + 15) / 16 * 16);
  }
}

TEST(SlotMap, FindsAllOfManyByKeyAndByIndex) {
  SlotMap<int> map;
  std::vector<SlotKey> keys;
  for (int i = 0; i < 100; ++i) keys.push_back(map.emplace(i));
  for (int i = 0; i < 100; ++i) {
    const SlotKey key = keys[static_cast<std::size_t>(i)];
    ASSERT_NE(map.find(key), nullptr);
    EXPECT_EQ(*map.find(key), i);
    EXPECT_EQ(map[key.index], i);
  }
  for (int i = 17; i < 100; ++i) map.erase(keys[static_cast<std::size_t>(i)]);
  map.trim();
  EXPECT_EQ(map.capacity(), 32u);
  for (int i = 0; i < 17; ++i) EXPECT_EQ(map[keys[static_cast<std::size_t>(i)].index], i);
}

TEST(SlotMap, GivesBackRoomBehindTheLastValue) {
  SlotMap<int> map;
  std::vector<SlotKey> keys;
  for (int i = 0; i < 20; ++i) keys.push_back(map.emplace(i));
  for (std::size_t i = 0; i < 20; ++i) {
    if (i != 5) map.erase(keys[i]);
  }
  map.trim();
  EXPECT_EQ(map.capacity(), 8u);
  ASSERT_NE(map.find(keys[5]), nullptr);
  EXPECT_EQ(*map.find(keys[5]), 5);
  map.erase(keys[5]);
  map.trim();
  EXPECT_EQ(map.capacity(), 0u);
}

TEST(SlotMap, KeysStayDeadWhenTheirRoomWasGivenBack) {
  SlotMap<int> map;
  std::vector<SlotKey> old;
  for (int round = 0; round < 5; ++round) {
    std::vector<SlotKey> keys;
    for (int i = 0; i < 10; ++i) {
      keys.push_back(map.emplace(i));
      for (const SlotKey& key : old) EXPECT_EQ(map.find(key), nullptr);
    }
    for (const SlotKey& key : keys) map.erase(key);
    old.insert(old.end(), keys.begin(), keys.end());
    map.trim();
  }
}

TEST(SlotMap, DestroysWhatIsLeft) {
  auto shared = std::make_shared<int>(1);
  {
    SlotMap<std::shared_ptr<int>> map;
    for (int i = 0; i < 40; ++i) map.emplace(shared);
    EXPECT_EQ(shared.use_count(), 41);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(SlotMap, BehavesAsAMapUnderRandomSteps) {
  std::mt19937 random(2);
  SlotMap<int> map;
  std::vector<std::pair<SlotKey, int>> alive;
  std::vector<SlotKey> dead;
  for (int step = 0; step < 20'000; ++step) {
    if (alive.empty() || random() % 2 == 0) {
      alive.emplace_back(map.emplace(step), step);
    } else {
      const std::size_t at = random() % alive.size();
      ASSERT_TRUE(map.erase(alive[at].first));
      dead.push_back(alive[at].first);
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
    }
    if (random() % 50 == 0) map.trim();
    ASSERT_EQ(map.size(), alive.size());
    if (!alive.empty()) {
      const auto& [key, value] = alive[random() % alive.size()];
      ASSERT_EQ(*map.find(key), value);
    }
    if (!dead.empty()) {
      ASSERT_EQ(map.find(dead[random() % dead.size()]), nullptr);
    }
  }
  std::map<int, bool> seen;
  map.for_each([&](SlotKey key, int& value) {
    seen[value] = true;
    map.erase(key);
  });
  EXPECT_EQ(seen.size(), alive.size());
  EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace farcall::base
