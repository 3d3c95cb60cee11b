#include "hpack/dynamic_table.hpp"

#include "dialogue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>

namespace farcall::hpack::test {
namespace {

TEST(DynamicTable, CountsThirtyTwoForEachEntryAndPutsTheNewestFirst) {
  DynamicTable table(4096);
  table.insert("a", "1");
  table.insert("bb", "22");
  EXPECT_EQ(table.size(), 34U + 36U);
  EXPECT_EQ(entries(table), (Fields{{"bb", "22"}, {"a", "1"}}));
}

TEST(DynamicTable, EvictsTheOldestUntilTheNewOneFits) {
  DynamicTable table(100);
  table.insert("a", "1");
  table.insert("b", "2");
  table.insert("c", "3");
  EXPECT_EQ(entries(table), (Fields{{"c", "3"}, {"b", "2"}}));
  EXPECT_EQ(table.size(), 68U);
}

TEST(DynamicTable, HoldsAnEntryOfExactlyItsSizeAndIsEmptiedByOneThatIsLarger) {
  DynamicTable table(100);
  table.insert("a", "1");
  table.insert("n", std::string(67, 'v'));
  EXPECT_EQ(table.size(), 100U);
  EXPECT_EQ(table.count(), 1U);
  table.insert("n", std::string(68, 'v'));
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.count(), 0U);
  table.insert("still", "works");
  EXPECT_EQ(entries(table), (Fields{{"still", "works"}}));
}

TEST(DynamicTable, ShrinksAndGrows) {
  DynamicTable table(4096);
  for (int i = 0; i < 10; ++i) table.insert("n", std::to_string(i));
  table.set_max_size(68);
  EXPECT_EQ(entries(table), (Fields{{"n", "9"}, {"n", "8"}}));
  table.set_max_size(4096);
  EXPECT_EQ(table.count(), 2U);
  table.insert("n", "x");
  EXPECT_EQ(table.count(), 3U);
}

TEST(DynamicTable, OfSizeZeroHoldsNothing) {
  DynamicTable table(0);
  table.insert("", "");
  table.insert("a", "b");
  EXPECT_EQ(table.count(), 0U);
}

TEST(DynamicTable, HoldsEmptyTexts) {
  DynamicTable table(64);
  table.insert("", "");
  table.insert({}, {});
  table.insert("", "");
  EXPECT_EQ(entries(table), (Fields{{"", ""}, {"", ""}}));
  EXPECT_EQ(table.size(), 64U);
}

// Every insertion takes its name from the oldest entry, which is often evicted by it, and the bytes are often
// moved or given a larger buffer by it: the three dangers of a name that lies in the table itself.
TEST(DynamicTable, TakesANameFromAnEntryThatTheInsertionEvicts) {
  std::mt19937 random(1);
  for (const std::size_t max_size : {80U, 200U, 1000U, 4096U}) {
    DynamicTable table(max_size);
    std::deque<TestField> model;
    table.insert("the-name", "");
    model.push_front({"the-name", ""});
    for (int i = 0; i < 3000; ++i) {
      const std::string value(random() % (max_size - 40), static_cast<char>('a' + i % 26));
      table.insert(table[table.count() - 1].name, value);
      model.push_front({model.back().name, value});
      std::size_t size = 0;
      std::size_t fit = 0;
      while (fit < model.size()) {
        size += model[fit].name.size() + model[fit].value.size() + kEntryOverhead;
        if (size > max_size) break;
        ++fit;
      }
      model.resize(fit);
      ASSERT_EQ(entries(table), Fields(model.begin(), model.end()))
          << "table of " << max_size << ", step " << i;
    }
  }
}

TEST(DynamicTable, BehavesAsAListOfFieldsDoes) {
  std::mt19937 random(2);
  DynamicTable table(4096);
  std::deque<TestField> model;
  std::size_t size = 0;
  const auto evict = [&](std::size_t to) {
    while (size > to) {
      size -= model.back().name.size() + model.back().value.size() + kEntryOverhead;
      model.pop_back();
    }
  };
  for (int i = 0; i < 20000; ++i) {
    if (random() % 50 == 0) {
      const std::size_t max_size = random() % 3 == 0 ? 0 : random() % 8192;
      table.set_max_size(max_size);
      evict(max_size);
    }
    const TestField field = {std::string(random() % 20, 'n'),
                             std::string(random() % 100, static_cast<char>(i % 128))};
    const std::size_t entry_size = field.name.size() + field.value.size() + kEntryOverhead;
    table.insert(field.name, field.value);
    if (entry_size > table.max_size()) {
      evict(0);
    } else {
      evict(table.max_size() - entry_size);
      model.push_front(field);
      size += entry_size;
    }
    ASSERT_EQ(table.size(), size);
    ASSERT_EQ(table.count(), model.size());
    if (i % 16 == 0) {
      ASSERT_EQ(entries(table), Fields(model.begin(), model.end()));
    }
  }
}

}  // namespace
}  // namespace farcall::hpack::test
