// Calls that are made on behalf of one that is being handled. The whole way, through a server: see
// tests/end_to_end.

#include "calls.hpp"
#include "echo_server.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/runtime.hpp>
#include <farcall/server_context.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using testing::FrameType;

/// A call on a server, as far as a handler sees it.
class Parent final : public ServerContext {
 public:
  explicit Parent(std::optional<CallOptions::TimePoint> deadline = std::nullopt) : deadline_(deadline) {}

  void cancel() { stop_.request_stop(); }

  const Metadata& metadata() override { return metadata_; }
  [[nodiscard]] std::optional<CallOptions::TimePoint> deadline() const override { return deadline_; }
  [[nodiscard]] std::string_view peer() const override { return "unix:"; }
  [[nodiscard]] std::string_view method() const override { return "/test.Speech/Say"; }
  [[nodiscard]] std::string_view authority() const override { return ""; }
  [[nodiscard]] bool cancelled() const override { return stop_.stop_requested(); }
  std::stop_token stop_token() override { return stop_.get_token(); }
  void on_cancelled(std::function<void()>) override {}
  void add_initial_metadata(std::string_view, std::string_view) override {}
  void add_trailing_metadata(std::string_view, std::string_view) override {}

 private:
  std::optional<CallOptions::TimePoint> deadline_;
  std::stop_source stop_;
  Metadata metadata_;
};

TEST(ParentCall, CancelsTheCallsThatWereMadeForIt) {
  WirePeer peer;
  Channel channel(peer.target());
  Parent parent;
  std::future<Result<Text>> child = begin(say(channel, "hello", CallOptions().parent(parent)));
  ClientStream<Text, Text> stream = chat(channel, CallOptions().parent(parent));
  std::future<Result<Text>> orphan = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 5);
  parent.cancel();
  std::set<std::uint32_t> reset;  // in any order
  for (int i = 0; i < 2; ++i) {
    const testing::Frame frame = server.hears(FrameType::rst_stream);
    EXPECT_EQ(frame.code(), http2::ErrorCode::cancel);
    reset.insert(frame.stream);
  }
  EXPECT_EQ(reset, (std::set<std::uint32_t>{1, 3}));
  const Status status = outcome(child).status();
  EXPECT_EQ(status.code(), StatusCode::cancelled);
  EXPECT_EQ(status.origin(), StatusOrigin::local);
  EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::cancelled);
  server.says(reply(5, "still here"));
  EXPECT_EQ(shown(outcome(orphan)), "still here");
}

TEST(ParentCall, CancelsACallThatWaitsForAConnection) {
  WirePeer peer;
  Channel channel(peer.target());
  Parent parent;
  std::future<Result<Text>> child = begin(say(channel, "hello", CallOptions().parent(parent)));
  WireConnection server = peer.accept_silently();
  parent.cancel();
  EXPECT_EQ(outcome(child).status().code(), StatusCode::cancelled);
}

TEST(ParentCall, CancelsACallThatBeginsAfterItsOwnEnd) {
  WirePeer peer;
  Channel channel(peer.target());
  Parent parent;
  Op<Result<Text>> prepared = say(channel, "hello", CallOptions().parent(parent));
  parent.cancel();
  EXPECT_EQ(prepared.get().status().code(), StatusCode::cancelled);
  EXPECT_EQ(outcome(say(channel, "hello", CallOptions().parent(parent))).status().code(),
            StatusCode::cancelled);
  ClientStream<Text, Text> stream = chat(channel, CallOptions().parent(parent));
  EXPECT_EQ(outcome(stream.finish()).code(), StatusCode::cancelled);
  EXPECT_EQ(channel.state(), ConnectivityState::idle) << "nothing was sent";
}

TEST(ParentCall, LeavesACallAloneThatOutlivesTheHandler) {
  WirePeer peer;
  Channel channel(peer.target());
  auto parent = std::make_unique<Parent>();
  std::future<Result<Text>> child = begin(say(channel, "hello", CallOptions().parent(*parent)));
  Op<Result<Text>> later = say(channel, "later", CallOptions().parent(*parent));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  parent.reset();
  server.says(reply(1, "done"));
  EXPECT_EQ(shown(outcome(child)), "done");
  std::future<Result<Text>> second = begin(std::move(later));
  server.skips_to(FrameType::data, 3);
  server.says(reply(3, "as well"));
  EXPECT_EQ(shown(outcome(second)), "as well");
}

TEST(ParentCall, HasNoMoreToDoWithCallsThatHaveEnded) {
  WirePeer peer;
  Channel channel(peer.target());
  Parent parent;
  ClientStream<Text, Text> stream = chat(channel, CallOptions().parent(parent));
  WireConnection server = peer.accept();
  server.hears(FrameType::headers);
  server.says(good_headers(1).then(trailers(1)));
  EXPECT_TRUE(outcome(stream.finish()).ok());
  parent.cancel();
  EXPECT_TRUE(outcome(stream.finish()).ok());
}

TEST(ParentCall, GivesItsDeadlineIfThatIsTheEarliest) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  const auto now = TimedChannel::now();
  Parent parent(now + 10s);
  struct Case {
    CallOptions options;
    const char* timeout;
  };
  std::vector<Case> cases;
  cases.push_back({CallOptions(), "10000000u"});
  cases.push_back({CallOptions().deadline(now + 30s), "10000000u"});
  cases.push_back({CallOptions().deadline(now + 1s), "1000000u"});
  cases.push_back({CallOptions().timeout(std::chrono::hours::max()), "10000000u"});
  WireConnection server{Socket()};
  std::vector<std::future<Result<Text>>> answers;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    answers.push_back(begin(channel.say("hello", std::move(cases[i].options).parent(parent))));
    if (i == 0) server = peer.accept();
    EXPECT_EQ(server.hears(FrameType::headers).header("grpc-timeout"), cases[i].timeout);
    server.hears(FrameType::data);
  }
  channel.advance(10s);
  for (std::future<Result<Text>>& answer : answers)
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::deadline_exceeded);
}

TEST(ParentCall, ThatIsCancelledByItsDeadlineLetsTheChildSaySo) {
  WirePeer peer;
  TimedChannel channel(peer.target());
  Parent parent(TimedChannel::now() + 10s);
  std::future<Result<Text>> child = begin(channel.say("hello", CallOptions().parent(parent)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  TimedChannel::move_clock(10s);
  parent.cancel();  // the server's timer may be the first to notice
  EXPECT_EQ(outcome(child).status().code(), StatusCode::deadline_exceeded);
}

TEST(ParentCall, MayEndOnAnyThreadAtAnyMomentOfItsChildren) {
  EchoServer server;
  RuntimeOptions two;
  two.loops = 2;
  Runtime runtime(two);
  for (int round = 0; round < 30; ++round) {
    auto channel = std::make_unique<Channel>(runtime, server.target());
    Parent parent;
    std::atomic<int> ended{0};
    constexpr int kCalls = 12;
    std::vector<ClientStream<Text, Text>> streams;
    for (int i = 0; i < kCalls; ++i) {
      say(*channel, "hello", CallOptions().parent(parent)).then([&ended](Result<Text> answer) {
        EXPECT_TRUE(answer.ok() || answer.status().code() == StatusCode::cancelled) << answer.status();
        ++ended;
      });
      streams.push_back(chat(*channel, CallOptions().parent(parent)));
    }
    std::thread canceller([&parent] { parent.cancel(); });
    if (round % 2 == 0) streams.clear();
    if (round % 3 == 0) channel.reset();
    canceller.join();
    channel.reset();
    EXPECT_EQ(ended, kCalls);
  }
}

}  // namespace
}  // namespace farcall::client_test
