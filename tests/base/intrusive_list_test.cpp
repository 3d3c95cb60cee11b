#include "base/intrusive_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <memory>
#include <random>
#include <vector>

namespace farcall::base {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Item : ListNode {
  explicit Item(int given) : value(given) {}
  int value;
};

std::vector<int> values(IntrusiveList<Item>& list) {
  std::vector<int> out;
  for (Item& item : list) out.push_back(item.value);
  return out;
}

TEST(IntrusiveList, KeepsTheOrderInWhichObjectsJoin) {
  Item one(1), two(2), three(3);
  IntrusiveList<Item> list;
  EXPECT_TRUE(list.empty());
  list.push_back(two);
  list.push_back(three);
  list.push_front(one);
  EXPECT_THAT(values(list), ElementsAre(1, 2, 3));
  EXPECT_EQ(list.front().value, 1);
  EXPECT_EQ(list.back().value, 3);
  EXPECT_EQ(list.pop_front(), &one);
  EXPECT_FALSE(one.linked());
  EXPECT_THAT(values(list), ElementsAre(2, 3));
}

TEST(IntrusiveList, LosesAnObjectThatIsDestroyed) {
  IntrusiveList<Item> list;
  Item first(1);
  auto second = std::make_unique<Item>(2);
  Item third(3);
  list.push_back(first);
  list.push_back(*second);
  list.push_back(third);
  second.reset();
  EXPECT_THAT(values(list), ElementsAre(1, 3));
}

TEST(IntrusiveList, UnlinksItsObjectsWhenItIsDestroyed) {
  Item item(1);
  {
    IntrusiveList<Item> list;
    list.push_back(item);
    EXPECT_TRUE(item.linked());
  }
  EXPECT_FALSE(item.linked());
}

TEST(IntrusiveList, TakesOverAnotherList) {
  Item one(1), two(2), three(3);
  IntrusiveList<Item> list;
  IntrusiveList<Item> other;
  list.push_back(one);
  list.splice_back(other);  // nothing to take
  other.push_back(two);
  other.push_back(three);
  list.splice_back(other);
  EXPECT_THAT(values(list), ElementsAre(1, 2, 3));
  EXPECT_THAT(values(other), IsEmpty());
}

TEST(IntrusiveList, UnlinkOfAnObjectInNoListDoesNothing) {
  Item item(1);
  item.unlink();
  EXPECT_FALSE(item.linked());
  IntrusiveList<Item> list;
  EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(IntrusiveList, BehavesAsAStandardListUnderRandomSteps) {
  std::mt19937 random(1);
  std::vector<std::unique_ptr<Item>> items;
  for (int i = 0; i < 20; ++i) items.push_back(std::make_unique<Item>(i));
  IntrusiveList<Item> list;
  std::list<int> model;
  for (int step = 0; step < 5000; ++step) {
    Item& item = *items[random() % items.size()];
    if (item.linked()) {
      item.unlink();
      model.remove(item.value);
    } else if (random() % 2 == 0) {
      list.push_back(item);
      model.push_back(item.value);
    } else {
      list.push_front(item);
      model.push_front(item.value);
    }
    ASSERT_THAT(values(list), testing::ElementsAreArray(model));
  }
}

}  // namespace
}  // namespace farcall::base
