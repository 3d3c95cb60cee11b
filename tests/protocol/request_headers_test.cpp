#include "fields.hpp"
#include "protocol/grpc_client.hpp"
#include "protocol/grpc_server.hpp"

#include <farcall/version.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace farcall::protocol {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

RequestInfo hello() {
  RequestInfo info;
  info.path = "/enquiry.TrainStatus/Chat";
  info.authority = "localhost:9000";
  return info;
}

TEST(RequestHeadersTest, AreInTheOrderOfTheSpecification) {
  http::HeaderMap map = fields({{"left", "over"}});
  request_headers(map, hello());
  EXPECT_THAT(
      pairs(map),
      ElementsAre(Pair(":method", "POST"), Pair(":scheme", "http"),
                  Pair(":path", "/enquiry.TrainStatus/Chat"), Pair(":authority", "localhost:9000"),
                  Pair("te", "trailers"), Pair("content-type", "application/grpc"),
                  Pair("grpc-accept-encoding", "identity"), Pair("user-agent", std::string(kUserAgent))));
}

TEST(RequestHeadersTest, PutTheTimeoutFirstAndTheMetadataLast) {
  Metadata metadata;
  metadata.add("a", "1");
  metadata.add("b-bin", "\x01");
  RequestInfo info = hello();
  info.timeout = 200ms;
  info.metadata = &metadata;
  info.scheme = "https";
  info.user_agent = "mine/1";
  http::HeaderMap map;
  request_headers(map, info);
  EXPECT_THAT(pairs(map),
              ElementsAre(Pair(":method", "POST"), Pair(":scheme", "https"),
                          Pair(":path", "/enquiry.TrainStatus/Chat"), Pair(":authority", "localhost:9000"),
                          Pair("grpc-timeout", "200000u"), Pair("te", "trailers"),
                          Pair("content-type", "application/grpc"), Pair("grpc-accept-encoding", "identity"),
                          Pair("user-agent", "mine/1"), Pair("a", "1"), Pair("b-bin", "AQ")));
}

TEST(RequestHeadersTest, NameTheCodec) {
  RequestInfo info = hello();
  info.subtype = "json";
  http::HeaderMap map;
  request_headers(map, info);
  EXPECT_EQ(map.find("content-type"), "application/grpc+json");
}

TEST(RequestHeadersTest, AreWhatOurServerReads) {
  Metadata metadata;
  metadata.add("key-bin", "\x01\x02");
  RequestInfo info = hello();
  info.timeout = 5s;
  info.metadata = &metadata;
  http::HeaderMap map;
  request_headers(map, info);
  const RequestHead head = parse_request(map);
  ASSERT_EQ(head.rejection, nullptr);
  EXPECT_EQ(head.path, info.path);
  EXPECT_EQ(head.timeout, 5s);
  EXPECT_EQ(head.authority, "localhost:9000");
  EXPECT_EQ(metadata_from(map), metadata);
}

TEST(RequestHeadersTest, NameTheVersion) {
  EXPECT_EQ(kUserAgent, "grpc-c++-farcall/" + std::to_string(kVersionMajor) + "." +
                            std::to_string(kVersionMinor) + "." + std::to_string(kVersionPatch));
}

}  // namespace
}  // namespace farcall::protocol
