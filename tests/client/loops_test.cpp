// Several loops, several channels, many threads.

#include "calls.hpp"
#include "echo_server.hpp"
#include "wire_peer.hpp"

#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace farcall::client_test {
namespace {

using testing::FrameType;

RuntimeOptions loops(std::size_t count) {
  RuntimeOptions options;
  options.loops = count;
  return options;
}

ChannelOptions one_for_each_loop() {
  ChannelOptions options;
  options.connection_per_loop = true;
  return options;
}

TEST(ConnectionPerLoop, GivesCallsFromElsewhereToTheLoopsInTurn) {
  WirePeer peer;
  Runtime runtime(loops(2));
  Channel channel(runtime, peer.target(), one_for_each_loop());
  std::vector<std::future<Result<Text>>> answers;
  for (int i = 0; i < 4; ++i) answers.push_back(begin(say(channel, std::to_string(i % 2))));
  for (int i = 0; i < 2; ++i) {
    WireConnection server = peer.accept();
    const std::string first = text_in(server.skips_to(FrameType::data, 1).payload);
    EXPECT_EQ(text_in(server.skips_to(FrameType::data, 3).payload), first) << "every second call";
    server.says(reply(1, first).then(reply(3, first)));
    for (const int mine : {first == "0" ? 0 : 1, first == "0" ? 2 : 3})
      EXPECT_EQ(shown(outcome(answers[static_cast<std::size_t>(mine)])), first);
  }
}

Task<bool> stays_on_its_thread(Channel& channel) {
  const std::thread::id here = std::this_thread::get_id();
  bool stayed = true;
  for (int i = 0; i < 20; ++i) {
    const Result<Text> answer = co_await say(channel, "hello");
    stayed = stayed && answer.ok();
    std::atomic<bool> told_here{false};
    say(channel, "hello").then([&told_here, here](Result<Text>) {
      told_here = std::this_thread::get_id() == here;
    });
    ClientStream<Text, Text> stream = chat(channel);
    co_await stream.write(text("x"));
    static_cast<void>(co_await stream.read());
    stream.cancel();
    static_cast<void>(co_await stream.finish());
    static_cast<void>(co_await say(channel, "behind the first"));
    stayed = stayed && told_here && std::this_thread::get_id() == here;
  }
  co_return stayed;
}

TEST(ConnectionPerLoop, KeepsACallOnTheThreadThatMadeIt) {
  EchoServer server;
  Runtime runtime(loops(3));
  Channel channel(runtime, server.target(), one_for_each_loop());
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(runtime.block_on(stays_on_its_thread(channel)));
}

TEST(ConnectionPerLoop, IsReadyWhenOneOfItsConnectionsIs) {
  WirePeer peer;
  Runtime runtime(loops(2));
  Channel channel(runtime, peer.target(), one_for_each_loop());
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
  channel.connect();
  EXPECT_EQ(channel.state_change(ConnectivityState::idle).get(), ConnectivityState::connecting);
  WireConnection one = peer.accept_silently();
  WireConnection two = peer.accept_silently();
  std::vector<std::future<ConnectivityState>> waits;  // on both loops
  for (int i = 0; i < 4; ++i) waits.push_back(begin(channel.state_change(ConnectivityState::connecting)));
  one.says(testing::frames().settings({}));
  for (std::future<ConnectivityState>& wait : waits) EXPECT_EQ(outcome(wait), ConnectivityState::ready);
  one.close();
  EXPECT_EQ(channel.state_change(ConnectivityState::ready).get(), ConnectivityState::connecting);
  two.says(testing::frames().settings({}));
  EXPECT_EQ(channel.state_change(ConnectivityState::connecting).get(), ConnectivityState::ready);
  two.close();
  EXPECT_EQ(channel.state_change(ConnectivityState::ready).get(), ConnectivityState::idle);
}

TEST(ConnectionPerLoop, NeedsNoRuntimeOfTheUsers) {
  EchoServer server;
  Channel channel(server.target(), one_for_each_loop());
  EXPECT_EQ(shown(say(channel, "hello").get()), "hello");
}

Task<void> talks(Channel& channel, std::atomic<int>& good, int calls) {
  for (int i = 0; i < calls; ++i) {
    const Result<Text> answer = co_await say(channel, "hello");
    if (answer.ok()) ++good;
  }
}

TEST(ManyChannels, ServeManyThreadsOnOneRuntime) {
  EchoServer server;
  Runtime runtime(loops(2));
  std::vector<std::unique_ptr<Channel>> channels;
  for (int i = 0; i < 4; ++i) {
    channels.push_back(std::make_unique<Channel>(runtime, server.target(),
                                                 i % 2 == 0 ? one_for_each_loop() : ChannelOptions()));
  }
  constexpr int kThreads = 8;
  constexpr int kCalls = 40;
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Channel& channel = *channels[static_cast<std::size_t>(t) % channels.size()];
      for (int i = 0; i < kCalls; ++i) {
        if (say(channel, "hello").get().ok()) ++good;
        static_cast<void>(channel.state());
      }
      runtime.block_on(talks(channel, good, kCalls));
    });
  }
  std::vector<std::thread> observers;
  for (const std::unique_ptr<Channel>& channel : channels) {
    observers.emplace_back([&channel = *channel] {
      for (auto state = ConnectivityState::idle; state != ConnectivityState::ready;)
        state = channel.state_change(state).get();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::thread& thread : observers) thread.join();
  EXPECT_EQ(good, 2 * kThreads * kCalls);
}

/// Every operation tells its callback once, whatever happens to the channel meanwhile.
TEST(ManyChannels, EndEachCallOnceWhenTheyAreDestroyedFromAnotherThread) {
  EchoServer server;
  Runtime runtime(loops(2));
  for (int round = 0; round < 30; ++round) {
    auto channel = std::make_shared<std::optional<Channel>>();
    channel->emplace(runtime, server.target(), one_for_each_loop());
    if (round % 3 == 0) static_cast<void>(say(**channel, "warm").get());
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    std::vector<Op<Result<Text>>> prepared;
    for (int i = 0; i < 20; ++i) prepared.push_back(say(**channel, "prepared"));
    std::vector<std::future<ConnectivityState>> waits;
    for (int i = 0; i < 4; ++i) {
      waits.push_back(begin((*channel)->state_change(ConnectivityState::idle)));
      ++begun;
      say(**channel, "hello").then([&ended](Result<Text>) { ++ended; });
    }
    std::thread starter([&] {
      for (Op<Result<Text>>& op : prepared) {
        ++begun;
        op.then([&ended](Result<Text>) { ++ended; });
      }
    });
    channel->reset();
    starter.join();
    for (std::future<ConnectivityState>& wait : waits) static_cast<void>(outcome(wait));
    EXPECT_EQ(ended, begun);
  }
}

}  // namespace
}  // namespace farcall::client_test
