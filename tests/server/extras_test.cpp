// What few calls need - deadlines, metadata, a reader for requests in parts - is taken from the shard and
// goes from call to call.

#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

/// More calls than the shard keeps the extras of.
constexpr std::uint32_t kMany = 300;

ServerOptions roomy() {
  ServerOptions options = ServerDialogue::quiet_options();
  options.max_concurrent_streams = kMany;
  return options;
}

/// What a context says.
struct Heard {
  std::string peer;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  std::vector<std::string> metadata;
  bool stop_requested = false;
};

/// Asks its context, after a wait in which the call may have come to its end.
class AskingService : public codegen::ServiceBase {
 public:
  Task<Result<Text>> ask(ServerContext& context, const Text& request) {
    if (request.value() == "wait") co_await foreign.pass();
    Heard heard{std::string(context.peer()), context.deadline(), {}, context.stop_token().stop_requested()};
    for (const std::string_view value : context.metadata().values("x-value"))
      heard.metadata.emplace_back(value);
    all.push_back(heard);
    if (request.value() == "talk") {
      context.add_initial_metadata("x-initial", "first");
      context.add_trailing_metadata("x-trailing", "last");
      context.on_cancelled([this] { ++cancelled; });
    }
    co_return request;
  }

  [[nodiscard]] std::string_view service_name() const override { return "test.Asking"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::unary<&AskingService::ask>("/test.Coroutines/Ask"),
    };
    return kMethods;
  }

  ForeignGate foreign;
  std::vector<Heard> all;
  int cancelled = 0;
};

/// An Ask that needs them: with a deadline and metadata.
testing::FrameScript demanding(std::string_view timeout, std::string_view text) {
  return call(1, "Ask")
      .field("grpc-timeout", timeout)
      .field("x-value", "one")
      .data(1, message(text))
      .end_stream();
}

class Extras : public ::testing::Test {
 protected:
  Extras() { d.add(service); }

  AskingService service;
  ServerDialogue d{roomy()};
};

TEST_F(Extras, AnswerAHandlerThatHasOutlivedItsConnection) {
  Peer& peer = d.connect();
  peer.says(demanding("1H", "wait"));
  const base::TimePoint begun = d.loop().now();
  peer.disconnects();
  ASSERT_EQ(d.shard().sessions(), 0u);
  d.loop().post([this] { service.foreign.let_one_pass(); });
  d.settle();
  ASSERT_EQ(service.all.size(), 1u);
  const Heard& heard = service.all.front();
  EXPECT_FALSE(heard.peer.empty());
  ASSERT_TRUE(heard.deadline);
  EXPECT_EQ(*heard.deadline, begun + 1h);
  EXPECT_THAT(heard.metadata, ElementsAre("one"));
  EXPECT_TRUE(heard.stop_requested);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST_F(Extras, CarryNothingFromCallToCall) {
  Peer& peer = d.connect();
  peer.says(demanding("50m", "talk"));
  EXPECT_EQ(peer.answer(1).header("x-initial"), "first");
  EXPECT_EQ(peer.answer(1).trailer("x-trailing"), "last");
  peer.says(unary(3, "Ask", "x"));
  ASSERT_EQ(service.all.size(), 2u);
  EXPECT_TRUE(service.all[0].deadline);
  EXPECT_FALSE(service.all[1].deadline);
  EXPECT_THAT(service.all[1].metadata, IsEmpty());
  EXPECT_EQ(peer.answer(3).header("x-initial"), "");
  EXPECT_EQ(peer.answer(3).trailer("x-trailing"), "");
  // Nor does the deadline pass that the first had, or its callback run, while another has its extras.
  peer.says(unary(5, "Wait", "x"));
  d.after(100ms);
  EXPECT_FALSE(peer.answer(5).ended);
  peer.says(frames().reset(5, http2::ErrorCode::cancel));
  EXPECT_EQ(d.service.cancel_callbacks, 1u);
  EXPECT_EQ(service.cancelled, 0);
}

// Those beyond what is kept end in the middle of being told that their time has come.
TEST_F(Extras, OfManyCallsThatExpireAtOnceAreLeftBehind) {
  Peer& peer = d.connect();
  for (std::uint32_t i = 0; i < kMany; ++i) {
    peer.says(
        call(1 + 2 * i, "Echo").field("grpc-timeout", "100m").data(1 + 2 * i, message("x").substr(0, 2)));
  }
  EXPECT_EQ(d.shard().calls_in_use(), kMany);
  d.after(200ms);
  for (std::uint32_t i = 0; i < kMany; ++i) ASSERT_EQ(peer.answer(1 + 2 * i).status(), "4") << i;
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
  peer.says(unary(1 + 2 * kMany, "Echo", "on"));
  EXPECT_THAT(peer.answer(1 + 2 * kMany).texts(), ElementsAre("on"));
}

TEST_F(Extras, OfManyMessagesThatStopGrowingAtOnceAreLeftBehind) {
  Peer& peer = d.connect();
  for (std::uint32_t i = 0; i < kMany; ++i) {
    peer.says(call(1 + 2 * i, i % 2 == 0 ? "Echo" : "Join").data(1 + 2 * i, message("hello").substr(0, 8)));
  }
  d.after(2min);
  for (std::uint32_t i = 0; i < kMany; ++i) ASSERT_EQ(peer.answer(1 + 2 * i).status(), "8") << i;
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
  EXPECT_EQ(d.service.lives.begun, d.service.lives.ended);
}

}  // namespace
}  // namespace farcall::server::tests
