#include "rpc/received_metadata.hpp"

#include <farcall/metadata.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace farcall {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view name, std::string_view value) {
  Metadata metadata;
  try {
    metadata.add(name, value);
  } catch (const std::invalid_argument& error) {
    EXPECT_TRUE(metadata.empty());
    return error.what();
  }
  return "accepted";
}

TEST(MetadataTest, KeepsOrderAndRepetitions) {
  Metadata metadata;
  metadata.add("b", "1");
  metadata.add("a", "2");
  metadata.add("b", "3");
  EXPECT_EQ(metadata.size(), 3u);
  EXPECT_EQ(metadata.find("b"), "1");
  EXPECT_THAT(metadata.values("b"), ElementsAre("1", "3"));
  EXPECT_TRUE(metadata.values("c").empty());
  EXPECT_FALSE(metadata.find("c").has_value());
  EXPECT_TRUE(metadata.contains("a"));
  std::string all;
  for (const auto& [name, value] : metadata) all += std::string(name) + "=" + std::string(value) + ";";
  EXPECT_EQ(all, "b=1;a=2;b=3;");
}

TEST(MetadataTest, IsEmptyAgainWhenCleared) {
  Metadata metadata;
  EXPECT_TRUE(metadata.empty());
  metadata.add("a", "1");
  metadata.clear();
  EXPECT_TRUE(metadata.empty());
  EXPECT_TRUE(metadata.begin() == metadata.end());
  metadata.add("c", "");
  EXPECT_EQ(metadata.find("c"), "");
}

TEST(MetadataTest, CarriesAnyBytesUnderABinaryName) {
  const std::string bytes("\0\xff, \n", 5);
  Metadata metadata;
  metadata.add("key-bin", bytes);
  EXPECT_EQ(metadata.find("key-bin"), bytes);
}

TEST(MetadataTest, DropsSpacesAroundAText) {
  Metadata metadata;
  metadata.add("a", "  two words ");
  metadata.add("b", "   ");
  EXPECT_EQ(metadata.find("a"), "two words");
  EXPECT_EQ(metadata.find("b"), "");
}

TEST(MetadataTest, RefusesNamesThatHttpOrGrpcDoNotAllow) {
  EXPECT_THAT(refusal("", "v"), HasSubstr("empty"));
  for (const char* name : {"Name", "a b", "a:b", ":path", "\xc3\xa9", "a/b", "a\n"}) {
    EXPECT_THAT(refusal(name, "v"), HasSubstr("0-9 a-z _ - .")) << name;
  }
  EXPECT_EQ(refusal("0_a-b.c", "v"), "accepted");
}

TEST(MetadataTest, RefusesNamesThatAreTheProtocols) {
  for (const char* name :
       {"grpc-timeout", "grpc-status", "grpc-anything", "grpc-previous-rpc-attempts", "content-type", "te",
        "user-agent", "host", "content-length", "connection", "keep-alive", "proxy-connection",
        "transfer-encoding", "upgrade", "http2-settings"}) {
    EXPECT_THAT(refusal(name, "v"), HasSubstr("reserved")) << name;
  }
  for (const char* name :
       {"grpc-retry-pushback-ms", "grpc-trace-bin", "grpc-tags-bin", "grpcx", "authorization"}) {
    EXPECT_EQ(refusal(name, "v"), "accepted") << name;
  }
}

TEST(MetadataTest, RefusesTextThatIsNotPrintableAscii) {
  for (const char* value : {"a\nb", "a\rb", "tab\there", "\x7f", "caf\xc3\xa9"}) {
    EXPECT_THAT(refusal("name", value), HasSubstr("0x20 to 0x7E")) << value;
  }
  EXPECT_THAT(refusal("name", std::string_view("a\0b", 3)), HasSubstr("-bin"));
  EXPECT_EQ(refusal("name", " ~!"), "accepted");
}

TEST(MetadataTest, AcceptsFromAPeerWhatHttpAllows) {
  Metadata metadata;
  rpc::ReceivedMetadata::append(metadata, "name", "caf\xc3\xa9");
  EXPECT_EQ(metadata.find("name"), "caf\xc3\xa9");
}

TEST(MetadataTest, ComparesNamesValuesAndOrder) {
  Metadata left;
  left.add("a", "1");
  left.add("b", "2");
  Metadata right = left;
  EXPECT_EQ(left, right);
  right.add("c", "");
  EXPECT_NE(left, right);
  Metadata reversed;
  reversed.add("b", "2");
  reversed.add("a", "1");
  EXPECT_NE(left, reversed);
  Metadata moved = std::move(right);
  EXPECT_EQ(moved.size(), 3u);
}

}  // namespace
}  // namespace farcall
