#include "calls.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace farcall::client_test {
namespace {

using http2::ErrorCode;
using testing::Frame;
using testing::frames;
using testing::FrameType;

TEST(ServerStreaming, GivesTheMessagesInOrderAndThenTheStatus) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "a poem");
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  const Frame request = server.hears(FrameType::data);
  EXPECT_EQ(text_in(request.payload), "a poem");
  EXPECT_TRUE(request.end_stream());

  // Several messages in one frame, one over two frames, an empty one.
  const std::string all = message("one") + message("two") + message("") + message("four");
  server.says(good_headers(1).data(1, all.substr(0, 12)).data(1, all.substr(12)).then(trailers(1)));
  EXPECT_EQ(shown(outcome(reader.read())), "one");
  EXPECT_EQ(shown(outcome(reader.read())), "two");
  EXPECT_EQ(shown(outcome(reader.read())), "");
  EXPECT_EQ(shown(outcome(reader.read())), "four");
  EXPECT_EQ(shown(outcome(reader.read())), "(none)");
  EXPECT_EQ(shown(outcome(reader.read())), "(none)");
  EXPECT_EQ(outcome(reader.finish()), Status());
}

TEST(ServerStreaming, GivesTheMessagesThatCameBeforeAFailure) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "a poem");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, message("one")).then(trailers(1, 10, "that was all")));
  EXPECT_EQ(shown(outcome(reader.read())), "one");
  EXPECT_EQ(shown(outcome(reader.read())), "(none)");
  EXPECT_EQ(outcome(reader.finish()), Status::aborted("that was all"));
}

TEST(ServerStreaming, GivesTheMetadataWhenTheHeadersHaveCome) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "a poem");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  std::future<Metadata> metadata = begin(reader.initial_metadata());
  server.says(good_headers(1).field("x-poet", "unknown"));
  EXPECT_EQ(outcome(metadata).find("x-poet"), "unknown");
  server.says(frames().headers(1).field("grpc-status", "0").field("x-lines", "0").end_stream());
  EXPECT_TRUE(outcome(reader.finish()).ok());
  EXPECT_EQ(reader.trailing_metadata().find("x-lines"), "0");
}

TEST(ServerStreaming, DropsWhatWasNotReadWhenItIsFinished) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "a poem");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, message("one") + message("two")));
  EXPECT_EQ(shown(outcome(reader.read())), "one");
  std::future<Status> status = begin(reader.finish());
  server.says(frames().data(1, message("three")).then(trailers(1)));
  EXPECT_EQ(outcome(status), Status());
  EXPECT_EQ(shown(outcome(reader.read())), "(none)");
}

TEST(ServerStreaming, MakesAFastServerWaitForTheReader) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "much");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  const std::string part = message(std::string(10'000, 'p'));
  server.says(good_headers(1));
  for (int i = 0; i < 6; ++i) server.says(frames().data(1, part));
  // Nothing was read: the window stays with the client. A PING shows that it has seen all of it.
  server.says(frames().ping(42));
  for (;;) {
    const Frame frame = server.skips_to(FrameType::ping, 0);
    if (frame.ack() && frame.opaque() == 42) break;
  }
  for (int i = 0; i < 6; ++i) EXPECT_EQ(outcome(reader.read())->value().size(), 10'000U);
  EXPECT_GE(server.skips_to(FrameType::window_update, 1).integer(), 30'000U);
}

TEST(ServerStreaming, EndsWithInternalWhenTheLastMessageIsCutShort) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "a poem");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, message("one") + message("two").substr(0, 6)).then(trailers(1)));
  EXPECT_EQ(shown(outcome(reader.read())), "one");
  EXPECT_EQ(shown(outcome(reader.read())), "(none)");
  EXPECT_EQ(outcome(reader.finish()).code(), StatusCode::internal);
}

TEST(ServerStreaming, EndsWithInternalWhenAMessageCannotBeParsedEvenIfTheServerSaidOk) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "a poem");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, testing::from_hex("00 00000002 0aff")).then(trailers(1)));
  EXPECT_EQ(shown(outcome(reader.read())), "(none)");
  EXPECT_EQ(outcome(reader.finish()).code(), StatusCode::internal);
}

TEST(ClientStreaming, SendsWhatIsWrittenAndReceivesTheReply) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  std::future<WriteResult> written = begin(writer.write(text("one")));
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  EXPECT_EQ(text_in(server.hears(FrameType::data).payload), "one");
  EXPECT_EQ(outcome(written), WriteResult::accepted);
  EXPECT_EQ(outcome(writer.write(text("two"))), WriteResult::accepted);
  EXPECT_EQ(text_in(server.hears(FrameType::data).payload), "two");
  EXPECT_EQ(outcome(writer.close_send()), WriteResult::accepted);
  EXPECT_TRUE(server.hears(FrameType::data).end_stream());
  server.says(reply(1, "heard"));
  EXPECT_EQ(shown(outcome(writer.finish())), "heard");
}

TEST(ClientStreaming, ClosesTheSendingSideWhenItIsFinished) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  std::future<Result<Text>> answer = begin(writer.finish());
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  const Frame end = server.hears(FrameType::data);
  EXPECT_TRUE(end.end_stream());
  EXPECT_EQ(end.payload, "");
  server.says(reply(1, "silence"));
  EXPECT_EQ(shown(outcome(answer)), "silence");
}

TEST(ClientStreaming, RefusesWhatIsWrittenAfterTheSendingSideWasClosed) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  EXPECT_EQ(outcome(writer.close_send()), WriteResult::accepted);
  EXPECT_EQ(outcome(writer.write(text("late"))), WriteResult::call_ended);
  EXPECT_EQ(outcome(writer.close_send()), WriteResult::call_ended);
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "done"));
  EXPECT_EQ(shown(outcome(writer.finish())), "done");
}

TEST(ClientStreaming, MakesTheWriterWaitForTheServersWindow) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  const std::string large(90'000, 'w');
  std::future<WriteResult> first = begin(writer.write(text(large)));
  std::string got = server.hears_data(1, testing::kDefaultWindow);
  EXPECT_EQ(got.size(), testing::kDefaultWindow);
  // 24 KB remain queued, which leaves room; with the next message it does not.
  EXPECT_EQ(outcome(first), WriteResult::accepted);
  std::future<WriteResult> second = begin(writer.write(text(large)));
  server.says(frames().ping(1));
  EXPECT_TRUE(server.skips_to(FrameType::ping, 0).ack());
  EXPECT_NE(second.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  server.says(frames().window_update(0, 1'000'000).window_update(1, 1'000'000));
  EXPECT_EQ(outcome(second), WriteResult::accepted);
  got += server.hears_data(1, 2 * message(large).size() - got.size());
  EXPECT_EQ(got, message(large) + message(large));
}

TEST(ClientStreaming, EndsWritesWhenTheServerHasAnsweredEarly) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientWriter<Text, Text> writer = dictate(channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  server.says(reply(1, "enough"));
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), ErrorCode::no_error);
  EXPECT_EQ(outcome(writer.write(text("more"))), WriteResult::call_ended);
  EXPECT_EQ(shown(outcome(writer.finish())), "enough");
}

TEST(BidiStreaming, AnswersBackAndForth) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientStream<Text, Text> stream = chat(channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  server.says(good_headers(1));
  for (const char* word : {"one", "two", "three"}) {
    std::future<std::optional<Text>> heard = begin(stream.read());
    EXPECT_EQ(outcome(stream.write(text(word))), WriteResult::accepted);
    EXPECT_EQ(text_in(server.hears(FrameType::data).payload), word);
    server.says(frames().data(1, message(word)));
    EXPECT_EQ(shown(outcome(heard)), word);
  }
  EXPECT_EQ(outcome(stream.close_send()), WriteResult::accepted);
  EXPECT_TRUE(server.hears(FrameType::data).end_stream());
  server.says(trailers(1));
  EXPECT_EQ(shown(outcome(stream.read())), "(none)");
  EXPECT_EQ(outcome(stream.finish()), Status());
}

TEST(BidiStreaming, RefusesASecondReadWhileOneIsUnderWay) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientStream<Text, Text> stream = chat(channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  std::future<std::optional<Text>> first = begin(stream.read());
  EXPECT_THROW(static_cast<void>(stream.read().get()), std::logic_error);
  server.says(good_headers(1).data(1, message("one")));
  EXPECT_EQ(shown(outcome(first)), "one");
}

TEST(BidiStreaming, SendsNothingBeforeSomethingIsWritten) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientStream<Text, Text> stream = chat(channel);
  static_cast<void>(stream.write(text("an operation that nobody awaits")));
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  EXPECT_EQ(outcome(stream.write(text("one"))), WriteResult::accepted);
  EXPECT_EQ(text_in(server.hears(FrameType::data).payload), "one");
}

struct CancelStep {
  const char* when;
  void (*prepare)(ClientStream<Text, Text>& stream, WireConnection& server);
};

class Cancelling : public ::testing::TestWithParam<CancelStep> {};

TEST_P(Cancelling, EndsTheCallOnBothSides) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientStream<Text, Text> stream = chat(channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  GetParam().prepare(stream, server);
  std::future<std::optional<Text>> read = begin(stream.read());
  stream.cancel();
  EXPECT_EQ(shown(outcome(read)), "(none)");
  EXPECT_EQ(outcome(stream.write(text("too late"))), WriteResult::call_ended);
  EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::cancelled);
  EXPECT_EQ(server.skips_to(FrameType::rst_stream, 1).code(), ErrorCode::cancel);
  stream.cancel();
  EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::cancelled);
}

INSTANTIATE_TEST_SUITE_P(
    AtEveryStep, Cancelling,
    ::testing::Values(CancelStep{"at once", [](ClientStream<Text, Text>&, WireConnection&) {}},
                      CancelStep{"after a write",
                                 [](ClientStream<Text, Text>& stream, WireConnection&) {
                                   static_cast<void>(outcome(stream.write(text("one"))));
                                 }},
                      CancelStep{"after the headers",
                                 [](ClientStream<Text, Text>& stream, WireConnection& server) {
                                   server.says(good_headers(1));
                                   static_cast<void>(outcome(stream.initial_metadata()));
                                 }},
                      CancelStep{"after a message",
                                 [](ClientStream<Text, Text>& stream, WireConnection& server) {
                                   server.says(good_headers(1).data(1, message("one")));
                                   EXPECT_EQ(shown(outcome(stream.read())), "one");
                                 }},
                      CancelStep{"within a message",
                                 [](ClientStream<Text, Text>& stream, WireConnection& server) {
                                   server.says(good_headers(1).data(1, message("one").substr(0, 6)));
                                   static_cast<void>(outcome(stream.initial_metadata()));
                                 }},
                      CancelStep{"after the end of sending",
                                 [](ClientStream<Text, Text>& stream, WireConnection&) {
                                   static_cast<void>(outcome(stream.close_send()));
                                 }}),
    [](const ::testing::TestParamInfo<CancelStep>& which) {
      std::string name = which.param.when;
      for (char& c : name) {
        if (c == ' ') c = '_';
      }
      return name;
    });

TEST(BidiStreaming, IsCancelledWhenTheStreamIsDestroyed) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<std::optional<Text>> read;
  WireConnection server = [&] {
    ClientStream<Text, Text> stream = chat(channel);
    WireConnection accepted = peer.accept();
    accepted.hears(FrameType::headers);
    read = begin(stream.read());
    return accepted;
  }();
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), ErrorCode::cancel);
  EXPECT_EQ(shown(outcome(read)), "(none)");
}

TEST(BidiStreaming, IsNotCancelledWhenItHasEnded) {
  WirePeer peer;
  Channel channel(peer.target());
  {
    ClientStream<Text, Text> stream = chat(channel);
    WireConnection server = peer.accept();
    server.hears(FrameType::headers);
    std::future<Status> status = begin(stream.finish());
    EXPECT_TRUE(server.hears(FrameType::data).end_stream());
    server.says(good_headers(1).then(trailers(1)));
    EXPECT_EQ(outcome(status), Status());
    stream.cancel();
    EXPECT_EQ(outcome(stream.finish()), Status());
  }
}

}  // namespace
}  // namespace farcall::client_test
