// A call that is over for its peer ends its handler: destructors run, once, and nothing behind the suspension
// point.

#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using namespace std::chrono_literals;

const auto kCancel = frames().reset(1, http2::ErrorCode::cancel);

TEST(Cancellation, AResetUnwindsAHandlerThatWaits) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "Wait", "x"));
  ASSERT_TRUE(d.service.gate.has_waiter());
  EXPECT_FALSE(d.service.stop_token.stop_requested());
  peer.says(kCancel);
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_FALSE(d.service.gate.has_waiter());
  EXPECT_EQ(d.service.cancel_callbacks, 1u);
  EXPECT_TRUE(d.service.stop_token.stop_requested());
  EXPECT_TRUE(peer.answer(1).headers.empty());
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Cancellation, NestedTasksAreUnwoundToTheRoot) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "WaitDeep", "x"));
  EXPECT_EQ(d.service.lives.begun, 5u);
  peer.says(kCancel);
  EXPECT_EQ(d.service.lives.ended, 5u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Cancellation, AHandlerThatReadsIsUnwound) {
  for (const char* method : {"Join", "Chat"}) {
    ServerDialogue d;
    Peer& peer = d.connect();
    peer.says(call(1, method).data(1, message("one")));
    peer.says(kCancel);
    EXPECT_EQ(d.service.lives.begun, 1u);
    EXPECT_EQ(d.service.lives.ended, 1u);
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
  }
}

TEST(Cancellation, AHandlerThatWaitsForRoomIsUnwound) {
  ServerDialogue d;
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 1000}});
  peer.says(unary(1, "Flood", "1000"));
  EXPECT_EQ(d.service.lives.ended, 0u);
  peer.says(kCancel);
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Cancellation, ALostConnectionUnwindsAllItsHandlers) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat"))
      .says(unary(3, "WaitDeep", "x"))
      .says(call(5, "Join").data(5, message("a").substr(0, 3)));
  peer.disconnects();
  EXPECT_EQ(d.service.lives.begun, d.service.lives.ended);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
  EXPECT_EQ(d.shard().sessions(), 0u);
}

TEST(Cancellation, AHandlerInAForeignWaitIsUnwoundWhenThatIsOver) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "WaitForeign", "x"));
  peer.says(kCancel);
  EXPECT_EQ(d.service.lives.ended, 0u) << "nobody may destroy what others will resume";
  EXPECT_TRUE(d.service.stop_token.stop_requested());
  EXPECT_EQ(d.shard().calls_in_use(), 1u);
  d.loop().post([&d] { d.service.foreign.let_one_pass(); });
  d.settle();
  EXPECT_EQ(d.service.lives.ended, 1u) << "the next suspension point of farcall is the end";
  EXPECT_FALSE(d.service.gate.has_waiter());
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Cancellation, AHandlerInAForeignWaitOutlivesItsConnection) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "WaitForeign", "x"));
  peer.disconnects();
  EXPECT_EQ(d.shard().sessions(), 0u);
  EXPECT_EQ(d.shard().calls_in_use(), 1u);
  d.service.gate.open();
  d.loop().post([&d] { d.service.foreign.let_one_pass(); });
  d.settle();
  EXPECT_EQ(d.service.lives.ended, 1u) << "it ran to its end, and its reply went nowhere";
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Cancellation, AHandlerWithAForeignBranchIsUnwoundWhenThatIsOver) {
  for (const bool cancelled : {true, false}) {
    ServerDialogue d;
    Peer& peer = d.connect();
    peer.says(unary(1, "WaitForeign", "and the gate"));
    ASSERT_EQ(d.service.lives.begun, 2u);
    if (cancelled) peer.says(kCancel);
    d.service.gate.open();
    d.settle();
    EXPECT_EQ(d.service.lives.ended, cancelled ? 0u : 1u) << "what is cancelled is not resumed";
    d.loop().post([&d] { d.service.foreign.let_one_pass(); });
    d.settle();
    EXPECT_EQ(d.service.lives.ended, 2u);
    EXPECT_EQ(peer.answer(1).status(), cancelled ? "" : "0");
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
  }
}

TEST(Cancellation, ACallbackThatIsRegisteredAfterwardsRunsAtOnce) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "WaitForeign", "register late"));
  peer.says(kCancel);
  EXPECT_EQ(d.service.cancel_callbacks, 0u);
  d.loop().post([&d] { d.service.foreign.let_one_pass(); });
  d.settle();
  EXPECT_EQ(d.service.cancel_callbacks, 1u);
  EXPECT_EQ(d.service.lives.ended, 1u);
}

TEST(Cancellation, NoCallbackIsCalledForACallWhoseHandlerHasReturned) {
  ServerDialogue d;
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 0}});
  d.service.gate.open();
  peer.says(unary(1, "Wait", "x"));
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_FALSE(peer.answer(1).ended) << "the reply waits for the window";
  peer.says(kCancel);
  EXPECT_EQ(d.service.cancel_callbacks, 0u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Cancellation, WhoeverIsToldMayResumeTheHandlerAtOnce) {
  for (const bool parks : {true, false}) {
    ServerDialogue d;
    Peer& peer = d.connect();
    if (!parks) d.service.gate.open();
    peer.says(unary(1, "WaitForeign", "x"));
    std::stop_callback resumes(d.service.stop_token, [&d] { d.service.foreign.let_one_pass(); });
    peer.says(kCancel);
    EXPECT_EQ(d.service.lives.ended, 1u) << (parks ? "unwound once" : "ran to its end");
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
    peer.says(unary(3, "Echo", "next"));
    EXPECT_THAT(peer.answer(3).texts(), ElementsAre("next"));
  }
}

TEST(Cancellation, ARequestThatIsResetBeforeItIsCompleteNeverRuns) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Echo").data(1, message("hello").substr(0, 6)));
  peer.says(kCancel);
  EXPECT_EQ(d.service.lives.begun, 0u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Deadlines, PassWithTheStatusAndUnwindTheHandler) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Wait").field("grpc-timeout", "100m").data(1, message("x")).end_stream());
  d.after(90ms);
  EXPECT_EQ(peer.answer(1).status(), "");
  EXPECT_EQ(d.service.lives.ended, 0u);
  d.after(20ms);
  EXPECT_EQ(peer.answer(1).status(), "4");
  EXPECT_FALSE(peer.answer(1).reset);
  EXPECT_EQ(d.service.lives.ended, 1u);
  EXPECT_EQ(d.service.cancel_callbacks, 1u);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Deadlines, EndRequestsThatNeverBecomeComplete) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Echo").field("grpc-timeout", "1S").data(1, message("x").substr(0, 2)));
  d.after(1001ms);
  EXPECT_EQ(peer.answer(1).status(), "4");
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Deadlines, AreForgottenWhenTheCallEndsInTime) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Wait").field("grpc-timeout", "100m").data(1, message("x")).end_stream());
  d.service.gate.open();
  d.settle();
  EXPECT_EQ(peer.answer(1).status(), "0");
  d.after(200ms);
  EXPECT_FALSE(peer.answer(1).reset);
  EXPECT_EQ(d.service.cancel_callbacks, 0u);
}

TEST(Deadlines, TheLongestThatAClientCanSayIsNoneToSpeakOf) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Wait").field("grpc-timeout", "99999999H").data(1, message("x")).end_stream());
  d.after(1h);
  EXPECT_FALSE(peer.answer(1).reset);
  EXPECT_EQ(d.service.lives.ended, 0u);
}

}  // namespace
}  // namespace farcall::server::tests
