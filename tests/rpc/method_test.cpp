#include "rpc/method.hpp"

#include "rpc/encoding.hpp"

#include <farcall/codegen/method.hpp>

#include <gtest/gtest.h>

#include <string>

namespace farcall::rpc {
namespace {

TEST(MethodTest, KnowsWhichSideStreams) {
  EXPECT_FALSE(streams_requests(MethodKind::unary) || streams_replies(MethodKind::unary));
  EXPECT_TRUE(streams_requests(MethodKind::client_streaming) &&
              !streams_replies(MethodKind::client_streaming));
  EXPECT_TRUE(!streams_requests(MethodKind::server_streaming) &&
              streams_replies(MethodKind::server_streaming));
  EXPECT_TRUE(streams_requests(MethodKind::bidi_streaming) && streams_replies(MethodKind::bidi_streaming));
}

TEST(SplitPathTest, SplitsAtTheLastSlash) {
  const auto name = split_path("/enquiry.TrainStatus/Chat");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->service, "enquiry.TrainStatus");
  EXPECT_EQ(name->method, "Chat");
  EXPECT_EQ(split_path("/a/b/c")->service, "a/b");
  EXPECT_EQ(split_path("/a/b/c")->method, "c");
  EXPECT_EQ(split_path("//S/M")->service, "/S");
}

TEST(SplitPathTest, RefusesWhatNamesNoMethod) {
  for (const char* path : {"", "/", "//", "S/M", "/S", "/S/", "//M", "SM", "*"}) {
    EXPECT_FALSE(split_path(path).has_value()) << path;
  }
}

TEST(CardinalityTest, IsAlwaysUnimplementedAndSaysWhatIsWrong) {
  const std::pair<CardinalityError, const char*> rows[] = {{CardinalityError::no_request, "request"},
                                                           {CardinalityError::extra_request, "request"},
                                                           {CardinalityError::no_response, "response"},
                                                           {CardinalityError::extra_response, "response"}};
  for (const auto& [error, word] : rows) {
    const Status status = cardinality_status(error);
    EXPECT_EQ(status.code(), StatusCode::unimplemented);
    EXPECT_NE(status.message().find(word), std::string::npos);
    EXPECT_EQ(status.origin(), StatusOrigin::local);
  }
}

TEST(EncodingTest, KnowsIdentityOnly) {
  EXPECT_EQ(find_encoding("identity"), Encoding::identity);
  for (const char* name : {"gzip", "", "Identity", "identity, gzip"})
    EXPECT_FALSE(find_encoding(name).has_value()) << name;
}

}  // namespace
}  // namespace farcall::rpc
