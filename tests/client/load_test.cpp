// Many calls at once, from many threads, against a server that answers.

#include "calls.hpp"
#include "echo_server.hpp"

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

constexpr int kThreads = 8;
constexpr int kCalls = 100;

TEST(ManyCalls, AreBlockedOnByManyThreadsOfOneChannel) {
  EchoServer server;
  Channel channel(server.target());
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kCalls; ++i) {
        const std::string words = std::to_string(t) + "/" + std::to_string(i);
        if (shown(say(channel, words).get()) == words) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, kThreads * kCalls);
}

Task<int> converses(Channel& channel, int messages) {
  ClientStream<Text, Text> stream = chat(channel);
  int good = 0;
  for (int i = 0; i < messages; ++i) {
    Text word = text(std::to_string(i));
    co_await stream.write(word);
    std::optional<Text> answer = co_await stream.read();
    if (answer && answer->value() == word.value()) ++good;
  }
  co_await stream.close_send();
  Status status = co_await stream.finish();
  co_return status.ok() ? good : -1;
}

TEST(ManyCalls, AreAwaitedByTasksOnAllLoops) {
  EchoServer server;
  RuntimeOptions two;
  two.loops = 2;
  Runtime runtime(two);
  Channel channel(runtime, server.target());
  for (int i = 0; i < 6; ++i) EXPECT_EQ(runtime.block_on(converses(channel, 50)), 50);
}

TEST(ManyCalls, SurviveGracefulDrainsOfTheServer) {
  EchoServer server;
  Channel channel(server.target());
  std::atomic<int> failed{0};
  std::atomic<int> running{kThreads};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) {
        const Result<Text> answer = say(channel, "hello").get();
        if (answer.ok()) continue;
        ++failed;
        ADD_FAILURE() << answer.status();
      }
      --running;
    });
  }
  while (running > 0) {
    server.drain();
    static_cast<void>(say(channel, "between two drains").get());
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
}

TEST(ManyCalls, CarryLargeMessagesBothWays) {
  EchoServer server;
  Channel channel(server.target());
  std::vector<std::future<Result<Text>>> answers;
  const std::string words(1'000'000, 'w');
  for (int i = 0; i < 5; ++i) answers.push_back(begin(say(channel, words)));
  for (std::future<Result<Text>>& answer : answers) EXPECT_EQ(outcome(answer).value().value(), words);
}

TEST(ManyCalls, EndWithTheChannelWhicheverStepTheyAreAt) {
  EchoServer server;
  for (int round = 0; round < 20; ++round) {
    auto channel = std::make_unique<Channel>(server.target());
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    std::vector<std::thread> threads;
    std::atomic<bool> go_on{true};
    std::vector<ClientStream<Text, Text>> streams;
    for (int t = 0; t < 3; ++t) streams.push_back(chat(*channel));
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&, t] {
        while (go_on) {
          ++begun;
          static_cast<void>(streams[static_cast<std::size_t>(t)].write(text("hello")).get());
          static_cast<void>(streams[static_cast<std::size_t>(t)].read().get());
          ++ended;
        }
      });
    }
    for (int i = 0; i < round; ++i) {
      ++begun;
      say(*channel, "hello").then([&ended](Result<Text>) { ++ended; });
    }
    channel.reset();
    go_on = false;
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(ended, begun);
  }
}

}  // namespace
}  // namespace farcall::client_test
