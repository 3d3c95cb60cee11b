#include "codegen/names.hpp"

#include <gtest/gtest.h>

namespace farcall::codegen {
namespace {

TEST(SnakeCase, SplitsAtTheBeginningOfEachWord) {
  struct Row {
    const char* from;
    const char* to;
  };
  const Row rows[] = {
      {"Get", "get"},
      {"ReturnTrainDetails", "return_train_details"},
      {"GetHTTPInfo", "get_http_info"},
      {"HTTP", "http"},
      {"getX", "get_x"},
      {"V2Get", "v2_get"},
      {"GetV2", "get_v2"},
      {"already_snake", "already_snake"},
      {"Mixed_Case", "mixed_case"},
      {"Two__Underscores", "two_underscores"},
      {"_Leading", "_leading"},
      {"Trailing_", "trailing_"},
      {"x", "x"},
  };
  for (const Row& row : rows) EXPECT_EQ(snake_case(row.from), row.to) << row.from;
}

TEST(Names, GetAnUnderscoreWhereCppHasTakenThem) {
  EXPECT_EQ(escape_keyword("delete"), "delete_");
  EXPECT_EQ(escape_keyword("co_await"), "co_await_");
  EXPECT_EQ(escape_keyword("errno"), "errno_");
  EXPECT_EQ(escape_keyword("alignas"), "alignas_");
  EXPECT_EQ(escape_keyword("yield"), "yield_");
  EXPECT_EQ(escape_keyword("deletes"), "deletes");
}

TEST(Names, OfNamespacesAreTheParts) {
  EXPECT_EQ(namespace_parts("a.class.c"), (std::vector<std::string>{"a", "class_", "c"}));
  EXPECT_EQ(namespace_parts("one"), (std::vector<std::string>{"one"}));
  EXPECT_TRUE(namespace_parts("").empty());
}

TEST(NameScope, NeverGivesANameTwiceNorTwoUnderscores) {
  NameScope scope({"taken"});
  EXPECT_EQ(scope.claim("free"), "free");
  EXPECT_EQ(scope.claim("taken"), "taken_");
  EXPECT_EQ(scope.claim("taken"), "taken_2");
  EXPECT_EQ(scope.claim("taken"), "taken_3");
  EXPECT_EQ(scope.claim("delete"), "delete_");
  EXPECT_EQ(scope.claim("delete"), "delete_2");
}

}  // namespace
}  // namespace farcall::codegen
