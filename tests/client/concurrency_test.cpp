// Calls side by side: all and any, and what becomes of a call that loses.

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <coroutine>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::client_test {
namespace {

using testing::FrameType;
using namespace std::chrono_literals;

RuntimeOptions one_loop() {
  RuntimeOptions options;
  options.loops = 1;
  return options;
}

/// The task's own loop is the channel's, or another one.
class Concurrency : public ::testing::TestWithParam<bool> {
 protected:
  Runtime& home() { return GetParam() ? channels_ : others_; }

  WirePeer peer_;
  Runtime channels_{one_loop()};
  Runtime others_{one_loop()};
  Channel channel_{channels_, peer_.target()};
};

Task<void> ask_all(Channel& channel, std::promise<std::string>& told) {
  std::vector<Op<Result<Text>>> calls;
  for (const char* words : {"a", "b", "c"}) calls.push_back(say(channel, words));
  std::string all_replies;
  for (const Result<Text>& result : co_await all(std::move(calls))) all_replies += shown(result) + ";";
  told.set_value(all_replies);
}

TEST_P(Concurrency, AllGivesTheRepliesInTheOrderOfTheCalls) {
  std::promise<std::string> told;
  home().spawn(ask_all(channel_, told));
  WireConnection server = peer_.accept();
  for (const std::uint32_t stream : {1U, 3U, 5U}) server.skips_to(FrameType::data, stream);
  server.says(reply(5, "C"));
  server.says(reply(1, "A"));
  server.says(good_headers(3));
  server.says(trailers(3, 5, "no"));
  const std::string replies = outcome(told.get_future());
  EXPECT_EQ(replies.substr(0, 2), "A;");
  EXPECT_EQ(replies.substr(replies.size() - 3), ";C;");
  EXPECT_NE(replies.find("NOT_FOUND"), std::string::npos)
      << replies << ": a status is a result like any other";
}

Task<void> ask_either(Channel& channel, std::promise<std::string>& told) {
  std::variant<Result<Text>, Result<Text>> first = co_await any(say(channel, "a"), say(channel, "b"));
  told.set_value(std::to_string(first.index()) + std::visit([](auto& x) { return shown(x); }, first));
}

TEST_P(Concurrency, AnyCancelsTheCallThatLosesOnTheWire) {
  std::promise<std::string> told;
  home().spawn(ask_either(channel_, told));
  WireConnection server = peer_.accept();
  server.skips_to(FrameType::data, 1);
  server.skips_to(FrameType::data, 3);
  server.says(reply(3, "B"));
  EXPECT_EQ(outcome(told.get_future()), "1B");
  EXPECT_EQ(server.skips_to(FrameType::rst_stream, 1).code(), http2::ErrorCode::cancel);
}

Task<void> reads_or_sleeps(Channel& channel, std::promise<std::string>& told) {
  ClientStream<Text, Text> stream = chat(channel);
  std::string heard;
  while (heard.empty()) {
    std::variant<std::optional<Text>, std::monostate> first = co_await any(stream.read(), sleep(1ms));
    if (first.index() == 0) heard = shown(std::get<0>(first));
  }
  told.set_value(heard);
}

TEST_P(Concurrency, AReadThatLosesLosesNoMessage) {
  std::promise<std::string> told;
  home().spawn(reads_or_sleeps(channel_, told));
  WireConnection server = peer_.accept();
  server.skips_to(FrameType::headers, 1);
  server.says(good_headers(1).data(1, message("late")));
  EXPECT_EQ(outcome(told.get_future()), "late");
}

TEST(CallsOfATask, AreCancelledWhenItIsUnwound) {
  WirePeer peer;
  Runtime channels{one_loop()};
  std::optional<Runtime> others{std::in_place, one_loop()};
  Channel channel(channels, peer.target());
  std::promise<std::string> told;
  others->spawn(ask_all(channel, told));
  WireConnection server = peer.accept();
  for (const std::uint32_t stream : {1U, 3U, 5U}) server.skips_to(FrameType::data, stream);
  others.reset();
  std::vector<std::uint32_t> reset;
  for (int i = 0; i < 3; ++i) {
    const testing::Frame frame = server.hears(FrameType::rst_stream);
    EXPECT_EQ(frame.code(), http2::ErrorCode::cancel);
    reset.push_back(frame.stream);
  }
  EXPECT_THAT(reset, ::testing::UnorderedElementsAre(1U, 3U, 5U));
}

INSTANTIATE_TEST_SUITE_P(OnEitherLoop, Concurrency, ::testing::Bool(), [](const auto& which) {
  return which.param ? "OnTheChannelsLoop" : "OnAnotherLoop";
});

class RootTask final : private TaskScope {
 public:
  void start(Task<void> task) {
    task_ = std::move(task);
    task_.start(*this);
  }

 private:
  std::coroutine_handle<> finished() override { return std::noop_coroutine(); }
  void unwind() override {}
  Task<void> task_;
};

Task<void> ask_with_limit(TimedChannel& channel, std::promise<std::string>& told) {
  std::variant<Result<Text>, std::monostate> first = co_await any(channel.say("a"), sleep(200ms));
  told.set_value(first.index() == 0 ? shown(std::get<0>(first)) : "too late");
}

TEST(CallsWithALimit, AreCancelledWhenItHasPassed) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  RootTask root;
  std::promise<std::string> told;
  std::future<std::string> outcome_told = told.get_future();
  channel.loop().post([&] { root.start(ask_with_limit(channel, told)); });
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  channel.advance(199ms);
  EXPECT_NE(outcome_told.wait_for(0s), std::future_status::ready);
  channel.advance(2ms);
  EXPECT_EQ(outcome(outcome_told), "too late");
  EXPECT_EQ(server.skips_to(FrameType::rst_stream, 1).code(), http2::ErrorCode::cancel);
}

}  // namespace
}  // namespace farcall::client_test
