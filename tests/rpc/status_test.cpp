#include <farcall/status.hpp>

#include <gtest/gtest.h>

#include <sstream>
#include <utility>

namespace farcall {
namespace {

TEST(StatusTest, IsOkAndOnePointerWideByDefault) {
  const Status status;
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.code(), StatusCode::ok);
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status.details(), "");
  static_assert(sizeof(Status) == sizeof(void*));
}

TEST(StatusTest, DropsTextThatComesWithOk) {
  const Status status(StatusCode::ok, "all is well", "details");
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.message(), "");
  EXPECT_EQ(status, Status());
}

TEST(StatusTest, HasAFactoryAndANameForEveryCode) {
  struct Row {
    Status status;
    int number;
    const char* name;
  };
  const Row rows[] = {
      {Status::cancelled("m"), 1, "CANCELLED"},
      {Status::unknown("m"), 2, "UNKNOWN"},
      {Status::invalid_argument("m"), 3, "INVALID_ARGUMENT"},
      {Status::deadline_exceeded("m"), 4, "DEADLINE_EXCEEDED"},
      {Status::not_found("m"), 5, "NOT_FOUND"},
      {Status::already_exists("m"), 6, "ALREADY_EXISTS"},
      {Status::permission_denied("m"), 7, "PERMISSION_DENIED"},
      {Status::resource_exhausted("m"), 8, "RESOURCE_EXHAUSTED"},
      {Status::failed_precondition("m"), 9, "FAILED_PRECONDITION"},
      {Status::aborted("m"), 10, "ABORTED"},
      {Status::out_of_range("m"), 11, "OUT_OF_RANGE"},
      {Status::unimplemented("m"), 12, "UNIMPLEMENTED"},
      {Status::internal("m"), 13, "INTERNAL"},
      {Status::unavailable("m"), 14, "UNAVAILABLE"},
      {Status::data_loss("m"), 15, "DATA_LOSS"},
      {Status::unauthenticated("m"), 16, "UNAUTHENTICATED"},
  };
  for (const Row& row : rows) {
    EXPECT_FALSE(row.status.ok());
    EXPECT_EQ(static_cast<int>(row.status.code()), row.number);
    EXPECT_EQ(name(row.status.code()), row.name);
    EXPECT_EQ(row.status.message(), "m");
    EXPECT_EQ(to_string(row.status), std::string(row.name) + ": m");
  }
  EXPECT_EQ(name(StatusCode::ok), "OK");
}

TEST(StatusTest, KeepsAnIntegerThatHasNoName) {
  const Status status(static_cast<StatusCode>(99), "odd");
  EXPECT_EQ(static_cast<int>(status.code()), 99);
  EXPECT_EQ(to_string(status), "UNLISTED(99): odd");
  EXPECT_EQ(name(static_cast<StatusCode>(-1)), "UNLISTED");
}

TEST(StatusTest, PrintsTheNameAloneWithoutAMessage) {
  EXPECT_EQ(to_string(Status()), "OK");
  EXPECT_EQ(to_string(Status::aborted("")), "ABORTED");
  std::ostringstream out;
  out << Status::not_found("no train 7");
  EXPECT_EQ(out.str(), "NOT_FOUND: no train 7");
}

TEST(StatusTest, CopiesAreIndependentAndMovesLeaveOkBehind) {
  Status first(StatusCode::not_found, "no train", "details");
  Status second = first;
  EXPECT_EQ(first, second);
  second = Status::aborted("later");
  EXPECT_EQ(first.message(), "no train");
  EXPECT_EQ(first.details(), "details");

  const Status third = std::move(first);
  EXPECT_EQ(third.code(), StatusCode::not_found);
  Status& alias = second;
  second = alias;
  EXPECT_EQ(second.message(), "later");
}

TEST(StatusTest, SaysWhoBeganIt) {
  const Status status = Status::unavailable("gone");
  EXPECT_EQ(status.origin(), StatusOrigin::local);
  const Status theirs = status.with_origin(StatusOrigin::peer);
  EXPECT_EQ(theirs.origin(), StatusOrigin::peer);
  EXPECT_EQ(status.origin(), StatusOrigin::local);
  EXPECT_EQ(theirs, status) << "the origin is not compared";
  EXPECT_EQ(Status(theirs).with_origin(StatusOrigin::local).origin(), StatusOrigin::local);
  EXPECT_TRUE(Status().with_origin(StatusOrigin::peer).ok());
}

TEST(StatusTest, ComparesCodeMessageAndDetails) {
  const Status status(StatusCode::aborted, "a", "d");
  EXPECT_NE(status, Status(StatusCode::unknown, "a", "d"));
  EXPECT_NE(status, Status(StatusCode::aborted, "b", "d"));
  EXPECT_NE(status, Status(StatusCode::aborted, "a", "e"));
  EXPECT_NE(status, Status());
}

TEST(StatusErrorTest, CarriesTheStatusAndItsText) {
  const StatusError error(Status::not_found("no train 7"));
  EXPECT_STREQ(error.what(), "NOT_FOUND: no train 7");
  EXPECT_EQ(error.status().code(), StatusCode::not_found);
}

}  // namespace
}  // namespace farcall
