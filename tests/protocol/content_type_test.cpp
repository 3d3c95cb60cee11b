#include "protocol/content_type.hpp"

#include <gtest/gtest.h>

namespace farcall::protocol {
namespace {

TEST(ContentTypeTest, TellsTheMessageFormat) {
  const std::pair<const char*, const char*> rows[] = {
      {"application/grpc", ""},
      {"application/grpc+proto", "proto"},
      {"application/grpc+json", "json"},
      {"application/grpc+foo", "foo"},
      {"application/grpc+", ""},
      {"application/grpc;charset=utf-8", ""},
      {"application/grpc ;charset=utf-8", ""},
      {"application/grpc+proto; charset=utf-8", "proto"},
  };
  for (const auto& [type, subtype] : rows) EXPECT_EQ(grpc_subtype(type), subtype) << type;
}

TEST(ContentTypeTest, TellsWhatIsNotGrpc) {
  for (const char* type : {"", "application", "application/grp", "application/grpcfoo",
                           "application/grpc-web", "application/grpc-web+proto", "application/grpc-web-text",
                           "text/plain", "application/json", "application/proto", " application/grpc"}) {
    EXPECT_FALSE(grpc_subtype(type).has_value()) << type;
  }
}

TEST(ContentTypeTest, HasACodecForProtobufOnly) {
  EXPECT_TRUE(is_known_subtype(""));
  EXPECT_TRUE(is_known_subtype("proto"));
  EXPECT_FALSE(is_known_subtype("json"));
  EXPECT_FALSE(is_known_subtype("foo"));
}

}  // namespace
}  // namespace farcall::protocol
