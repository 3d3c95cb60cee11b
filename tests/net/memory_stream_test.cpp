#include "testing/memory_stream.hpp"

#include "socket_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <system_error>

namespace farcall::net {
namespace {

using farcall::testing::MemoryStreamOptions;
using farcall::testing::MemoryStreams;

TEST(MemoryStream, CarriesBytesAndTellsOfThemInALaterTurn) {
  Loop loop;
  MemoryStreams pair(loop);
  Readiness readiness;
  pair.second->set_observer(readiness);
  pair.second->wait_readable();
  loop.poll();
  EXPECT_EQ(readiness.readable, 0);
  EXPECT_EQ(write_text(*pair.first, "hello").bytes, 5U);
  EXPECT_EQ(readiness.readable, 0);
  EXPECT_EQ(pair.unread_by_second(), 5U);
  loop.poll();
  EXPECT_EQ(readiness.readable, 1);
  IoResult result;
  EXPECT_EQ(read_text(*pair.second, result), "hello");
  EXPECT_EQ(read_text(*pair.second, result), "");
  EXPECT_EQ(result.outcome, IoOutcome::would_block);
}

TEST(MemoryStream, CutsIntoFragments) {
  MemoryStreamOptions options;
  options.read_limit = 1;
  options.write_limit = 3;
  Loop loop;
  MemoryStreams pair(loop, options);
  EXPECT_EQ(write_text(*pair.first, "hello").bytes, 3U);
  IoResult result;
  EXPECT_EQ(read_text(*pair.second, result), "h");
}

TEST(MemoryStream, TellsWhenThereIsRoomAgain) {
  MemoryStreamOptions options;
  options.capacity = 4;
  Loop loop;
  MemoryStreams pair(loop, options);
  Readiness readiness;
  pair.first->set_observer(readiness);
  EXPECT_EQ(write_text(*pair.first, "hello").bytes, 4U);
  EXPECT_EQ(write_text(*pair.first, "o").outcome, IoOutcome::would_block);
  pair.first->wait_writable();
  loop.poll();
  EXPECT_EQ(readiness.writable, 0);
  IoResult result;
  read_text(*pair.second, result);
  loop.poll();
  EXPECT_EQ(readiness.writable, 1);
}

TEST(MemoryStream, EndsAsSocketsDo) {
  Loop loop;
  MemoryStreams pair(loop);
  write_text(*pair.first, "bye");
  pair.first->close();
  IoResult result;
  EXPECT_EQ(read_text(*pair.second, result), "bye");
  read_text(*pair.second, result);
  EXPECT_EQ(result.outcome, IoOutcome::end);
  EXPECT_EQ(write_text(*pair.second, "x").outcome, IoOutcome::failed);
}

TEST(MemoryStream, FailsBothEndsWhenTold) {
  Loop loop;
  MemoryStreams pair(loop);
  Readiness readiness;
  pair.first->set_observer(readiness);
  pair.first->wait_readable();
  pair.fail(std::make_error_code(std::errc::connection_reset));
  loop.poll();
  EXPECT_EQ(readiness.readable, 1);
  IoResult result;
  read_text(*pair.first, result);
  EXPECT_EQ(result.error, std::errc::connection_reset);
  EXPECT_EQ(write_text(*pair.second, "x").outcome, IoOutcome::failed);
}

}  // namespace
}  // namespace farcall::net
