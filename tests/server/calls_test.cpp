#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using ::testing::HasSubstr;

TEST(Calls, AUnaryRequestGetsHeadersOneMessageAndTrailers) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Echo", "hello"));
  const Answer& answer = peer.answer(1);
  EXPECT_EQ(answer.header(":status"), "200");
  EXPECT_EQ(answer.header("content-type"), "application/grpc");
  EXPECT_THAT(answer.texts(), ElementsAre("hello"));
  EXPECT_EQ(answer.status(), "0");
  EXPECT_TRUE(answer.ended);
  EXPECT_FALSE(answer.reset);
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Calls, TheResponseHasTheContentTypeOfTheRequest) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(frames()
                .headers(1)
                .request("POST", "/test.Coroutines/Echo")
                .field("content-type", "application/grpc+proto")
                .data(1, message("x"))
                .end_stream());
  EXPECT_EQ(peer.answer(1).header("content-type"), "application/grpc+proto");
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST(Calls, ARequestThatComesByteByByteIsTheSameRequest) {
  testing::MemoryStreamOptions bytewise;
  bytewise.read_limit = 1;
  bytewise.write_limit = 1;
  ServerDialogue d(ServerOptions(), bytewise);
  Peer& peer = d.connect();
  peer.says(unary(1, "Echo", "hello"));
  peer.says(call(3, "Join").data(3, message("a") + message("b")).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("hello"));
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_THAT(peer.answer(3).texts(), ElementsAre("a;b;"));
}

TEST(Calls, AMessageMayBeSpreadOverFramesAndItsEndMayComeAlone) {
  ServerDialogue d;
  Peer& peer = d.connect();
  const std::string bytes = message("spread out");
  peer.says(call(1, "Echo").data(1, bytes.substr(0, 3)));
  peer.says(frames().data(1, bytes.substr(3, 4)));
  peer.says(frames().data(1, bytes.substr(7)));
  EXPECT_EQ(d.service.lives.begun, 0u);
  peer.says(frames().data(1).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("spread out"));
  peer.says(call(3, "Echo").data(3, bytes));
  EXPECT_EQ(d.service.lives.begun, 1u);
  peer.says(frames().headers(3).field("x-trailer", "of a request").end_stream());
  EXPECT_THAT(peer.answer(3).texts(), ElementsAre("spread out"));
}

TEST(Calls, AServerStreamSendsAllItsMessages) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Count", "4"));
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("0", "1", "2", "3"));
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST(Calls, AServerStreamWithoutMessagesIsTrailersOnly) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Count", "0"));
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_EQ(peer.answer(1).header("content-type"), "application/grpc");
  EXPECT_EQ(peer.answer(1).header(":status"), "200");
}

TEST(Calls, AClientStreamIsReadToItsEnd) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Join"));
  EXPECT_EQ(d.service.lives.begun, 1u) << "the handler begins with the headers";
  peer.says(frames().data(1, message("a") + message("b")));
  peer.says(frames().data(1, message("c").substr(0, 4)));
  peer.says(frames().data(1, message("c").substr(4)).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("a;b;c;"));
  EXPECT_EQ(peer.answer(1).status(), "0");
}

TEST(Calls, AClientStreamMayBeEmpty) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Join").end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre(""));
}

TEST(Calls, BothSidesStreamAtTheSameTime) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat"));
  peer.says(frames().data(1, message("one")));
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("re: one"));
  peer.says(frames().data(1, message("two") + message("three")));
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("re: one", "re: two", "re: three"));
  EXPECT_FALSE(peer.answer(1).ended);
  peer.says(frames().data(1).end_stream());
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_TRUE(peer.answer(1).ended);
}

TEST(Calls, AHandlerThatReturnsEarlyStopsItsClient) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Early").data(1, message("one")));
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("enough after one"));
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_TRUE(peer.answer(1).ended);
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error) << "RFC 9113 section 8.1";
  peer.says(frames().data(1, message("two")));
  EXPECT_FALSE(peer.go_away());
  peer.says(unary(3, "Echo", "still here"));
  EXPECT_EQ(peer.answer(3).status(), "0");
}

TEST(Calls, AnErrorBeforeAnyReplyIsTrailersOnlyWithItsMetadata) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Refuse", "train"));
  const Answer& answer = peer.answer(1);
  EXPECT_EQ(answer.headers, answer.trailers);
  EXPECT_EQ(answer.status(), "5");
  EXPECT_EQ(answer.trailer("grpc-message"), "no train");
  EXPECT_EQ(answer.trailer("x-why"), "because");
}

TEST(Calls, AHandlerKnowsItsCallAndAddsMetadata) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Describe")
                .field("grpc-timeout", "1H")
                .field("x-colour", "red")
                .field("x-colour", "blue")
                .data(1, message("x-colour"))
                .end_stream());
  const Answer& answer = peer.answer(1);
  ASSERT_EQ(answer.texts().size(), 1u);
  EXPECT_THAT(answer.texts()[0], HasSubstr("/test.Coroutines/Describe at "));
  EXPECT_THAT(answer.texts()[0], HasSubstr("with a deadline red blue"));
  EXPECT_EQ(answer.header("x-initial"), "first");
  EXPECT_EQ(answer.trailer("x-trailing-bin"), "AAE");
}

TEST(Calls, InitialMetadataCanBeSentAheadAndIsThenClosed) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Greet"));
  EXPECT_EQ(peer.answer(1).header("x-hello"), "you");
  EXPECT_FALSE(peer.answer(1).ended);
  peer.says(frames().data(1).end_stream());
  EXPECT_EQ(peer.answer(1).trailer("x-late"), "refused");
  EXPECT_EQ(peer.answer(1).status(), "10");
  EXPECT_EQ(peer.answer(1).trailer("grpc-message"), "bye");
}

TEST(Calls, ManyCallsOnOneConnectionUseAFewCallObjects) {
  ServerDialogue d;
  Peer& peer = d.connect();
  for (std::uint32_t stream = 1; stream < 2001; stream += 2) {
    peer.says(unary(stream, "Echo", std::to_string(stream)));
    ASSERT_EQ(peer.answer(stream).status(), "0");
    ASSERT_THAT(peer.answer(stream).texts(), ElementsAre(std::to_string(stream)));
  }
  testing::FrameScript many;
  for (std::uint32_t stream = 2001; stream < 2201; stream += 2) many.then(unary(stream, "Chat", "x"));
  peer.says(many);
  for (std::uint32_t stream = 2001; stream < 2201; stream += 2)
    EXPECT_THAT(peer.answer(stream).texts(), ElementsAre("re: x"));
  EXPECT_EQ(d.service.lives.begun, d.service.lives.ended);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

}  // namespace
}  // namespace farcall::server::tests
