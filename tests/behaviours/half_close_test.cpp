// Half-close, and the order of what comes at the end: items 39 to 46 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "server_dialogue.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::client_test {
namespace {

using behaviours::LiveServer;
using http2::ErrorCode;
using testing::frames;
using testing::FrameType;

TEST(HalfClose, AResetBehindTheTrailersTakesNothingBack) {
  for (const ErrorCode code : {ErrorCode::no_error, ErrorCode::cancel, ErrorCode::internal_error}) {
    WirePeer peer;
    Channel channel(peer.target());
    ClientReader<Text> reader = recite(channel, "go");
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    server.says(reply(1, "kept").reset(1, code));
    EXPECT_EQ(shown(outcome(reader.read())), "kept");
    EXPECT_EQ(shown(outcome(reader.read())), "(none)");
    EXPECT_EQ(outcome(reader.finish()), Status());
  }
}

TEST(HalfClose, AClientAnswersAServerThatEndsFirstWithAResetThatSaysNoError) {
  const testing::FrameScript kEnds[] = {frames()
                                            .headers(1)
                                            .response()
                                            .field("content-type", "application/grpc")
                                            .field("grpc-status", "9")
                                            .end_stream(),
                                        good_headers(1).then(trailers(1, 9))};
  for (const testing::FrameScript& end : kEnds) {
    WirePeer peer;
    Channel channel(peer.target());
    ClientStream<Text, Text> stream = chat(channel);
    WireConnection server = peer.accept();
    server.hears(FrameType::headers);
    std::future<std::optional<Text>> read = begin(stream.read());
    server.says(end);
    EXPECT_EQ(shown(outcome(read)), "(none)");
    EXPECT_EQ(server.hears(FrameType::rst_stream).code(), ErrorCode::no_error);
    EXPECT_EQ(outcome(stream.write(text("late"))), WriteResult::call_ended);
    EXPECT_EQ(outcome(stream.close_send()), WriteResult::call_ended);
    EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::failed_precondition);
  }
}

TEST(HalfClose, TheStatusCanBeReadWhetherOrNotTheMessagesWere) {
  LiveServer server;
  Channel channel(server.target());
  for (const bool reads : {false, true}) {
    ClientStream<Text, Text> stream = chat(channel);
    EXPECT_EQ(outcome(stream.write(text("a message"))), WriteResult::accepted);
    EXPECT_EQ(outcome(stream.write(text("fail here"))), WriteResult::accepted);
    if (reads) {
      EXPECT_EQ(shown(outcome(stream.read())), "a message");
      EXPECT_EQ(shown(outcome(stream.read())), "(none)");
    }
    const Status status = outcome(stream.finish());
    EXPECT_EQ(status.code(), StatusCode::failed_precondition);
    EXPECT_EQ(status.message(), "fail here");
  }
}

TEST(HalfClose, WhatWasWrittenArrivesBeforeTheEndOfSending) {
  LiveServer server;
  Channel channel(server.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string piece = std::to_string(i) + std::string(static_cast<std::size_t>(i) * 50, '.');
    EXPECT_EQ(outcome(writer.write(text(piece))), WriteResult::accepted);
    all += piece;
  }
  EXPECT_EQ(outcome(writer.close_send()), WriteResult::accepted);
  EXPECT_EQ(shown(outcome(writer.finish())), all);
}

}  // namespace
}  // namespace farcall::client_test

namespace farcall::server::tests {
namespace {

using testing::frames;

// RFC 9113 §5.1 lets a server treat this as a connection error; farcall does, since no honest client's frames
// can cross in that way (docs/decisions/0009 and hostile-input R5).
TEST(HalfClose, DataBehindTheEndOfARequestEndsTheConnectionAsStreamClosed) {
  for (const char* method : {"WaitDeep", "Chat"}) {
    ServerDialogue d;
    Peer& peer = d.connect();
    peer.says(method[0] == 'C' ? call(1, "SlowReader").end_stream() : unary(1, method, "x"));
    EXPECT_GT(d.service.lives.begun, 0u);
    peer.says(frames().data(1, message("more")));
    EXPECT_EQ(peer.go_away(), http2::ErrorCode::stream_closed);
    EXPECT_EQ(d.service.lives.ended, d.service.lives.begun) << "the handler was cancelled";
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
  }
}

TEST(HalfClose, EveryResponseBeginsWithItsStatusLineHoweverItEnds) {
  ServerDialogue d;
  Peer& peer = d.connect();
  std::uint32_t stream = 1;
  for (const char* method :
       {"Echo", "Refuse", "Explode", "Describe", "Count", "Join", "Early", "Chat", "Greet"}) {
    // The request's end and what the handler does about it are one turn of the loop.
    peer.says(call(stream, method).data(stream, message("3")).end_stream());
    const Answer& answer = peer.answer(stream);
    ASSERT_FALSE(answer.headers.empty()) << method;
    EXPECT_EQ(answer.headers.front().name, ":status") << method;
    EXPECT_EQ(answer.header(":status"), "200") << method;
    EXPECT_NE(answer.status(), "") << method;
    EXPECT_TRUE(answer.ended) << method;
    stream += 2;
  }
}

}  // namespace
}  // namespace farcall::server::tests
