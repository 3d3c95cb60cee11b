#include "fields.hpp"
#include "protocol/grpc_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace farcall::protocol {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// A request that nobody could object to, with `changes`: a name of its own is added, an existing one
/// replaced, or removed by an empty value.
http::HeaderMap request(const Pairs& changes = {}, const Pairs& additions = {}) {
  Pairs all = {{":method", "POST"},      {":scheme", "http"}, {":path", "/a.Service/Method"},
               {":authority", "host:1"}, {"te", "trailers"},  {"content-type", "application/grpc"},
               {"user-agent", "test/1"}};
  for (const Pair& change : changes) {
    std::erase_if(all, [&](const Pair& field) { return field.first == change.first; });
    if (!change.second.empty()) all.push_back(change);
  }
  all.insert(all.end(), additions.begin(), additions.end());
  return fields(all);
}

TEST(ParseRequestTest, ReadsACall) {
  const http::HeaderMap map = request({{"content-type", "application/grpc+proto"}, {"grpc-timeout", "200m"}});
  const RequestHead head = parse_request(map);
  ASSERT_EQ(head.rejection, nullptr);
  EXPECT_EQ(head.path, "/a.Service/Method");
  EXPECT_EQ(head.service, "a.Service");
  EXPECT_EQ(head.method, "Method");
  EXPECT_EQ(head.content_type, "application/grpc+proto");
  EXPECT_EQ(head.authority, "host:1");
  EXPECT_EQ(head.user_agent, "test/1");
  EXPECT_EQ(head.timeout, 200ms);
}

TEST(ParseRequestTest, AcceptsWhatItCanLiveWith) {
  const http::HeaderMap requests[] = {
      request(),
      request({{"te", ""}}),
      request({{"user-agent", ""}}),
      request({{":authority", ""}}),
      request({{"grpc-timeout", "0n"}}),
      request({{"grpc-timeout", "99999999H"}}),
      request({{"grpc-encoding", "identity"}}),
      request({{"grpc-accept-encoding", "gzip, br"}}),
      request({{"content-type", "application/grpc;charset=utf-8"}}),
      request({}, {{"host", "other"}}),
      request({}, {{"a-bin", "AQ"}, {"a-bin", "AQ=="}, {"a-bin", "AQ,Ag"}}),
      request({}, {{"grpc-status-details-bin", "!"}, {"grpc-unheard-of", "x"}}),
      request({}, {{"caf", "\xc3\xa9"}}),
  };
  for (const http::HeaderMap& map : requests) {
    const RequestHead head = parse_request(map);
    EXPECT_EQ(head.rejection, nullptr) << testing::PrintToString(pairs(map));
  }
}

TEST(ParseRequestTest, HasNoTimeoutUnlessOneIsSent) {
  EXPECT_FALSE(parse_request(request()).timeout.has_value());
  const http::HeaderMap map = request({{"grpc-timeout", "0n"}});
  EXPECT_EQ(parse_request(map).timeout, 0ns);
}

TEST(ParseRequestTest, TakesTheHostOnlyWhereTheAuthorityIsMissing) {
  const http::HeaderMap with_host = request({{":authority", ""}}, {{"host", "other"}});
  EXPECT_EQ(parse_request(with_host).authority, "other");
  const http::HeaderMap with_both = request({}, {{"host", "other"}});
  EXPECT_EQ(parse_request(with_both).authority, "host:1");
}

struct Refusal {
  const char* what;
  http::HeaderMap headers;
  int http_status;
  StatusCode code;
  const char* message;
};

TEST(ParseRequestTest, RejectsInGrpcsOwnFormWhatAGrpcClientGotWrong) {
  const Refusal rows[] = {
      {"DELETE", request({{":method", "DELETE"}}), 405, StatusCode::internal, "POST"},
      {"GET", request({{":method", "GET"}}), 405, StatusCode::internal, "POST"},
      {"timeout abc", request({{"grpc-timeout", "abc"}}), 400, StatusCode::internal, "grpc-timeout"},
      {"timeout -1S", request({{"grpc-timeout", "-1S"}}), 400, StatusCode::internal, "grpc-timeout"},
      {"timeout 18f6n", request({{"grpc-timeout", "18f6n"}}), 400, StatusCode::internal, "grpc-timeout"},
      {"timeout too long", request({{"grpc-timeout", "123456789S"}}), 400, StatusCode::internal,
       "grpc-timeout"},
      {"one good timeout, one bad", request({{"grpc-timeout", "x"}}, {{"grpc-timeout", "1S"}}), 400,
       StatusCode::internal, "grpc-timeout"},
      {"bad -bin", request({{"x-bin", "!!*!!"}}), 400, StatusCode::internal, "'x-bin'"},
      {"bad grpc-trace-bin", request({{"grpc-trace-bin", "!"}}), 400, StatusCode::internal,
       "'grpc-trace-bin'"},
      {"bad part of -bin", request({{"x-bin", "AQ,!"}}), 400, StatusCode::internal, "'x-bin'"},
      {"two authorities", request({}, {{":authority", "other"}}), 400, StatusCode::internal, "more than one"},
      {"two hosts", request({}, {{"host", "a"}, {"host", "a"}}), 400, StatusCode::internal, "more than one"},
      {"path without a slash", request({{":path", "a.Service/Method"}}), 200, StatusCode::unimplemented,
       "'a.Service/Method'"},
      {"path /", request({{":path", "/"}}), 200, StatusCode::unimplemented, "'/'"},
      {"no path", request({{":path", ""}}), 200, StatusCode::unimplemented, "path"},
      {"no method", request({{":path", "/a.Service/"}}), 200, StatusCode::unimplemented, "'/a.Service/'"},
      {"unknown format", request({{"content-type", "application/grpc+foo"}}), 200, StatusCode::unimplemented,
       "'foo'"},
      {"unknown encoding", request({{"grpc-encoding", "foo"}}), 200, StatusCode::unimplemented, "'foo'"},
  };
  for (const Refusal& row : rows) {
    const RequestHead head = parse_request(row.headers);
    ASSERT_NE(head.rejection, nullptr) << row.what;
    EXPECT_EQ(head.rejection->http_status, row.http_status) << row.what;
    EXPECT_EQ(head.rejection->status.code(), row.code) << row.what;
    EXPECT_THAT(head.rejection->status.message(), HasSubstr(row.message)) << row.what;
    EXPECT_FALSE(head.rejection->plain_text) << row.what;
    EXPECT_EQ(head.rejection->body, "") << row.what;
  }
}

TEST(ParseRequestTest, TakesTheFormatsThatItIsTold) {
  const std::string_view codecs[] = {"json", "cbor"};
  const http::HeaderMap json = request({{"content-type", "application/grpc+json"}});
  EXPECT_EQ(parse_request(json, false, codecs).rejection, nullptr);
  EXPECT_EQ(parse_request(json, false, codecs).subtype, "json");
  EXPECT_NE(parse_request(json).rejection, nullptr);
  const http::HeaderMap foo = request({{"content-type", "application/grpc+foo"}});
  EXPECT_NE(parse_request(foo, false, codecs).rejection, nullptr);
  EXPECT_EQ(parse_request(request(), false, codecs).subtype, "");
}

TEST(ParseRequestTest, RejectsInPlainTextWhatIsNotGrpc) {
  const Refusal rows[] = {
      {"another type", request({{"content-type", "application/json"}}), 415, StatusCode::invalid_argument,
       "content-type"},
      {"no type", request({{"content-type", ""}}), 415, StatusCode::invalid_argument, "content-type"},
      {"grpcfoo", request({{"content-type", "application/grpcfoo"}}), 415, StatusCode::invalid_argument,
       "content-type"},
      {"grpc-web", request({{"content-type", "application/grpc-web+proto"}}), 415,
       StatusCode::invalid_argument, "content-type"},
      {"GET", request({{":method", "GET"}, {"content-type", ""}}), 405, StatusCode::internal, "POST"},
      {"OPTIONS", request({{":method", "OPTIONS"}, {"content-type", ""}, {":path", "*"}}), 405,
       StatusCode::internal, "POST"},
      {"CONNECT", request({{":method", "CONNECT"}, {"content-type", ""}, {":path", ""}, {":scheme", ""}}),
       405, StatusCode::internal, "POST"},
      {"nothing at all", fields({}), 405, StatusCode::internal, "POST"},
  };
  for (const Refusal& row : rows) {
    const RequestHead head = parse_request(row.headers);
    ASSERT_NE(head.rejection, nullptr) << row.what;
    EXPECT_EQ(head.rejection->http_status, row.http_status) << row.what;
    EXPECT_EQ(head.rejection->status.code(), row.code) << row.what;
    EXPECT_TRUE(head.rejection->plain_text) << row.what;
    EXPECT_GE(head.rejection->body.size(), 30u) << row.what;
    EXPECT_THAT(std::string(head.rejection->body), HasSubstr(row.message)) << row.what;
  }
}

TEST(ParseRequestTest, AnswersHeadWithoutABody) {
  const RequestHead head = parse_request(request({{":method", "HEAD"}, {"content-type", ""}}));
  ASSERT_NE(head.rejection, nullptr);
  EXPECT_EQ(head.rejection->http_status, 405);
  EXPECT_TRUE(head.rejection->plain_text);
  EXPECT_EQ(head.rejection->body, "");
}

TEST(ParseRequestTest, RejectsHeadersThatAreTooLarge) {
  const RequestHead grpc = parse_request(request(), true);
  ASSERT_NE(grpc.rejection, nullptr);
  EXPECT_EQ(grpc.rejection->http_status, 431);
  EXPECT_EQ(grpc.rejection->status.code(), StatusCode::resource_exhausted);
  EXPECT_FALSE(grpc.rejection->plain_text);

  const RequestHead other = parse_request(fields({{":method", "GET"}}), true);
  ASSERT_NE(other.rejection, nullptr);
  EXPECT_EQ(other.rejection->http_status, 431);
  EXPECT_TRUE(other.rejection->plain_text);
  EXPECT_NE(other.rejection->body, "");
}

TEST(ParseRequestTest, DoesNotRepeatMoreOfThePeersTextThanALineHolds) {
  const RequestHead head = parse_request(request({{":path", std::string(10'000, 'p')}}));
  ASSERT_NE(head.rejection, nullptr);
  EXPECT_LT(head.rejection->status.message().size(), 120u);
}

TEST(ParseRequestTest, NamesWhatItAccepts) {
  const RequestHead encoding = parse_request(request({{"grpc-encoding", "gzip"}}));
  ASSERT_NE(encoding.rejection, nullptr);
  EXPECT_TRUE(encoding.rejection->names_accepted_encodings);
  EXPECT_FALSE(encoding.rejection->names_allowed_method);
  const RequestHead method = parse_request(request({{":method", "PUT"}}));
  ASSERT_NE(method.rejection, nullptr);
  EXPECT_TRUE(method.rejection->names_allowed_method);
  EXPECT_FALSE(method.rejection->names_accepted_encodings);
}

}  // namespace
}  // namespace farcall::protocol
