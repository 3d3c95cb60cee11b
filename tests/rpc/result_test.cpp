#include <farcall/result.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace farcall {
namespace {

Result<std::string> find_train(int number) {
  if (number == 7) return "the night train";
  if (number == 8) return Status();
  return Status::not_found("no train");
}

TEST(ResultTest, HoldsAValue) {
  const Result<std::string> result = find_train(7);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(static_cast<bool>(result));
  EXPECT_EQ(*result, "the night train");
  EXPECT_EQ(result->size(), 15u);
  EXPECT_EQ(result.value(), "the night train");
  EXPECT_TRUE(result.status().ok());
}

TEST(ResultTest, HoldsTheStatusThatSaysWhyThereIsNone) {
  const Result<std::string> result = find_train(9);
  EXPECT_FALSE(result.ok());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.status(), Status::not_found("no train"));
}

TEST(ResultTest, ValueThrowsTheStatus) {
  const Result<std::string> result = find_train(9);
  try {
    static_cast<void>(result.value());
    FAIL() << "no exception";
  } catch (const StatusError& error) {
    EXPECT_EQ(error.status(), Status::not_found("no train"));
  }
  EXPECT_THROW(static_cast<void>(find_train(9).value()), StatusError);
}

TEST(ResultTest, TurnsAnOkStatusWithoutAValueIntoInternal) {
  const Result<std::string> result = find_train(8);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), StatusCode::internal);
  EXPECT_NE(result.status().message(), "");
}

TEST(ResultTest, CarriesWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 5);
  EXPECT_EQ(*Result<std::unique_ptr<int>>(std::make_unique<int>(6)).value(), 6);
}

TEST(ResultTest, CopiesAndAssigns) {
  Result<std::vector<int>> result = std::vector<int>{1, 2};
  Result<std::vector<int>> copy = result;
  copy->push_back(3);
  EXPECT_EQ(result->size(), 2u);
  result = Status::aborted("no");
  EXPECT_FALSE(result.ok());
  result = copy;
  EXPECT_EQ(result->size(), 3u);
  EXPECT_EQ(Result<int>(Status::aborted("x")).status().code(), StatusCode::aborted);
}

TEST(ResultTest, ConvertsOnlyWhereTheValueDoes) {
  static_assert(std::is_convertible_v<const char*, Result<std::string>>);
  static_assert(std::is_convertible_v<Status, Result<std::string>>);
  static_assert(!std::is_convertible_v<std::size_t, Result<std::vector<int>>>);
  static_assert(std::is_constructible_v<Result<std::vector<int>>, std::size_t>);
  static_assert(!std::is_constructible_v<Result<std::string>, std::vector<int>>);
}

}  // namespace
}  // namespace farcall
