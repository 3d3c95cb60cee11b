#include "protocol/metadata_fields.hpp"

#include "fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace farcall::protocol {
namespace {

using testing::ElementsAre;

TEST(MetadataFieldsTest, SendsBinaryValuesAsUnpaddedBase64EachInAFieldOfItsOwn) {
  Metadata metadata;
  metadata.add("text", "two words");
  metadata.add("key-bin", "\x01");
  metadata.add("key-bin", std::string("\xab\xab\xab", 3));
  metadata.add("key-bin", "");
  http::HeaderMap map = fields({{":status", "200"}});
  append_metadata(map, metadata);
  EXPECT_THAT(pairs(map), ElementsAre(Pair(":status", "200"), Pair("text", "two words"),
                                      Pair("key-bin", "AQ"), Pair("key-bin", "q6ur"), Pair("key-bin", "")));
}

TEST(MetadataFieldsTest, ReadsBinaryValuesPaddedUnpaddedAndJoined) {
  const Metadata metadata = metadata_from(
      fields({{"a-bin", "AQ"}, {"a-bin", "AQ=="}, {"a-bin", "AQ,Ag== , ,q6ur"}, {"b-bin", ""}}));
  EXPECT_THAT(metadata.values("a-bin"), ElementsAre("\x01", "\x01", "\x01", "\x02", "", "\xab\xab\xab"));
  EXPECT_THAT(metadata.values("b-bin"), ElementsAre(""));
}

TEST(MetadataFieldsTest, LeavesOutWhatIsNotBase64AndKeepsTheRest) {
  const Metadata metadata = metadata_from(fields({{"a-bin", "!!*!!"}, {"a-bin", "AQ,A,Ag"}, {"b", "!!*!!"}}));
  EXPECT_THAT(metadata.values("a-bin"), ElementsAre("\x01", "\x02"));
  EXPECT_EQ(metadata.find("b"), "!!*!!");
  EXPECT_FALSE(is_binary_value("!!*!!"));
  EXPECT_FALSE(is_binary_value("AQ,A,Ag"));
  EXPECT_TRUE(is_binary_value("AQ,,Ag=="));
  EXPECT_TRUE(is_binary_value(""));
}

TEST(MetadataFieldsTest, KeepsOrderRepetitionsAndWhatHttpAllows) {
  const Metadata metadata =
      metadata_from(fields({{"b", "1"}, {"a", "2, 3"}, {"b", "caf\xc3\xa9"}, {"c", ""}}));
  EXPECT_EQ(metadata.size(), 4u);
  EXPECT_THAT(metadata.values("b"), ElementsAre("1", "caf\xc3\xa9"));
  EXPECT_EQ(metadata.find("a"), "2, 3");
  EXPECT_EQ(metadata.find("c"), "");
}

TEST(MetadataFieldsTest, HidesWhatIsTheProtocols) {
  for (const char* name :
       {":path", ":authority", ":status", "content-type", "te", "user-agent", "host", "content-length",
        "grpc-timeout", "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding",
        "grpc-accept-encoding", "grpc-message-type"}) {
    EXPECT_FALSE(is_metadata_field(name)) << name;
    EXPECT_TRUE(metadata_from(fields({{name, "AQ"}})).empty()) << name;
  }
  for (const char* name : {"a", "authorization", "cookie", "date", "server", "grpc-previous-rpc-attempts",
                           "grpc-retry-pushback-ms", "grpc-trace-bin", "grpc-tags-bin", "x-te", "grp"}) {
    EXPECT_TRUE(is_metadata_field(name)) << name;
    EXPECT_EQ(metadata_from(fields({{name, "AQ"}})).size(), 1u) << name;
  }
}

}  // namespace
}  // namespace farcall::protocol
