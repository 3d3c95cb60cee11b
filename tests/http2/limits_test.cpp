// What time does to budgets, pings and windows, without a connection.

#include "http2/budget.hpp"
#include "http2/deadline.hpp"
#include "http2/ping.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace farcall::http2 {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr base::TimePoint kStart{hours(1000)};

TEST(Budget, GivesItsBurstAndThenItsRate) {
  Budget budget({3, 2});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(kStart));
  EXPECT_FALSE(budget.take(kStart));
  EXPECT_FALSE(budget.take(kStart + milliseconds(499)));
  EXPECT_TRUE(budget.take(kStart + milliseconds(501)));
  EXPECT_FALSE(budget.take(kStart + milliseconds(501)));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(kStart + hours(1))) << i;
  EXPECT_FALSE(budget.take(kStart + hours(1)));
}

TEST(Budget, TakesBackNoMoreThanItsBurst) {
  Budget budget({1, 0});
  budget.give_back();
  EXPECT_TRUE(budget.take(kStart));
  EXPECT_FALSE(budget.take(kStart + hours(1)));
  budget.give_back();
  EXPECT_TRUE(budget.take(kStart + hours(1)));
}

TEST(PingJudge, CountsStrikesAndForgets) {  // gRFC A8
  const Limits limits;
  PingJudge judge;
  EXPECT_TRUE(judge.admit(kStart, true, limits));
  EXPECT_TRUE(judge.admit(kStart + minutes(5), true, limits));
  EXPECT_TRUE(judge.admit(kStart + minutes(6), true, limits));   // strike 1
  EXPECT_TRUE(judge.admit(kStart + minutes(7), true, limits));   // strike 2
  EXPECT_TRUE(judge.admit(kStart + minutes(10), true, limits));  // five minutes after the last good one
  judge.forgive();
  EXPECT_TRUE(judge.admit(kStart + minutes(10), true, limits));
  EXPECT_TRUE(judge.admit(kStart + minutes(10), true, limits));
  EXPECT_TRUE(judge.admit(kStart + minutes(10), true, limits));
  EXPECT_FALSE(judge.admit(kStart + minutes(10), true, limits));
}

TEST(PingJudge, AsksMoreOfTheIdleUnlessPermitted) {
  Limits limits;
  PingJudge idle;
  EXPECT_TRUE(idle.admit(kStart, false, limits));
  for (int i = 1; i <= 2; ++i) EXPECT_TRUE(idle.admit(kStart + i * minutes(10), false, limits));
  EXPECT_FALSE(idle.admit(kStart + minutes(30), false, limits));

  limits.permit_pings_without_calls = true;
  PingJudge permitted;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(permitted.admit(kStart + i * minutes(5), false, limits));
}

TEST(Keepalive, PingsWhenNothingWasReadAndGivesUpWhenNothingComes) {
  Keepalive keepalive(seconds(10), seconds(2), kStart);
  EXPECT_EQ(keepalive.deadline(), kStart + seconds(10));
  keepalive.on_read(kStart + seconds(5));
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(10), true), Keepalive::Action::none);
  EXPECT_EQ(keepalive.deadline(), kStart + seconds(15));
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(15), true), Keepalive::Action::ping);
  EXPECT_EQ(keepalive.deadline(), kStart + seconds(17));
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(16), true), Keepalive::Action::none);
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(17), true), Keepalive::Action::give_up);
}

TEST(Keepalive, TakesAnyByteForAnAnswer) {
  Keepalive keepalive(seconds(10), seconds(2), kStart);
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(10), true), Keepalive::Action::ping);
  keepalive.on_read(kStart + seconds(11));
  EXPECT_EQ(keepalive.deadline(), kStart + seconds(21));
}

TEST(Keepalive, SleepsWhileItMayNotPing) {
  Keepalive keepalive(seconds(10), seconds(2), kStart);
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(10), false), Keepalive::Action::none);
  EXPECT_EQ(keepalive.deadline(), base::kNever);
  keepalive.wake();
  EXPECT_EQ(keepalive.on_deadline(kStart + seconds(60), true), Keepalive::Action::ping);
}

TEST(Keepalive, DoesNothingWhenItIsOff) {
  Keepalive keepalive(base::Duration::max(), seconds(2), kStart);
  EXPECT_EQ(keepalive.deadline(), base::kNever);
  keepalive.on_read(kStart + seconds(1));
  keepalive.wake();
  EXPECT_EQ(keepalive.deadline(), base::kNever);
}

TEST(BdpEstimator, DoublesTheWindowThatAPathFills) {
  BdpEstimator bdp(true, 65'535, 1'000'000);
  EXPECT_FALSE(bdp.on_data(16'000, true, kStart));
  EXPECT_TRUE(bdp.on_data(16'000, true, kStart));
  EXPECT_FALSE(bdp.on_data(48'000, true, kStart));
  bdp.on_ack(kStart + milliseconds(10));
  EXPECT_EQ(bdp.window(), 128'000U);
  // Later samples that are no faster change nothing.
  EXPECT_TRUE(bdp.on_data(64'000, true, kStart + seconds(1)));
  bdp.on_ack(kStart + seconds(2));
  EXPECT_EQ(bdp.window(), 128'000U);
}

TEST(BdpEstimator, CountsWhatNothingFollowsButDoesNotMeasureThen) {
  BdpEstimator bdp(true, 65'535, 1'000'000);
  EXPECT_FALSE(bdp.on_data(64'000, false, kStart));
  EXPECT_TRUE(bdp.on_data(1, true, kStart));
}

/// How many bytes, in steps of 1,000, come before the next ping, which is answered at once.
int bytes_before_ping(BdpEstimator& bdp) {
  for (int bytes = 1'000; bytes < 10'000'000; bytes += 1'000) {
    if (!bdp.on_data(1'000, true, kStart)) continue;
    bdp.on_ack(kStart);
    return bytes;
  }
  return 0;
}

TEST(BdpEstimator, LooksEverMoreSeldomAtAPathThatShowsNothingNew) {
  BdpEstimator bdp(true, 64'000, 1'000'000);
  for (const int spacing : {16'000, 32'000, 64'000, 128'000}) {
    for (int i = 0; i < 8; ++i) EXPECT_EQ(bytes_before_ping(bdp), spacing) << i;
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(bytes_before_ping(bdp), 256'000) << i;
}

TEST(BdpEstimator, LooksAsOftenAsBeforeWhenThePathShowsMore) {
  BdpEstimator bdp(true, 64'000, 10'000'000);
  for (int i = 0; i < 50; ++i) EXPECT_GT(bytes_before_ping(bdp), 0);
  EXPECT_TRUE(bdp.on_data(256'000, true, kStart));
  bdp.on_ack(kStart + milliseconds(1));
  EXPECT_EQ(bdp.window(), 512'000U);
  EXPECT_EQ(bytes_before_ping(bdp), 128'000);
}

TEST(BdpEstimator, LooksAtALargeTransferAfterSmallCallsAtOnce) {
  BdpEstimator bdp(true, 64'000, 10'000'000);
  for (int i = 0; i < 50; ++i) EXPECT_GT(bytes_before_ping(bdp), 0);
  EXPECT_FALSE(bdp.on_data(16'000, true, kStart + milliseconds(999)));
  EXPECT_TRUE(bdp.on_data(1'000, true, kStart + seconds(1)));
}

TEST(BdpEstimator, StopsAtTheLargestWindow) {
  BdpEstimator bdp(true, 65'535, 100'000);
  EXPECT_TRUE(bdp.on_data(65'000, true, kStart));
  bdp.on_ack(kStart + milliseconds(10));
  EXPECT_EQ(bdp.window(), 100'000U);
  EXPECT_FALSE(bdp.on_data(100'000, true, kStart + seconds(1)));
}

TEST(BdpEstimator, LeavesQuietPathsAlone) {
  BdpEstimator off(false, 65'535, 1'000'000);
  EXPECT_FALSE(off.on_data(1'000'000, true, kStart));
  BdpEstimator slow(true, 65'535, 1'000'000);
  EXPECT_TRUE(slow.on_data(20'000, true, kStart));
  slow.on_ack(kStart + milliseconds(10));
  EXPECT_EQ(slow.window(), 65'535U);
}

TEST(Deadline, MayBeginBeforeTheTimeIsKnown) {
  Deadline deadline(seconds(5));
  EXPECT_FALSE(deadline.pass(kStart));
  deadline.start();
  EXPECT_TRUE(deadline.undated());
  deadline.date(kStart);
  EXPECT_EQ(deadline.at(), kStart + seconds(5));
  deadline.start();  // runs already
  EXPECT_FALSE(deadline.undated());
  EXPECT_FALSE(deadline.pass(kStart + seconds(4)));
  EXPECT_TRUE(deadline.pass(kStart + seconds(5)));
  EXPECT_FALSE(deadline.pass(kStart + seconds(6)));
}

TEST(Deadline, OfNoLengthNeverComes) {
  Deadline deadline(base::Duration::max());
  deadline.start();
  deadline.start(kStart);
  EXPECT_FALSE(deadline.undated());
  EXPECT_EQ(deadline.at(), base::kNever);
}

}  // namespace
}  // namespace farcall::http2
