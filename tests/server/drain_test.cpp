#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using namespace std::chrono_literals;

/// Answers the PING by which the server learns that its first GOAWAY has arrived.
void acknowledge_pings(Peer& peer) {
  for (const testing::Frame& frame : std::vector<testing::Frame>(peer.connection_frames())) {
    if (frame.type == testing::FrameType::ping && !frame.ack()) peer.says(frames().ping_ack(frame.opaque()));
  }
}

TEST(Drain, WithoutCallsIsOverAtOnce) {
  ServerDialogue d;
  d.drain(10s);
  EXPECT_TRUE(d.drained());
}

TEST(Drain, AnIdleConnectionIsToldAndClosed) {
  ServerDialogue d;
  Peer& peer = d.connect();
  d.drain(10s);
  EXPECT_EQ(peer.go_away(), http2::ErrorCode::no_error);
  acknowledge_pings(peer);
  EXPECT_TRUE(peer.closed());
  peer.disconnects();
  EXPECT_TRUE(d.drained());
}

TEST(Drain, CallsUnderWayEndInPeace) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat").data(1, message("one")));
  d.drain(10s);
  acknowledge_pings(peer);
  EXPECT_FALSE(d.drained());
  peer.says(frames().data(1, message("two")).end_stream());
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("re: one", "re: two"));
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_TRUE(peer.closed());
  peer.disconnects();
  EXPECT_TRUE(d.drained());
}

TEST(Drain, AtTheDeadlineTheRestIsCancelled) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat")).says(unary(3, "Wait", "x"));
  d.drain(10s);
  acknowledge_pings(peer);
  d.after(9s);
  EXPECT_EQ(d.service.lives.ended, 0u);
  d.after(2s);
  EXPECT_EQ(d.service.lives.ended, 2u);
  EXPECT_EQ(peer.answer(1).status(), "14");
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  EXPECT_EQ(peer.answer(3).status(), "14") << "UNAVAILABLE: another server may do";
  EXPECT_FALSE(peer.answer(3).reset) << "the client had said all";
  EXPECT_EQ(peer.answer(3).trailer("grpc-message"), "the server is shutting down");
  d.after(2s);
  EXPECT_TRUE(d.drained()) << "a peer that does not close is not waited for";
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST(Drain, ASecondTimeBringsTheDeadlineForward) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat"));
  d.drain(1h);
  d.drain(0s);
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  peer.disconnects();
  d.settle();
  EXPECT_TRUE(d.drained());
}

TEST(Drain, NoNewConnectionIsServed) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Chat"));
  d.drain(1h);
  Peer& late = d.connect();
  EXPECT_TRUE(late.closed());
}

class DrainWithAForeignWait : public ::testing::TestWithParam<const char*> {};

TEST_P(DrainWithAForeignWait, KeepsTheShardAliveUntilTheHandlerEnds) {
  ForeignGate* foreign = nullptr;
  std::weak_ptr<Shard> watched;
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(unary(1, "WaitForeign", GetParam()));
  foreign = &d.service.foreign;
  d.drain(0s);
  peer.disconnects();
  ASSERT_TRUE(d.drained());
  watched = d.retire();
  EXPECT_FALSE(watched.expired());
  EXPECT_EQ(d.log().size(), 1u);
  d.loop().post([foreign] { foreign->let_one_pass(); });
  d.settle();
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(d.service.lives.ended, d.service.lives.begun);
  EXPECT_TRUE(d.loop().timers().empty());
}

INSTANTIATE_TEST_SUITE_P(WhereItParksNext, DrainWithAForeignWait,
                         ::testing::Values("at the gate", "then sleep", "and the gate"));

}  // namespace
}  // namespace farcall::server::tests
