// RFC 9113 §5.1 without a connection: the table of frames and phases, the transitions, the memory of closed
// streams.

#include "http2/stream/state.hpp"

#include "http2/frame/header.hpp"
#include "http2/stream/closed_streams.hpp"
#include "http2/stream/store.hpp"

#include <gtest/gtest.h>

namespace farcall::http2 {
namespace {

constexpr Verdict kAccept{};
constexpr Verdict kIgnore{Verdict::Action::ignore, ErrorCode::no_error};
constexpr Verdict kProtocol{Verdict::Action::connection_error, ErrorCode::protocol_error};
constexpr Verdict kClosed{Verdict::Action::connection_error, ErrorCode::stream_closed};

TEST(StreamState, HasAVerdictForEveryFrameInEveryPhase) {
  struct Row {
    Phase phase;
    Verdict headers, data, rst_stream, window_update;
  };
  const Row kRows[] = {
      {Phase::idle, kAccept, kProtocol, kProtocol, kProtocol},
      {Phase::open, kAccept, kAccept, kAccept, kAccept},
      {Phase::half_closed_local, kAccept, kAccept, kAccept, kAccept},
      {Phase::half_closed_remote, kClosed, kClosed, kAccept, kAccept},
      {Phase::closed_by_end, kClosed, kClosed, kIgnore, kIgnore},
      {Phase::reset_by_peer, kClosed, kClosed, kIgnore, kIgnore},
      {Phase::reset_by_us, kIgnore, kIgnore, kIgnore, kIgnore},
      {Phase::closed_long_ago, kIgnore, kIgnore, kIgnore, kIgnore},
      {Phase::skipped, kProtocol, kClosed, kIgnore, kIgnore},
  };
  ASSERT_EQ(std::size(kRows), kPhases);
  for (const Row& row : kRows) {
    SCOPED_TRACE(static_cast<int>(row.phase));
    EXPECT_EQ(judge(row.phase, Received::headers), row.headers);
    EXPECT_EQ(judge(row.phase, Received::data), row.data);
    EXPECT_EQ(judge(row.phase, Received::rst_stream), row.rst_stream);
    EXPECT_EQ(judge(row.phase, Received::window_update), row.window_update);
  }
}

TEST(StreamState, GoesFromIdleToClosedOnBothWays) {
  StreamState ours_first;
  ours_first.open();
  EXPECT_TRUE(ours_first.can_send() && ours_first.can_receive());
  ours_first.send_end();
  EXPECT_EQ(ours_first.phase(), Phase::half_closed_local);
  EXPECT_FALSE(ours_first.can_send());
  ours_first.receive_end();
  EXPECT_TRUE(ours_first.closed());

  StreamState theirs_first;
  theirs_first.open();
  theirs_first.receive_end();
  EXPECT_EQ(theirs_first.phase(), Phase::half_closed_remote);
  EXPECT_FALSE(theirs_first.can_receive());
  theirs_first.send_end();
  EXPECT_TRUE(theirs_first.closed());
}

TEST(ClosedStreams, RemembersHowTheLastOnesEnded) {
  ClosedStreams closed;
  closed.add(1, Phase::closed_by_end);
  closed.add(5, Phase::reset_by_us);
  closed.add(7, Phase::reset_by_peer);
  EXPECT_EQ(closed.find(1), Phase::closed_by_end);
  EXPECT_EQ(closed.find(5), Phase::reset_by_us);
  EXPECT_EQ(closed.find(7), Phase::reset_by_peer);
  EXPECT_EQ(closed.find(3), Phase::skipped);
}

TEST(ClosedStreams, TellsForgottenFromSkipped) {
  ClosedStreams closed;
  std::uint32_t id = 1;
  for (std::size_t i = 0; i < kClosedStreamsRemembered; ++i, id += 4) closed.add(id, Phase::reset_by_us);
  EXPECT_EQ(closed.find(1), Phase::reset_by_us);
  closed.add(id, Phase::reset_by_us);  // pushes out stream 1
  EXPECT_EQ(closed.find(1), Phase::closed_long_ago);
  EXPECT_EQ(closed.find(3), Phase::skipped);
}

TEST(ClosedStreams, KeepsTheLargestIds) {
  ClosedStreams closed;
  for (const Phase how : {Phase::closed_by_end, Phase::reset_by_peer, Phase::reset_by_us}) {
    const std::uint32_t id = StreamId::kLargest - 2 * static_cast<std::uint32_t>(how);
    closed.add(id, how);
    EXPECT_EQ(closed.find(id), how);
  }
}

TEST(IdIndex, FindsWhatIsLeftWhenItHasGivenBackMemory) {
  IdIndex index;
  for (std::uint32_t i = 0; i < 100; ++i) index.insert(1 + 2 * i, i);
  for (std::uint32_t i = 0; i < 97; ++i) index.erase(1 + 2 * i);
  index.trim();
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(index.find(1 + 2 * i) != nullptr, i >= 97) << i;
  for (std::uint32_t i = 97; i < 100; ++i) index.erase(1 + 2 * i);
  index.trim();
  EXPECT_EQ(index.find(199), nullptr);
  index.insert(201, 0);
  EXPECT_NE(index.find(201), nullptr);
}

TEST(IdIndex, FindsWhatWasInsertedAndNotErased) {
  IdIndex index;
  EXPECT_EQ(index.find(1), nullptr);
  // Runs that collide, in steps that hit the same places, erased in another order than inserted.
  for (std::uint32_t step : {2U, 32U, 256U}) {
    for (std::uint32_t i = 0; i < 100; ++i) index.insert(1 + i * step, i + step);
    for (std::uint32_t i = 0; i < 100; i += 3) index.erase(1 + i * step);
    index.erase(1);  // is gone already
    for (std::uint32_t i = 0; i < 100; ++i) {
      const std::uint32_t* place = index.find(1 + i * step);
      if (i % 3 == 0) {
        EXPECT_EQ(place, nullptr) << i;
      } else {
        ASSERT_NE(place, nullptr) << i;
        EXPECT_EQ(*place, i + step);
      }
    }
    for (std::uint32_t i = 0; i < 100; ++i) index.erase(1 + i * step);
    for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(index.find(1 + i * step), nullptr);
  }
}

TEST(StreamStore, KeepsKeysOfTheDeadDead) {
  StreamStore store;
  const StreamKey first = store.open(1, 100, 100).key;
  EXPECT_EQ(store.find(first), store.find_id(1));
  store.erase(*store.find(first));
  EXPECT_EQ(store.find(first), nullptr);
  EXPECT_EQ(store.find_id(1), nullptr);
  const StreamKey second = store.open(3, 100, 100).key;
  EXPECT_EQ(second.index, first.index);
  EXPECT_EQ(store.find(first), nullptr);
  EXPECT_EQ(store.size(), 1U);
  EXPECT_EQ(store.find(StreamKey{}), nullptr);
}

}  // namespace
}  // namespace farcall::http2
