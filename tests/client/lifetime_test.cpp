// A channel may go at any moment, with calls under way, from any thread: each ends exactly once.

#include "calls.hpp"
#include "wire_peer.hpp"

#include <farcall/resolver.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>
#include <farcall/task.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace farcall::client_test {
namespace {

using testing::FrameType;

TEST(ChannelsEnd, CancelsTheCallsThatAreUnderWay) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  std::atomic<int> ended{0};
  std::vector<std::future<Result<Text>>> answers;
  for (int i = 0; i < 3; ++i) {
    auto promise = std::make_shared<std::promise<Result<Text>>>();
    answers.push_back(promise->get_future());
    say(*channel, "hello").then([promise, &ended](Result<Text> result) {
      ++ended;
      promise->set_value(std::move(result));
    });
  }
  WireConnection server = peer.accept({{testing::Setting::max_concurrent_streams, 2}});
  server.skips_to(FrameType::data, 3);
  channel.reset();
  EXPECT_EQ(ended, 3);  // also the one that waited for its turn
  for (std::future<Result<Text>>& answer : answers)
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::cancelled);
  server.hears_end();
}

TEST(ChannelsEnd, SaysGoAway) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  std::future<Result<Text>> answer = begin(say(*channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  channel.reset();
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), http2::ErrorCode::cancel);
  EXPECT_EQ(server.hears(FrameType::go_away).code(), http2::ErrorCode::no_error);
}

TEST(ChannelsEnd, CancelsCallsThatWaitForAConnection) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  std::future<Result<Text>> answer = begin(say(*channel, "hello"));
  WireConnection server = peer.accept_silently();
  channel.reset();
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::cancelled);
}

TEST(ChannelsEnd, LeavesStreamsThatTellSo) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  ClientStream<Text, Text> stream = chat(*channel);
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  std::future<std::optional<Text>> read = begin(stream.read());
  Op<std::optional<Text>> unstarted = stream.read();
  channel.reset();
  EXPECT_EQ(shown(outcome(read)), "(none)");
  EXPECT_EQ(shown(unstarted.get()), "(none)");
  EXPECT_EQ(stream.write(text("x")).get(), WriteResult::call_ended);
  EXPECT_EQ(stream.close_send().get(), WriteResult::call_ended);
  EXPECT_TRUE(stream.initial_metadata().get().empty());
  EXPECT_EQ(stream.finish().get().code(), StatusCode::cancelled);
  stream.cancel();
}

TEST(ChannelsEnd, LeavesOperationsThatTellSo) {
  WirePeer peer;
  auto channel = std::make_unique<Channel>(peer.target());
  Op<Result<Text>> call = say(*channel, "never begun");
  Op<Result<Text>> other = say(*channel, "never begun either");
  channel.reset();
  EXPECT_EQ(call.get().status().code(), StatusCode::cancelled);
  EXPECT_EQ(outcome(std::move(other)).status().code(), StatusCode::cancelled);
}

TEST(ChannelsEnd, MayComeFromACallbackOnItsOwnThread) {
  WirePeer peer;
  auto channel = std::make_shared<std::optional<Channel>>();
  channel->emplace(peer.target());
  std::promise<void> done;
  say(**channel, "hello").then([channel, &done](Result<Text> answer) {
    EXPECT_TRUE(answer.ok());
    channel->reset();
    done.set_value();
  });
  std::future<Result<Text>> other = begin(say(**channel, "me too"));
  {
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 3);
    server.says(reply(1, "hi"));
    outcome(done.get_future());
    server.hears_end();
  }
  EXPECT_EQ(outcome(other).status().code(), StatusCode::cancelled);
}

TEST(ChannelsEnd, MayComeFromAnyLoopOfItsRuntime) {
  WirePeer peer;
  RuntimeOptions two;
  two.loops = 2;
  Runtime runtime(two);
  for (int i = 0; i < 4; ++i) {
    auto channel = std::make_shared<std::optional<Channel>>();
    channel->emplace(runtime, peer.target());
    std::future<Result<Text>> answer = begin(say(**channel, "hello"));
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    struct Destroyer {
      static Task<void> run(std::shared_ptr<std::optional<Channel>> doomed) {
        doomed->reset();
        co_return;
      }
    };
    runtime.spawn(Destroyer::run(channel));
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::cancelled);
    server.hears_end();
  }
}

TEST(ChannelsEnd, MayComeFromWhoeverIsToldOfItsState) {
  WirePeer peer;
  RuntimeOptions two;
  two.loops = 2;
  Runtime runtime(two);
  for (const bool for_each_loop : {true, false}) {
    ChannelOptions options;
    options.connection_per_loop = for_each_loop;
    auto channel = std::make_shared<std::optional<Channel>>();
    channel->emplace(runtime, peer.target(), options);
    std::future<Result<Text>> answer = begin(say(**channel, "hello"));
    std::promise<void> done;
    (*channel)->state_change(ConnectivityState::idle).then([channel, &done](ConnectivityState state) {
      EXPECT_NE(state, ConnectivityState::idle);
      channel->reset();
      done.set_value();
    });
    outcome(done.get_future());
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::cancelled);
  }
}

/// Destroys the channel that asks it.
class Saboteur final : public Resolver {
 public:
  explicit Saboteur(std::shared_ptr<std::optional<Channel>> channel) : channel_(std::move(channel)) {}
  [[nodiscard]] std::string_view scheme() const override { return "sabotage"; }
  [[nodiscard]] Task<Result<std::vector<std::string>>> resolve(const std::string& name) override {
    const std::string before = name;
    channel_->reset();
    co_await sleep(std::chrono::hours(1));
    co_return Status::internal("asked for " + name + ", before that for " + before);
  }

 private:
  std::shared_ptr<std::optional<Channel>> channel_;
};

TEST(ChannelsEnd, MayComeFromItsResolver) {
  Runtime runtime;
  auto channel = std::make_shared<std::optional<Channel>>();
  ChannelOptions options;
  options.resolvers.push_back(std::make_shared<Saboteur>(channel));
  channel->emplace(runtime, "sabotage:bridge", options);
  Op<Result<Text>> call = say(**channel, "hello");
  EXPECT_EQ(call.get().status().code(), StatusCode::cancelled);
}

Task<void> keeps_channel(Runtime& runtime, std::string target, std::promise<void>& begun) {
  Channel channel(runtime, target);
  begun.set_value();
  static_cast<void>(co_await say(channel, "hello"));
}

TEST(ChannelsEnd, MayComeWithThatOfTheRuntime) {
  WirePeer peer;
  std::promise<void> begun;
  std::optional<WireConnection> server;
  {
    Runtime runtime;
    runtime.spawn(keeps_channel(runtime, peer.target(), begun));
    outcome(begun.get_future());
    server.emplace(peer.accept());
    server->skips_to(FrameType::data, 1);
  }
  server->hears_end();
}

}  // namespace
}  // namespace farcall::client_test
