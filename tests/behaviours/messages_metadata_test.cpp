// Messages, metadata and statuses: items 66 to 74 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "server_dialogue.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace farcall::client_test {
namespace {

using behaviours::LiveServer;
using http2::ErrorCode;
using ::testing::ElementsAre;
using testing::frames;
using testing::FrameType;
using ::testing::HasSubstr;
using testing::Setting;

TEST(MessagesAndMetadata, AnEmptyMessageIsDeliveredOnce) {
  LiveServer server;
  Channel channel(server.target());
  EXPECT_EQ(shown(outcome(say(channel, ""))), "");
  ClientStream<Text, Text> stream = chat(channel);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(outcome(stream.write(text(""))), WriteResult::accepted);
    EXPECT_EQ(shown(outcome(stream.read())), "");
  }
  EXPECT_EQ(outcome(stream.close_send()), WriteResult::accepted);
  EXPECT_EQ(shown(outcome(stream.read())), "(none)");
  EXPECT_EQ(outcome(stream.finish()), Status());
}

Status status_of(const testing::FrameScript& answer) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> call = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(answer);
  return outcome(call).status();
}

TEST(MessagesAndMetadata, AnEmptyMessageThatClaimsToBeCompressedIsInternal) {
  EXPECT_EQ(status_of(good_headers(1).data(1, std::string("\1\0\0\0\0", 5)).then(trailers(1))).code(),
            StatusCode::internal);
}

TEST(MessagesAndMetadata, ABodyBehindWhatLooksLikeTrailersOnlyIsInternal) {
  const Status status =
      status_of(good_headers(1).field("grpc-status", "0").data(1, message("but there is more")).end_stream());
  EXPECT_EQ(status.code(), StatusCode::internal);
}

TEST(MessagesAndMetadata, AReplyTooFewOrTooManyIsUnimplemented) {
  EXPECT_EQ(status_of(good_headers(1).then(trailers(1))).code(), StatusCode::unimplemented);
  EXPECT_EQ(status_of(frames()
                          .headers(1)
                          .response()
                          .field("content-type", "application/grpc")
                          .field("grpc-status", "0")
                          .end_stream())
                .code(),
            StatusCode::unimplemented);
  EXPECT_EQ(status_of(good_headers(1).data(1, message("a") + message("b")).then(trailers(1))).code(),
            StatusCode::unimplemented);
}

TEST(MessagesAndMetadata, AnyBytesComeBackUnderABinaryName) {
  LiveServer server;
  Channel channel(server.target());
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  const std::vector<std::string> values = {"", "\0", std::string(1, '\0'), "a", "ab", "abc", "a,b", all};
  CallOptions options;
  ResponseMetadata metadata;
  for (const std::string& value : values) options.metadata("x-bytes-bin", value);
  options.collect(metadata);
  EXPECT_TRUE(outcome(say(channel, "hello", std::move(options))).ok());
  EXPECT_THAT(metadata.initial.values("x-bytes-bin"), ::testing::ElementsAreArray(values));
  EXPECT_THAT(metadata.trailing.values("x-bytes-bin"), ::testing::ElementsAreArray(values));
}

TEST(MessagesAndMetadata, BinaryValuesMayComePaddedUnpaddedAndJoined) {
  WirePeer peer;
  Channel channel(peer.target());
  ResponseMetadata metadata;
  CallOptions options;
  options.collect(metadata);
  std::future<Result<Text>> call = begin(say(channel, "hello", std::move(options)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1)
                  .field("x-bin", "YQ==")
                  .field("x-bin", "YWI")
                  .field("x-bin", "YWJj, ZA==,ZQ")
                  .data(1, message("ok"))
                  .then(trailers(1)));
  EXPECT_EQ(shown(outcome(call)), "ok");
  EXPECT_THAT(metadata.initial.values("x-bin"), ElementsAre("a", "ab", "abc", "d", "e"));
}

TEST(MessagesAndMetadata, RepeatedNamesKeepAllTheirValuesInOrder) {
  LiveServer server;
  Channel channel(server.target());
  CallOptions options;
  ResponseMetadata metadata;
  for (const char* value : {"c", "a", "", "b", "a"})
    options.metadata("x-many", value).metadata("x-other", "o");
  options.collect(metadata);
  EXPECT_TRUE(outcome(say(channel, "hello", std::move(options))).ok());
  EXPECT_THAT(metadata.initial.values("x-many"), ElementsAre("c", "a", "", "b", "a"));
  EXPECT_THAT(metadata.trailing.values("x-many"), ElementsAre("c", "a", "", "b", "a"));
  EXPECT_EQ(metadata.trailing.values("x-other").size(), 5u);
}

TEST(MessagesAndMetadata, WhatIsTheProtocolsIsNeitherSentNorShown) {
  CallOptions options;
  for (const char* name :
       {"grpc-timeout", "grpc-status", "content-type", "te", "user-agent", ":path", "Upper"})
    EXPECT_THROW(options.metadata(name, "x"), std::invalid_argument) << name;
  for (const char* value : {"a\nb", "\x7f", "\xc3\xa4"})
    EXPECT_THROW(options.metadata("x-text", value), std::invalid_argument);

  WirePeer peer;
  Channel channel(peer.target());
  ResponseMetadata metadata;
  options.collect(metadata);
  std::future<Result<Text>> call = begin(say(channel, "hello", std::move(options)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1)
                  .field("grpc-accept-encoding", "identity")
                  .field("grpc-anything", "x")
                  .field("x-own", "shown")
                  .data(1, message("ok"))
                  .then(trailers(1)));
  EXPECT_EQ(shown(outcome(call)), "ok");
  EXPECT_EQ(metadata.initial.size(), 1u);
  EXPECT_EQ(metadata.initial.find("x-own"), "shown");
  EXPECT_TRUE(metadata.trailing.empty());
}

TEST(MessagesAndMetadata, MoreMetadataThanThePeerAcceptsFailsHere) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "hello"));
  WireConnection server = peer.accept({{Setting::max_header_list_size, 1000}});
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "hi"));
  EXPECT_TRUE(outcome(first).ok());
  CallOptions options;
  options.metadata("x-large", std::string(1000, 'x'));
  EXPECT_EQ(outcome(say(channel, "hello", std::move(options))).status().code(), StatusCode::internal);
}

TEST(MessagesAndMetadata, MoreMetadataThanWeAcceptEndsTheCallAndNotTheConnection) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> call = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).field("x-large", std::string(20'000, 'x')).split(9'000));
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), ErrorCode::cancel);
  EXPECT_EQ(outcome(call).status().code(), StatusCode::internal);
  std::future<Result<Text>> next = begin(say(channel, "next"));
  server.skips_to(FrameType::data, 3);
  server.says(reply(3, "fine"));
  EXPECT_EQ(shown(outcome(next)), "fine");
}

TEST(MessagesAndMetadata, AMessageOfTheStatusMayHaveAnyCharacters) {
  LiveServer server;
  Channel channel(server.target());
  for (const std::string words :
       {"fail %", "fail 100 % of \xe2\x82\xac", "fail \t\n\r", "fail \xf0\x9f\x9a\x82", "fail %41"}) {
    const Status status = outcome(say(channel, words)).status();
    EXPECT_EQ(status.code(), StatusCode::failed_precondition);
    EXPECT_EQ(status.message(), words);
  }
}

TEST(MessagesAndMetadata, AMessageOfTheStatusThatIsNotUtf8LosesNoStatus) {
  const Status status = status_of(good_headers(1).then(trailers(1, 9, "a%zz%C3")));
  EXPECT_EQ(status.code(), StatusCode::failed_precondition);
  EXPECT_THAT(status.message(), HasSubstr("a%zz"));
}

TEST(MessagesAndMetadata, SurviveEveryTableSizeOfTheClientsDecoder) {
  LiveServer server;
  for (const std::uint32_t size : {0U, 1U, 256U, 4096U, 65'536U}) {
    http2::Config engine;
    engine.header_table_size = size;
    TimedChannel channel(server.target(), engine);
    for (int i = 0; i < 20; ++i) {
      CallOptions options;
      ResponseMetadata metadata;
      const std::string value = std::to_string(i / 2) + std::string(300, 'v');
      options.metadata("x-same", "always").metadata("x-value", value).collect(metadata);
      ASSERT_EQ(shown(outcome(channel.say("hello", std::move(options)))), "hello") << size;
      EXPECT_EQ(metadata.initial.find("x-same"), "always");
      EXPECT_EQ(metadata.trailing.find("x-value"), value);
    }
  }
}

TEST(MessagesAndMetadata, SurviveEveryTableSizeOfTheClientsEncoder) {
  for (const std::uint32_t size : {0U, 1U, 256U, 4096U, 65'536U}) {
    WirePeer peer;
    Channel channel(peer.target());
    std::optional<WireConnection> server;
    for (std::uint32_t i = 0; i < 20; ++i) {
      CallOptions options;
      const std::string value = std::to_string(i / 2) + std::string(300, 'v');
      options.metadata("x-same", "always").metadata("x-value", value);
      std::future<Result<Text>> call = begin(say(channel, "hello", std::move(options)));
      if (!server) server.emplace(peer.accept({{Setting::header_table_size, size}}));
      const testing::Frame headers = server->skips_to(FrameType::headers, 2 * i + 1);
      EXPECT_EQ(headers.header("x-same"), "always") << size;
      EXPECT_EQ(headers.header("x-value"), value) << size;
      server->skips_to(FrameType::data, 2 * i + 1);
      server->says(reply(2 * i + 1, "ok"));
      ASSERT_EQ(shown(outcome(call)), "ok");
    }
  }
}

}  // namespace
}  // namespace farcall::client_test

namespace farcall::server::tests {
namespace {

using testing::frames;
using testing::Setting;

/// Adds metadata at every moment.
class Adds final : public codegen::ServiceBase {
 public:
  [[nodiscard]] std::string_view service_name() const override { return "test.Adds"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::server_streaming<&Adds::run>("/test.Adds/Run")};
    return kMethods;
  }
  Task<Status> run(ServerContext& context, const Text& request, ServerWriter<Text>& replies) {
    context.add_trailing_metadata("x-part", "one");
    co_await replies.write(request);
    try {
      context.add_initial_metadata("x-late", "refused");
    } catch (const std::logic_error&) {
      ++refused;
    }
    context.add_trailing_metadata("x-part", "two");
    context.add_trailing_metadata("x-other", "three");
    co_return Status();
  }
  int refused = 0;
};

TEST(MessagesAndMetadata, InitialMetadataIsRefusedAfterTheFirstReplyAndTrailingMetadataAddsUp) {
  Adds service;
  ServerDialogue d;
  d.add(service);
  Peer& peer = d.connect();
  peer.says(frames()
                .headers(1)
                .request("POST", "/test.Adds/Run")
                .field("te", "trailers")
                .field("content-type", "application/grpc")
                .data(1, message("x"))
                .end_stream());
  EXPECT_EQ(service.refused, 1);
  std::vector<std::string> parts;
  for (const testing::HeaderField& field : peer.answer(1).trailers) {
    if (field.name == "x-part") parts.push_back(field.value);
  }
  EXPECT_THAT(parts, ::testing::ElementsAre("one", "two"));
  EXPECT_EQ(peer.answer(1).trailer("x-other"), "three");
}

TEST(MessagesAndMetadata, ARequestWithMoreMetadataThanAnnouncedIsRefusedAndTheTablesStayInStep) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Describe")
                .indexed_literal("x-kept", "in the table")
                .field("x-large", std::string(20'000, 'x'))
                .split(9'000)
                .end_stream());
  EXPECT_EQ(peer.answer(1).status(), "8");
  peer.says(call(3, "Describe").indexed(62).data(3, message("x-kept")).end_stream());
  ASSERT_EQ(peer.answer(3).texts().size(), 1u);
  EXPECT_THAT(peer.answer(3).texts()[0], ::testing::HasSubstr("in the table"));
}

TEST(MessagesAndMetadata, SurviveEveryTableSizeOfTheServersEncoder) {
  for (const std::uint32_t size : {0U, 1U, 256U, 4096U, 65'536U}) {
    ServerDialogue d;
    Peer& peer = d.connect({{Setting::header_table_size, size}});
    for (std::uint32_t stream = 1; stream < 41; stream += 2) {
      peer.says(unary(stream, "Describe", "x"));
      EXPECT_EQ(peer.answer(stream).header("x-initial"), "first") << size;
      EXPECT_EQ(peer.answer(stream).trailer("x-trailing-bin"), "AAE") << size;
    }
  }
}

}  // namespace
}  // namespace farcall::server::tests
