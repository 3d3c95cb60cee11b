// GOAWAY and the life of connections: items 1 to 15 of docs/behaviours.md.

#include "calls.hpp"
#include "live_server.hpp"
#include "server_dialogue.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/runtime.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using ::testing::HasSubstr;

namespace farcall::client_test {
namespace {

using behaviours::LiveServer;
using http2::ErrorCode;
using testing::frames;
using testing::FrameType;

TEST(ConnectionLife, AServerThatLimitsTheAgeOfConnectionsCostsNoCall) {
  ServerOptions options;
  options.max_connection_age = 40ms;
  LiveServer server(options);
  Channel channel(server.target());
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!stop) {
        if (!say(channel, "hello").get().ok()) ++failed;
      }
    });
  }
  // Until two connections have been replaced; a stream that is open meanwhile outlives the others' move.
  std::set<std::string> connections;
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (connections.size() < 3 && std::chrono::steady_clock::now() < give_up) {
    connections.insert(shown(outcome(say(channel, "who"))));
    ClientStream<Text, Text> stream = chat(channel);
    static_cast<void>(outcome(stream.initial_metadata()));
    for (int i = 0; i < 200; ++i) {
      EXPECT_EQ(outcome(stream.write(text("x"))), WriteResult::accepted);
      EXPECT_EQ(shown(outcome(stream.read())), "x");
    }
    EXPECT_EQ(outcome(stream.finish()), Status());
  }
  stop = true;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GE(connections.size(), 3u) << "no connection has aged, so that nothing was shown";
}

TEST(ConnectionLife, ALaterGoAwayMayTakeMoreStreamsBackWhichAreSentAgain) {
  WirePeer peer;
  Channel channel(peer.target());
  std::vector<std::future<Result<Text>>> answers;
  for (const char* words : {"one", "two", "three"}) answers.push_back(begin(say(channel, words)));
  WireConnection old_server = peer.accept();
  old_server.skips_to(FrameType::data, 5);
  old_server.says(frames().go_away(3, ErrorCode::no_error));
  WireConnection new_server = peer.accept();
  EXPECT_EQ(text_in(new_server.skips_to(FrameType::data, 1).payload), "three");
  old_server.says(frames().go_away(1, ErrorCode::no_error));
  EXPECT_EQ(text_in(new_server.skips_to(FrameType::data, 3).payload), "two");
  new_server.says(reply(1, "3").then(reply(3, "2")));
  old_server.says(reply(1, "1"));
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(shown(outcome(answers[i])), std::to_string(i + 1));
}

TEST(ConnectionLife, AGoAwayThatRaisesTheIdOrNamesAStreamOfTheServersEndsTheConnection) {
  const testing::FrameScript kWrong[] = {
      frames().go_away(1, ErrorCode::no_error).go_away(3, ErrorCode::no_error),
      frames().go_away(2, ErrorCode::no_error)};
  for (const testing::FrameScript& wrong : kWrong) {
    WirePeer peer;
    Channel channel(peer.target());
    std::future<Result<Text>> answer = begin(say(channel, "one"));
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    server.says(wrong);
    EXPECT_EQ(server.hears(FrameType::go_away).code(), ErrorCode::protocol_error);
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
  }
}

TEST(ConnectionLife, TheLateEndOfAConnectionThatSaidGoAwayIsNobodysBusiness) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  std::future<Result<Text>> first = begin(channel.say("one"));
  WireConnection old_server = peer.accept();
  old_server.skips_to(FrameType::data, 1);
  old_server.says(frames().settings_ack().go_away(testing::kMaxWindow, ErrorCode::no_error).ping(1));
  EXPECT_TRUE(old_server.skips_to(FrameType::ping, 0).ack()) << "it has been understood";
  std::future<Result<Text>> second = begin(channel.say("two"));
  WireConnection new_server = peer.accept();
  new_server.skips_to(FrameType::data, 1);
  new_server.says(frames().settings_ack().ping(1));
  EXPECT_TRUE(new_server.skips_to(FrameType::ping, 0).ack());
  channel.advance(60s);
  old_server.close();
  EXPECT_EQ(outcome(first).status().code(), StatusCode::unavailable);
  EXPECT_EQ(channel.state(), ConnectivityState::ready);
  new_server.says(reply(1, "2"));
  EXPECT_EQ(shown(outcome(second)), "2");
  std::future<Result<Text>> third = begin(channel.say("three"));
  EXPECT_EQ(text_in(new_server.skips_to(FrameType::data, 3).payload), "three") << "no third connection";
}

TEST(ConnectionLife, BothSidesMayEndAConnectionAtTheSameTime) {
  for (int round = 0; round < 20; ++round) {
    ServerOptions options;
    options.loops = 2;
    auto server = std::make_unique<LiveServer>(options);
    auto channel = std::make_unique<Channel>(server->target());
    std::vector<std::future<Result<Text>>> answers;
    for (int i = 0; i < 4; ++i) answers.push_back(begin(say(*channel, i % 2 == 0 ? "hello" : "hold")));
    EXPECT_TRUE(outcome(answers[0]).ok());
    std::thread client_end([&] { channel.reset(); });
    std::thread server_end([&] {
      if (round % 2 == 0) server->server().begin_drain(10s);
      server->server().shutdown();
    });
    client_end.join();
    server_end.join();
    for (std::size_t i : {1U, 3U}) {
      const StatusCode code = outcome(answers[i]).status().code();
      EXPECT_TRUE(code == StatusCode::cancelled || code == StatusCode::unavailable) << static_cast<int>(code);
    }
  }
}

TEST(ConnectionLife, TheStatusOfACutCallSaysWhatTheServersGoAwaySaid) {
  for (const auto& [code, debug] : {std::pair(ErrorCode::no_error, "max_age"),
                                    std::pair(ErrorCode::enhance_your_calm, "too_many_pings")}) {
    WirePeer peer;
    Channel channel(peer.target());
    std::future<Result<Text>> answer = begin(say(channel, "one"));
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    server.says(frames().go_away(1, code, debug));
    server.close();
    const Status status = outcome(answer).status();
    EXPECT_EQ(status.code(), StatusCode::unavailable);
    EXPECT_THAT(status.message(), HasSubstr(http2::name(code)));
    EXPECT_THAT(status.message(), HasSubstr(debug));
  }
}

TEST(ConnectionLife, AChannelEndsAtOnceThoughItsServerReadsNothing) {
  WirePeer peer;
  // Its clock stands still: an end that waits for any timeout never comes.
  auto channel = std::make_unique<TimedChannel>(peer.target());
  // More than the sockets hold, so that neither this nor the GOAWAY behind it can be written.
  std::future<Result<Text>> answer = begin(channel->say(std::string(32 << 20, 'x')));
  WireConnection server = peer.accept({{testing::Setting::initial_window_size, testing::kMaxWindow}});
  server.says(frames().window_update(0, testing::kMaxWindow - testing::kDefaultWindow));
  server.hears(FrameType::headers);
  std::promise<void> ended;
  std::thread end([&] {
    channel.reset();
    ended.set_value();
  });
  outcome(ended.get_future());
  end.join();
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::cancelled);
}

TEST(ConnectionLife, ConnectivityGoesThroughItsStatesInOrder) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
  std::future<Result<Text>> answer = begin(channel.say("one"));
  {
    WireConnection server = peer.accept_silently();
    EXPECT_EQ(channel.state(), ConnectivityState::connecting);
    server.says(frames().settings());
    server.skips_to(FrameType::data, 1);
    EXPECT_EQ(channel.state(), ConnectivityState::ready);
    peer.stop_listening();
    server.says(reply(1, "1"));
    EXPECT_EQ(shown(outcome(answer)), "1");
    std::future<Result<Text>> cut = begin(channel.say("two"));
    server.skips_to(FrameType::data, 3);
    server.close();
    EXPECT_EQ(outcome(cut).status().code(), StatusCode::unavailable);
  }
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
  EXPECT_EQ(outcome(channel.say("three")).status().code(), StatusCode::unavailable);
  EXPECT_EQ(channel.state(), ConnectivityState::transient_failure);
  peer.listen();
  channel.advance(2s);
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
  answer = begin(channel.say("four"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  EXPECT_EQ(channel.state(), ConnectivityState::ready);
}

TEST(ConnectionLife, AShutdownDuringADrainEndsTheCallsAsUnavailable) {
  LiveServer server;
  Channel channel(server.target());
  ClientStream<Text, Text> stream = chat(channel);
  static_cast<void>(outcome(stream.initial_metadata()));
  std::future<Result<Text>> held = begin(say(channel, "hold"));
  std::future<std::optional<Text>> read = begin(stream.read());
  std::thread drain([&] { server.server().drain(1h); });
  EXPECT_EQ(outcome(stream.write(text("still here"))), WriteResult::accepted);
  EXPECT_EQ(shown(outcome(read)), "still here");
  server.server().shutdown();
  drain.join();
  EXPECT_EQ(outcome(held).status().code(), StatusCode::unavailable);
  const Status status = outcome(stream.finish());
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), HasSubstr("shutting down"));
}

TEST(ConnectionLife, EveryOperationUnderWayCompletesWhenTheServerShutsDown) {
  LiveServer server;
  Channel channel(server.target());
  ClientReader<Text> reader = recite(channel, "hold");
  ClientWriter<Text, Text> writer = dictate(channel);
  ClientStream<Text, Text> stream = chat(channel);
  static_cast<void>(outcome(stream.initial_metadata()));
  std::future<std::optional<Text>> read = begin(reader.read());
  std::future<Metadata> headers = begin(reader.initial_metadata());
  std::future<Status> finished = begin(reader.finish());
  std::future<Result<Text>> reply = begin(writer.finish());
  std::future<std::optional<Text>> heard = begin(stream.read());
  server.server().shutdown();
  EXPECT_EQ(shown(outcome(read)), "(none)");
  EXPECT_TRUE(outcome(headers).empty());
  EXPECT_EQ(outcome(finished).code(), StatusCode::unavailable);
  const Result<Text> dictated = outcome(reply);
  EXPECT_TRUE(dictated.ok() || dictated.status().code() == StatusCode::unavailable) << shown(dictated);
  EXPECT_EQ(shown(outcome(heard)), "(none)");
  EXPECT_EQ(outcome(stream.write(text("late"))), WriteResult::call_ended);
  EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::unavailable);
}

}  // namespace
}  // namespace farcall::client_test

namespace farcall::server::tests {
namespace {

using testing::frames;

void acknowledge_drain_ping(Peer& peer) {
  for (const testing::Frame& frame : std::vector<testing::Frame>(peer.connection_frames())) {
    if (frame.type == testing::FrameType::ping && !frame.ack()) peer.says(frames().ping_ack(frame.opaque()));
  }
}

std::vector<std::string> go_away_texts(Peer& peer) {
  std::vector<std::string> texts;
  for (const testing::Frame& frame : peer.connection_frames()) {
    if (frame.type == testing::FrameType::go_away) texts.emplace_back(frame.debug_data());
  }
  return texts;
}

TEST(ConnectionLife, AcknowledgingTheDrainTwiceHarmsNobody) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat").data(1, message("one")));
  d.drain(1h);
  acknowledge_drain_ping(peer);
  acknowledge_drain_ping(peer);
  EXPECT_EQ(go_away_texts(peer).size(), 2u) << "the warning, and the last word once";
  peer.says(frames().data(1, message("two")).end_stream());
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_EQ(peer.go_away(), http2::ErrorCode::no_error);
  EXPECT_TRUE(peer.closed());
}

TEST(ConnectionLife, AConnectionAcceptedAtTheLastMomentIsServedAndDrained) {
  ServerDialogue d;
  testing::MemoryStreams streams(d.loop());
  d.shard().serve(std::move(streams.first));
  Peer peer(d.loop(), std::move(streams.second));
  d.drain(1h);
  peer.says(frames().preface().settings().settings_ack().then(unary(1, "Echo", "just in time")));
  EXPECT_THAT(peer.answer(1).texts(), ::testing::ElementsAre("just in time"));
  EXPECT_EQ(peer.connection_frames().front().type, testing::FrameType::settings);
  acknowledge_drain_ping(peer);
  EXPECT_EQ(peer.go_away(), http2::ErrorCode::no_error);
  EXPECT_TRUE(peer.closed());
}

TEST(ConnectionLife, AnIdleConnectionIsEndedAndABusyOneIsNot) {
  ServerOptions options;
  options.max_connection_idle = 5min;
  ServerDialogue d(options);
  Peer& idle = d.connect();
  Peer& busy = d.connect();
  busy.says(call(1, "Chat"));
  d.after(6min);
  EXPECT_THAT(go_away_texts(idle), ::testing::Contains("max_idle"));
  EXPECT_EQ(idle.go_away(), http2::ErrorCode::no_error);
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(busy.go_away());
  busy.says(frames().data(1).end_stream());
  EXPECT_EQ(busy.answer(1).status(), "0");
}

TEST(ConnectionLife, ConnectionsOfOneAgeEndWithinTenPercentOfItAndNotAllAtOnce) {
  ServerOptions options;
  options.max_connection_age = 1000s;
  ServerDialogue d(options);
  std::vector<Peer*> peers;
  for (int i = 0; i < 30; ++i) {
    peers.push_back(&d.connect());
    peers.back()->says(call(1, "Chat"));
  }
  const auto told = [&] {
    return std::count_if(peers.begin(), peers.end(), [](Peer* peer) { return peer->go_away().has_value(); });
  };
  d.after(899s);
  EXPECT_EQ(told(), 0);
  d.after(101s);
  EXPECT_GT(told(), 0);
  EXPECT_LT(told(), 30);
  d.after(101s);
  EXPECT_EQ(told(), 30);
  EXPECT_EQ(go_away_texts(*peers.front()).front(), "max_age");
}

TEST(ConnectionLife, AfterTheGraceTheCallsOfAnOldConnectionAreCutOff) {
  ServerOptions options;
  options.max_connection_age = 100s;
  options.max_connection_age_grace = 50s;
  ServerDialogue d(options);
  Peer& peer = d.connect();
  peer.says(unary(1, "Wait", "x"));
  d.after(130s);
  EXPECT_TRUE(peer.go_away());
  EXPECT_EQ(d.service.lives.ended, 0u);
  d.after(40s);
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_FALSE(peer.answer(1).ended) << "the client, whose connection is gone, makes it UNAVAILABLE";
}

TEST(ConnectionLife, ADrainWaitsForAStatusThatIsQueuedBehindFlowControl) {
  ServerDialogue d;
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 0}});
  peer.says(unary(1, "Echo", "patience"));
  EXPECT_EQ(d.service.lives.ended, 1u);
  d.drain(1h);
  acknowledge_drain_ping(peer);
  d.after(30s);
  EXPECT_FALSE(d.drained());
  d.drain(1h);  // once more changes nothing
  peer.says(frames().window_update(1, 1000));
  EXPECT_THAT(peer.answer(1).texts(), ::testing::ElementsAre("patience"));
  EXPECT_EQ(peer.answer(1).status(), "0");
  peer.disconnects();
  d.settle();
  EXPECT_TRUE(d.drained());
}

TEST(ConnectionLife, AServerThatWasEndedBeforeItServedDoesNotServe) {
  TestService service;
  Server server("127.0.0.1:0");
  server.add(service);
  server.shutdown();
  const Status started = server.start();
  EXPECT_FALSE(started.ok());
  EXPECT_NE(started.message(), "");
  EXPECT_TRUE(server.addresses().empty());
}

}  // namespace
}  // namespace farcall::server::tests
