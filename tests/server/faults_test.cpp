// What ends badly, for one call and not for its connection.

#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace farcall::server::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::frames;
using ::testing::HasSubstr;
using ::testing::Not;

/// Whatever happened before, the connection serves the next call.
void expect_connection_serves(Peer& peer, std::uint32_t stream) {
  peer.says(unary(stream, "Echo", "next"));
  EXPECT_EQ(peer.answer(stream).status(), "0");
  EXPECT_THAT(peer.answer(stream).texts(), ElementsAre("next"));
}

struct BadRequest {
  const char* what;
  testing::FrameScript script;
  const char* http_status;
  const char* grpc_status;
};

TEST(Faults, EachBadRequestIsAnsweredAsTheProtocolSays) {
  const std::string hello = message("hello");
  const std::string huge_prefix("\0\xff\xff\xff\xff", 5);
  const std::string truncated("\0\0\0\0\5he", 7);
  const BadRequest kTable[] = {
      {"no message", call(1, "Echo").end_stream(), "200", "12"},
      {"an empty body", call(1, "Echo").data(1).end_stream(), "200", "12"},
      {"two messages", call(1, "Echo").data(1, hello + hello).end_stream(), "200", "12"},
      {"two messages in two frames", call(1, "Echo").data(1, hello).data(1, hello).end_stream(), "200", "12"},
      {"two messages for a server stream", call(1, "Count").data(1, hello + hello).end_stream(), "200", "12"},
      {"a message cut short", call(1, "Echo").data(1, truncated).end_stream(), "200", "13"},
      {"a prefix cut short", call(1, "Echo").data(1, hello.substr(0, 3)).end_stream(), "200", "13"},
      {"a stream's message cut short", call(1, "Join").data(1, hello + truncated).end_stream(), "200", "13"},
      {"a length of 4 GiB", call(1, "Echo").data(1, huge_prefix), "200", "8"},
      {"a stream's length of 4 GiB", call(1, "Join").data(1, hello + huge_prefix), "200", "8"},
      {"compressed without encoding", call(1, "Echo").data(1, std::string("\1\0\0\0\0", 5)).end_stream(),
       "200", "13"},
      {"an unknown flag", call(1, "Echo").data(1, std::string("\2\0\0\0\0", 5)).end_stream(), "200", "13"},
      {"no protobuf", call(1, "Echo").data(1, std::string("\0\0\0\0\1\xff", 6)).end_stream(), "200", "13"},
      {"no protobuf in a stream", call(1, "Join").data(1, std::string("\0\0\0\0\1\xff", 6)), "200", "13"},
      {"no protobuf for a server stream",
       call(1, "Count").data(1, std::string("\0\0\0\0\1\xff", 6)).end_stream(), "200", "13"},
      {"an unknown method", unary(1, "Nothing", "x"), "200", "12"},
      {"an unknown method, half open", call(1, "Nothing"), "200", "12"},
      {"a path that is none",
       frames().headers(1).request("POST", "Echo").field("content-type", "application/grpc").end_stream(),
       "200", "12"},
      {"GET", frames().headers(1).request("GET", "/test.Coroutines/Echo").end_stream(), "405", ""},
      {"another content-type",
       frames()
           .headers(1)
           .request("POST", "/test.Coroutines/Echo")
           .field("content-type", "text/html")
           .data(1, "hi")
           .end_stream(),
       "415", ""},
      {"a malformed timeout", call(1, "Echo").field("grpc-timeout", "soon").data(1, hello).end_stream(),
       "400", "13"},
      {"a timeout of nothing", call(1, "Echo").field("grpc-timeout", "0n").data(1, hello).end_stream(), "200",
       "4"},
      {"an unknown encoding", call(1, "Echo").field("grpc-encoding", "foo").data(1, hello).end_stream(),
       "200", "12"},
      {"metadata of 20 KB",
       call(1, "Echo").field("x-large", std::string(20'000, 'x')).split(9'000).data(1, hello).end_stream(),
       "431", "8"},
  };
  for (const BadRequest& row : kTable) {
    SCOPED_TRACE(row.what);
    ServerDialogue d;
    Peer& peer = d.connect();
    peer.says(row.script);
    const Answer& answer = peer.answer(1);
    EXPECT_EQ(answer.header(":status"), row.http_status);
    if (*row.grpc_status != '\0') {
      EXPECT_EQ(answer.status(), row.grpc_status) << answer.trailer("grpc-message");
    } else {
      EXPECT_FALSE(answer.body.empty()) << "a line for those who do not speak gRPC";
    }
    EXPECT_TRUE(answer.ended);
    expect_connection_serves(peer, 3);
    EXPECT_EQ(d.service.lives.begun, d.service.lives.ended);
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
  }
}

TEST(Faults, AMessageAtTheLimitIsReadAndOneByteMoreIsNot) {
  ServerOptions options;
  options.max_receive_message_size = 100;
  ServerDialogue d(options);
  Peer& peer = d.connect();
  peer.says(unary(1, "Echo", std::string(98, 'x')));
  EXPECT_EQ(peer.answer(1).status(), "0");
  peer.says(unary(3, "Echo", std::string(99, 'x')));
  EXPECT_EQ(peer.answer(3).status(), "8");
  expect_connection_serves(peer, 5);
}

TEST(Faults, AnExceptionIsUnknownToThePeerAndKnownToTheLog) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Explode", "plan"));
  EXPECT_EQ(peer.answer(1).status(), "2");
  EXPECT_THAT(peer.answer(1).trailer("grpc-message"), Not(HasSubstr("secret")));
  EXPECT_THAT(d.log(), ElementsAre(AllOf(HasSubstr("/test.Coroutines/Explode"), HasSubstr("secret plan"))));
  peer.says(unary(3, "Explode", "int"));
  EXPECT_EQ(peer.answer(3).status(), "2");
  EXPECT_EQ(d.service.lives.ended, 2u);
  expect_connection_serves(peer, 5);
}

TEST(Faults, AnExceptionInTheMiddleOfAStreamIsInItsTrailers) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Count", "no number"));
  EXPECT_EQ(peer.answer(1).status(), "2");
  expect_connection_serves(peer, 3);
}

TEST(Faults, AFloodOfExceptionsDoesNotFloodTheLog) {
  ServerDialogue d;
  Peer& peer = d.connect();
  for (std::uint32_t stream = 1; stream < 101; stream += 2) peer.says(unary(stream, "Explode", "again"));
  EXPECT_LE(d.log().size(), 10u);
}

TEST(Faults, AnAnswerThatThePeerWouldNotReadIsCutDownOrReset) {
  ServerDialogue d;
  Peer& peer = d.connect({{testing::Setting::max_header_list_size, 40}});
  peer.says(unary(1, "Echo", "x"));
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::internal_error);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

}  // namespace
}  // namespace farcall::server::tests
