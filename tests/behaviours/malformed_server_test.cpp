// Servers that break the rules: items 47 to 56 and 82 of docs/behaviours.md.

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace farcall::client_test {
namespace {

using http2::ErrorCode;
using testing::frames;
using testing::FrameScript;
using testing::FrameType;
using ::testing::HasSubstr;

/// What a unary call makes of an answer on stream 1, and whether the connection is good for the next call.
Status status_of(const FrameScript& answer, ResponseMetadata* metadata = nullptr) {
  WirePeer peer;
  Channel channel(peer.target());
  CallOptions options;
  if (metadata != nullptr) options.collect(*metadata);
  std::future<Result<Text>> call = begin(say(channel, "hello", std::move(options)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(answer);
  const Status status = outcome(call).status();

  std::future<Result<Text>> next = begin(say(channel, "next"));
  server.skips_to(FrameType::data, 3);
  server.says(reply(3, "fine"));
  EXPECT_EQ(shown(outcome(next)), "fine");
  return status;
}

struct Case {
  const char* what;
  FrameScript answer;
  StatusCode code;
};

void expect_statuses(const std::vector<Case>& cases) {
  for (const Case& row : cases) {
    const Status status = status_of(row.answer);
    EXPECT_EQ(status.code(), row.code) << row.what << ": " << status;
    EXPECT_NE(status.message(), "") << row.what;
  }
}

FrameScript html(int http_status, std::string_view body) {
  return frames()
      .headers(1)
      .response(std::to_string(http_status))
      .field("content-type", "text/html")
      .data(1, body);
}

TEST(MalformedServer, HeadersOutOfPlaceAreInternal) {
  expect_statuses({
      {"data before headers", frames().data(1, message("a")), StatusCode::internal},
      {"headers twice", good_headers(1).then(good_headers(1)), StatusCode::internal},
      {"headers in the middle", good_headers(1).data(1, message("a")).then(good_headers(1)),
       StatusCode::internal},
      {"three sections",
       good_headers(1).headers(1).field("x", "y").headers(1).field("grpc-status", "0").end_stream(),
       StatusCode::internal},
      {"an end in a 1xx", frames().headers(1).response("100").end_stream(), StatusCode::internal},
  });
}

TEST(MalformedServer, HeadersInTheMiddleOfAStreamAreAnsweredWithProtocolError) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> call = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, message("a")).then(good_headers(1)));
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), ErrorCode::protocol_error);
  EXPECT_EQ(outcome(call).status().code(), StatusCode::internal);
}

TEST(MalformedServer, EndsWithoutAStatusAreInternalOrUnknown) {
  expect_statuses({
      {"no trailers", good_headers(1).data(1, message("a")).end_stream(), StatusCode::internal},
      {"no trailers and no message", good_headers(1).data(1).end_stream(), StatusCode::internal},
      {"headers alone", good_headers(1).end_stream(), StatusCode::unknown},
      {"trailers without status",
       good_headers(1).data(1, message("a")).headers(1).field("x", "y").end_stream(), StatusCode::unknown},
      {"a status that is no number",
       good_headers(1).data(1, message("a")).headers(1).field("grpc-status", "abc").end_stream(),
       StatusCode::unknown},
      {"an empty status", good_headers(1).headers(1).field("grpc-status", "").end_stream(),
       StatusCode::unknown},
      {"details that are not base64",
       good_headers(1)
           .headers(1)
           .field("grpc-status", "5")
           .field("grpc-status-details-bin", "!!")
           .end_stream(),
       StatusCode::internal},
      {"no status at all", frames().headers(1).response().end_stream(), StatusCode::unknown},
  });
}

TEST(MalformedServer, AForeignAnswerIsMappedByItsHttpStatusUnlessItHasAGrpcStatus) {
  const std::vector<std::pair<int, StatusCode>> kMapping = {
      {400, StatusCode::internal},          {401, StatusCode::unauthenticated},
      {403, StatusCode::permission_denied}, {404, StatusCode::unimplemented},
      {429, StatusCode::unavailable},       {431, StatusCode::unknown},
      {500, StatusCode::unknown},           {502, StatusCode::unavailable},
      {503, StatusCode::unavailable},       {504, StatusCode::unavailable},
      {200, StatusCode::unknown},           {302, StatusCode::unknown}};
  std::vector<Case> cases;
  for (const auto& [http, code] : kMapping) {
    cases.push_back({"with a body", html(http, "<p>no</p>").end_stream(), code});
    cases.push_back(
        {"without a body", frames().headers(1).response(std::to_string(http)).end_stream(), code});
    cases.push_back({"with gRPC's content-type and status",
                     frames()
                         .headers(1)
                         .response(std::to_string(http))
                         .field("content-type", "application/grpc")
                         .field("grpc-status", "9")
                         .field("grpc-message", "its own")
                         .end_stream(),
                     StatusCode::failed_precondition});
  }
  expect_statuses(cases);
}

TEST(MalformedServer, ABodyInPiecesIsShownInTheStatusToItsEnd) {
  const Status status =
      status_of(html(503, "<p>come ").data(1, "back ").data(1, "later").data(1).end_stream());
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), HasSubstr("<p>come back later"));
}

TEST(MalformedServer, InterimResponsesAreSkipped) {
  EXPECT_EQ(status_of(frames().headers(1).response("100").headers(1).response("103").then(reply(1, "x"))),
            Status());
}

TEST(MalformedServer, EachResetCodeBecomesItsStatus) {
  const std::vector<std::pair<std::uint32_t, StatusCode>> kMapping = {
      {0x0, StatusCode::internal},           {0x1, StatusCode::internal},
      {0x2, StatusCode::internal},           {0x3, StatusCode::internal},
      {0x4, StatusCode::internal},           {0x5, StatusCode::internal},
      {0x6, StatusCode::internal},           {0x8, StatusCode::cancelled},
      {0x9, StatusCode::internal},           {0xa, StatusCode::internal},
      {0xb, StatusCode::resource_exhausted}, {0xc, StatusCode::permission_denied},
      {0xd, StatusCode::internal},           {0x63, StatusCode::unknown}};
  for (const auto& [code, status] : kMapping) {
    const auto error = static_cast<ErrorCode>(code);
    EXPECT_EQ(status_of(frames().reset(1, error)).code(), status) << code << " at once";
    EXPECT_EQ(status_of(good_headers(1).reset(1, error)).code(), status) << code << " after the headers";
    EXPECT_EQ(status_of(good_headers(1).data(1, message("abc").substr(0, 7)).reset(1, error)).code(), status)
        << code << " in a message";
    EXPECT_EQ(status_of(good_headers(1).data(1, message("abc")).reset(1, error)).code(), status)
        << code << " behind a message";
  }
  EXPECT_EQ(status_of(good_headers(1).reset(1, ErrorCode::refused_stream)).code(), StatusCode::unavailable);
}

TEST(MalformedServer, PaddingIsNobodysBusiness) {
  const std::string bytes = message(std::string(1000, 'p'));
  FrameScript answer = good_headers(1);
  for (char byte : bytes) answer.data(1, std::string(1, byte)).padded(7);
  answer.then(trailers(1));
  EXPECT_EQ(status_of(answer), Status());
}

TEST(MalformedServer, PingsAreAllAnswered) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> call = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  for (std::uint64_t payload = 1; payload <= 20; ++payload) server.says(frames().ping(payload));
  for (std::uint64_t payload = 1; payload <= 20; ++payload) {
    const testing::Frame answer = server.skips_to(FrameType::ping, 0);
    EXPECT_TRUE(answer.ack());
    EXPECT_EQ(answer.opaque(), payload);
  }
  server.says(reply(1, "done"));
  EXPECT_EQ(shown(outcome(call)), "done");
}

TEST(MalformedServer, MetadataThatCameBeforeTheEndIsDelivered) {
  ResponseMetadata of_trailers;
  EXPECT_EQ(status_of(good_headers(1)
                          .field("x-early", "1")
                          .headers(1)
                          .field("grpc-status", "9")
                          .field("x-late", "2")
                          .end_stream()
                          .reset(1, ErrorCode::cancel),
                      &of_trailers)
                .code(),
            StatusCode::failed_precondition);
  EXPECT_EQ(of_trailers.initial.find("x-early"), "1");
  EXPECT_EQ(of_trailers.trailing.find("x-late"), "2");

  ResponseMetadata of_trailers_only;
  EXPECT_EQ(status_of(frames()
                          .headers(1)
                          .response()
                          .field("content-type", "application/grpc")
                          .field("grpc-status", "9")
                          .field("x-late", "2")
                          .end_stream(),
                      &of_trailers_only)
                .code(),
            StatusCode::failed_precondition);
  EXPECT_TRUE(of_trailers_only.initial.empty());
  EXPECT_EQ(of_trailers_only.trailing.find("x-late"), "2");

  ResponseMetadata of_reset;
  EXPECT_EQ(status_of(good_headers(1).field("x-early", "1").reset(1, ErrorCode::cancel), &of_reset).code(),
            StatusCode::cancelled);
  EXPECT_EQ(of_reset.initial.find("x-early"), "1");
}

}  // namespace
}  // namespace farcall::client_test
