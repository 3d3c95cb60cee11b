// Cancellation and deadlines: items 29 to 38 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "rpc/timeout.hpp"
#include "server_dialogue.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace farcall::client_test {
namespace {

using behaviours::LiveServer;
using http2::ErrorCode;
using testing::frames;
using testing::FrameType;

TEST(CancellationAndDeadlines, ACallCancelledInAVacuumIsCancelled) {
  WirePeer peer;
  peer.stop_listening();
  Channel channel(peer.target());
  CallOptions patient;
  patient.wait_for_ready();
  ClientStream<Text, Text> stream = chat(channel, std::move(patient));
  std::future<std::optional<Text>> read = begin(stream.read());
  stream.cancel();
  EXPECT_EQ(shown(outcome(read)), "(none)");
  EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::cancelled);
}

TEST(CancellationAndDeadlines, ACallGivenUpBeforeItBeganSendsNothing) {
  WirePeer peer;
  Channel channel(peer.target());
  { Op<Result<Text>> never = say(channel, "never"); }
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
  std::future<Result<Text>> answer = begin(say(channel, "first"));
  WireConnection server = peer.accept();
  EXPECT_EQ(text_in(server.skips_to(FrameType::data, 1).payload), "first");
}

TEST(CancellationAndDeadlines, ACallCancelledAfterARoundTripAndAfterTheClientIsDoneIsCancelled) {
  LiveServer server;
  Channel channel(server.target());
  for (const bool client_done : {false, true}) {
    ClientStream<Text, Text> stream = chat(channel);
    EXPECT_EQ(outcome(stream.write(text("there"))), WriteResult::accepted);
    EXPECT_EQ(shown(outcome(stream.read())), "there");
    EXPECT_EQ(outcome(stream.write(text("hold"))), WriteResult::accepted);
    if (client_done) {
      EXPECT_EQ(outcome(stream.close_send()), WriteResult::accepted);
    }
    stream.cancel();
    const Status status = outcome(stream.finish());
    EXPECT_EQ(status.code(), StatusCode::cancelled);
    EXPECT_EQ(status.origin(), StatusOrigin::local);
  }
  EXPECT_EQ(shown(outcome(say(channel, "unharmed"))), "unharmed");
}

TEST(CancellationAndDeadlines, TheTimeThatACallHasWaitedIsTakenFromWhatTheServerIsTold) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  CallOptions options;
  options.deadline(TimedChannel::now() + 10s);
  std::future<Result<Text>> answer = begin(channel.say("hello", std::move(options)));
  WireConnection server = peer.accept_silently();
  channel.advance(4s);
  server.says(frames().settings());
  const testing::Frame headers = server.hears(FrameType::headers);
  const std::optional<base::Duration> told = rpc::parse_timeout(headers.header("grpc-timeout"));
  ASSERT_TRUE(told) << headers.header("grpc-timeout");
  EXPECT_LE(*told, 6s + 1us) << "rounded up in the last of eight digits";
  EXPECT_GT(*told, 5s);
}

TEST(CancellationAndDeadlines, AResetWithCancelInTheMiddleOfAMessageIsACancellation) {
  WirePeer peer;
  Channel channel(peer.target());
  ClientReader<Text> reader = recite(channel, "go");
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, message("whole") + message("cut").substr(0, 7)));
  EXPECT_EQ(shown(outcome(reader.read())), "whole");
  std::future<std::optional<Text>> second = begin(reader.read());
  server.says(frames().reset(1, ErrorCode::cancel));
  EXPECT_EQ(shown(outcome(second)), "(none)");
  EXPECT_EQ(outcome(reader.finish()).code(), StatusCode::cancelled);
}

TEST(CancellationAndDeadlines, ThousandsOfAbandonedRepliesDoNotStallTheConnection) {
  LiveServer server;
  Channel channel(server.target());
  for (int i = 0; i < 60; ++i) {
    // 200 KB each, of which nobody reads more than the first 10: together far more than any window.
    ClientReader<Text> reader = recite(channel, "20");
    EXPECT_NE(shown(outcome(reader.read())), "(none)");
  }
  ClientReader<Text> whole = recite(channel, "100");
  int lines = 0;
  while (outcome(whole.read())) ++lines;
  EXPECT_EQ(lines, 100);
  EXPECT_EQ(outcome(whole.finish()), Status());
}

}  // namespace
}  // namespace farcall::client_test

namespace farcall::server::tests {
namespace {

using testing::frames;

/// Waits for something of its own before it reads.
class LateReader final : public codegen::ServiceBase {
 public:
  [[nodiscard]] std::string_view service_name() const override { return "test.LateReader"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::client_streaming<&LateReader::read>("/test.LateReader/Read")};
    return kMethods;
  }
  Task<Result<Text>> read(ServerContext&, ServerReader<Text>& requests) {
    Alive alive(lives);
    co_await foreign.pass();
    while (co_await requests.read()) {
    }
    saw_the_end = true;
    co_return text("done");
  }

  Lives lives;
  ForeignGate foreign;
  bool saw_the_end = false;
};

TEST(CancellationAndDeadlines, AHandlerThatReadsOnlyAfterTheResetNeverSeesACleanEnd) {
  LateReader service;
  ServerDialogue d;
  d.add(service);
  Peer& peer = d.connect();
  peer.says(frames()
                .headers(1)
                .request("POST", "/test.LateReader/Read")
                .field("te", "trailers")
                .field("content-type", "application/grpc")
                .data(1, message("read before anybody asked")));
  peer.says(frames().reset(1, http2::ErrorCode::cancel));
  d.loop().post([&] { service.foreign.let_one_pass(); });
  d.settle();
  EXPECT_FALSE(service.saw_the_end);
  EXPECT_EQ(service.lives.ended, 1u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(CancellationAndDeadlines, ACancelledHandlerThatWaitedForWindowFreesItsPlaceForTheNextCall) {
  ServerOptions options;
  options.max_concurrent_streams = 1;
  ServerDialogue d(options);
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 0}});
  peer.says(unary(1, "Flood", "100"));
  EXPECT_EQ(d.service.lives.begun, 1u);
  peer.says(frames().reset(1, http2::ErrorCode::cancel));
  EXPECT_EQ(d.service.lives.ended, 1u);
  peer.says(unary(3, "Echo", "next").window_update(3, 1000));
  EXPECT_THAT(peer.answer(3).texts(), ::testing::ElementsAre("next"));
}

TEST(CancellationAndDeadlines, AHandlerIsToldOfItsCancellationOnce) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Wait", "x"));
  peer.says(frames().reset(1, http2::ErrorCode::cancel).reset(1, http2::ErrorCode::cancel));
  peer.disconnects();
  d.settle();
  EXPECT_EQ(d.service.cancel_callbacks, 1u);
  EXPECT_EQ(d.service.lives.ended, 1u);
}

TEST(CancellationAndDeadlines, AClientThatNeverCancelsLosesItsStreamAtTheDeadlineAndNotBefore) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat").field("grpc-timeout", "10S").data(1, message("one")));
  d.after(9900ms);
  EXPECT_FALSE(peer.answer(1).reset);
  EXPECT_FALSE(peer.answer(1).ended);
  d.after(200ms);
  EXPECT_EQ(peer.answer(1).status(), "4");
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  EXPECT_EQ(d.service.lives.ended, 1u);
}

}  // namespace
}  // namespace farcall::server::tests
