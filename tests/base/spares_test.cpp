#include "base/spares.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace farcall::base {
namespace {

TEST(Spares, GiveWhatWasGivenLast) {
  Spares<int> spares(2);
  EXPECT_EQ(spares.take(), nullptr);
  spares.give(std::make_unique<int>(1));
  spares.give(std::make_unique<int>(2));
  EXPECT_EQ(*spares.take(), 2);
  EXPECT_EQ(*spares.take(), 1);
  EXPECT_EQ(spares.take(), nullptr);
}

TEST(Spares, KeepNoMoreThanTheyMay) {
  const auto counted = std::make_shared<int>();
  Spares<std::shared_ptr<int>> spares(3);
  for (int i = 0; i < 10; ++i) spares.give(std::make_unique<std::shared_ptr<int>>(counted));
  EXPECT_EQ(counted.use_count(), 1 + 3);
}

}  // namespace
}  // namespace farcall::base
