#include "fields.hpp"
#include "protocol/grpc_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace farcall::protocol {
namespace {

using testing::ElementsAre;

TEST(ResponseHeadersTest, RepeatTheRequestsContentTypeAndCarryTheMetadata) {
  Metadata initial;
  initial.add("a", "1");
  initial.add("b-bin", "\x01");
  http::HeaderMap out = fields({{"left", "over"}});
  EXPECT_TRUE(response_headers(out, "application/grpc", {}));
  EXPECT_THAT(pairs(out), ElementsAre(Pair(":status", "200"), Pair("content-type", "application/grpc")));
  EXPECT_TRUE(response_headers(out, "application/grpc+proto", initial));
  EXPECT_THAT(pairs(out), ElementsAre(Pair(":status", "200"), Pair("content-type", "application/grpc+proto"),
                                      Pair("a", "1"), Pair("b-bin", "AQ")));
}

TEST(ResponseHeadersTest, SayWhenTheyExceedWhatThePeerAccepts) {
  Metadata initial;
  initial.add("a", "1");
  http::HeaderMap out;
  const std::size_t size = 42 + 60 + 34;
  EXPECT_TRUE(response_headers(out, "application/grpc", initial, size));
  EXPECT_FALSE(response_headers(out, "application/grpc", initial, size - 1));
}

TEST(TrailersTest, CarryStatusAndMetadata) {
  Metadata trailing;
  trailing.add("a", "1");
  http::HeaderMap out = fields({{"left", "over"}});
  EXPECT_TRUE(trailers(out, Status(), {}));
  EXPECT_THAT(pairs(out), ElementsAre(Pair("grpc-status", "0")));
  EXPECT_TRUE(trailers(out, Status::not_found("no"), trailing));
  EXPECT_THAT(pairs(out), ElementsAre(Pair("grpc-status", "5"), Pair("grpc-message", "no"), Pair("a", "1")));
  EXPECT_FALSE(trailers(out, Status(), {}, 43));
}

TEST(TrailersTest, MayBeAllThereIs) {
  http::HeaderMap out = fields({{"left", "over"}});
  EXPECT_TRUE(trailers_only(out, "application/grpc+proto", Status::not_found("no"), {}));
  EXPECT_THAT(pairs(out), ElementsAre(Pair(":status", "200"), Pair("content-type", "application/grpc+proto"),
                                      Pair("grpc-status", "5"), Pair("grpc-message", "no")));
  EXPECT_TRUE(trailers_only(out, "application/grpc", Status::not_found(std::string(10'000, 'x')), {}, 8192));
  EXPECT_EQ(out.list_size(), 8192u);
  EXPECT_FALSE(trailers_only(out, "application/grpc", Status(), {}, 100));
}

TEST(RejectionHeadersTest, AreTrailersOnlyForAGrpcClient) {
  Rejection rejection;
  rejection.status = Status::unimplemented("no foo");
  rejection.names_accepted_encodings = true;
  http::HeaderMap out = fields({{"left", "over"}});
  EXPECT_TRUE(rejection_headers(out, rejection));
  EXPECT_THAT(pairs(out), ElementsAre(Pair(":status", "200"), Pair("content-type", "application/grpc"),
                                      Pair("grpc-accept-encoding", "identity"), Pair("grpc-status", "12"),
                                      Pair("grpc-message", "no foo")));
}

TEST(RejectionHeadersTest, ArePlainHttpForOthersAndCarryTheStatusAsWell) {
  Rejection rejection;
  rejection.http_status = 405;
  rejection.status = Status::internal("POST it");
  rejection.plain_text = true;
  rejection.body = "hello";
  rejection.names_allowed_method = true;
  http::HeaderMap out;
  EXPECT_TRUE(rejection_headers(out, rejection));
  EXPECT_THAT(pairs(out), ElementsAre(Pair(":status", "405"), Pair("content-type", "text/plain"),
                                      Pair("content-length", "5"), Pair("allow", "POST"),
                                      Pair("grpc-status", "13"), Pair("grpc-message", "POST it")));
  EXPECT_FALSE(rejection_headers(out, rejection, 100));
}

}  // namespace
}  // namespace farcall::protocol
