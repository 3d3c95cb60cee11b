#include "net/connection_driver.hpp"

#include "driver_fixture.hpp"
#include "socket_fixture.hpp"
#include "testing/frame_script.hpp"
#include "testing/memory_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

namespace farcall::net {
namespace {

using namespace std::chrono_literals;
using farcall::testing::frames;
using farcall::testing::MemoryStreamOptions;
using farcall::testing::MemoryStreams;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Counts {
  int reads = 0;
  int writes = 0;
  int waits_to_read = 0;
};

/// Counts what is done to the stream inside.
class CountingStream final : public ByteStream {
 public:
  CountingStream(std::unique_ptr<ByteStream> stream, Counts& counts)
      : stream_(std::move(stream)), counts_(counts) {}
  void set_observer(ReadinessObserver& observer) override { stream_->set_observer(observer); }
  IoResult read(std::span<std::byte> into) override {
    ++counts_.reads;
    return stream_->read(into);
  }
  IoResult write(std::span<const base::ByteView> gather) override {
    ++counts_.writes;
    return stream_->write(gather);
  }
  void wait_readable() override {
    ++counts_.waits_to_read;
    stream_->wait_readable();
  }
  void wait_writable() override { stream_->wait_writable(); }
  void shutdown_send() override { stream_->shutdown_send(); }
  void close() override { stream_->close(); }
  std::string peer() const override { return stream_->peer(); }

 private:
  std::unique_ptr<ByteStream> stream_;
  Counts& counts_;
};

class DriverTest : public ::testing::Test {
 protected:
  /// Everything that can be read at the end of a stream which no driver has.
  static std::string read_all(ByteStream& stream) {
    std::string all;
    IoResult result;
    do {
      all += read_text(stream, result);
    } while (result.outcome == IoOutcome::done);
    return all;
  }

  LoopLog log_;
  Loop loop_{log_.options(true)};
};

struct Cut {
  const char* name;
  std::size_t read_limit;
  std::size_t write_limit;
  std::size_t capacity;
};

class FragmentedDriverTest : public ::testing::TestWithParam<Cut> {};

TEST_P(FragmentedDriverTest, CarriesManyStreamsBothWays) {
  LoopLog log;
  Loop loop(log.options(true));
  MemoryStreamOptions options;
  options.read_limit = GetParam().read_limit;
  options.write_limit = GetParam().write_limit;
  options.capacity = GetParam().capacity;
  MemoryStreams pair(loop, options);
  EchoClient client(loop, std::move(pair.first), http2::Role::client);
  EchoServer server(loop, std::move(pair.second), http2::Role::server);
  std::vector<std::string> sent;
  for (std::size_t i = 1; i <= 20; ++i) {
    sent.push_back(pattern(i * 500));
    ASSERT_TRUE(client.send(sent.back()));
  }
  loop.poll();
  EXPECT_THAT(client.echoed, ::testing::UnorderedElementsAreArray(sent));
  EXPECT_EQ(client.streams_closed, 20);
  EXPECT_EQ(server.streams_closed, 20);
  EXPECT_TRUE(client.all_clean);
  EXPECT_FALSE(client.closed);
  EXPECT_THAT(log.lines, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Cuts, FragmentedDriverTest,
                         ::testing::Values(Cut{"Whole", SIZE_MAX, SIZE_MAX, 256 * 1024},
                                           Cut{"ByteByByte", 1, 1, 256 * 1024},
                                           Cut{"OddPieces", 7, 13, 256 * 1024},
                                           Cut{"NarrowPipe", 100, SIZE_MAX, 64}),
                         [](const auto& given) { return given.param.name; });

TEST_F(DriverTest, MovesMoreThanTheWindowsAndThePipeHold) {
  MemoryStreamOptions options;
  options.capacity = 10'000;
  MemoryStreams pair(loop_, options);
  EchoClient client(loop_, std::move(pair.first), http2::Role::client);
  EchoServer server(loop_, std::move(pair.second), http2::Role::server);
  const std::string body = pattern(3'000'000);
  ASSERT_TRUE(client.send(body));
  loop_.poll();
  ASSERT_EQ(client.echoed.size(), 1U);
  EXPECT_TRUE(client.echoed[0] == body);
}

TEST_F(DriverTest, WritesOnceATurnHoweverManyCallsWereTouched) {
  Counts counts;
  MemoryStreams pair(loop_);
  EchoClient client(loop_, std::make_unique<CountingStream>(std::move(pair.first), counts),
                    http2::Role::client);
  EchoServer server(loop_, std::move(pair.second), http2::Role::server);
  loop_.poll();
  counts = {};
  loop_.post([&] {
    for (int i = 0; i < 10; ++i) client.send("hello");
    EXPECT_EQ(counts.writes, 0);
  });
  loop_.post([&] {
    for (int i = 0; i < 10; ++i) client.send("hello");
  });
  // One write with the requests; the answers need none.
  loop_.poll();
  EXPECT_EQ(client.echoed.size(), 20U);
  EXPECT_EQ(counts.writes, 1);
}

/// A server that has read its client's greeting, whose client has much more to say.
class LongReadTest : public DriverTest {
 protected:
  static MemoryStreamOptions roomy() {
    MemoryStreamOptions options;
    options.capacity = 2'000'000;
    return options;
  }
  /// 16 KiB that mean nothing.
  static farcall::testing::FrameScript nonsense() {
    return frames().frame(0xfe, 0, 0, std::string(16'384 - farcall::testing::kFrameHeaderSize, 'x'));
  }
  void says(const farcall::testing::FrameScript& script) {
    loop_.poll();
    counts_ = {};
    write_text(*pair_.first, script.bytes());
    loop_.poll();
  }

  Counts counts_;
  MemoryStreams pair_{loop_, roomy()};
  Endpoint server_{loop_, std::make_unique<CountingStream>(std::move(pair_.second), counts_),
                   http2::Role::server};
};

TEST_F(LongReadTest, ReadsAgainInTheSameTurnWhenTheBufferWasFull) {
  says(frames().preface().settings({}));
  says(frames().times(40, nonsense()));  // ten times what is read at once
  EXPECT_GE(counts_.reads, 10);
  EXPECT_EQ(counts_.waits_to_read, 2) << "after eight reads others have their turns";
  EXPECT_FALSE(server_.closed);
}

TEST_F(LongReadTest, ReadsOnceWhatDoesNotFillTheBuffer) {
  says(frames().preface().settings({}));
  says(frames().times(3, nonsense()));
  EXPECT_EQ(counts_.reads, 1);
  EXPECT_EQ(counts_.waits_to_read, 1);
}

TEST_F(LongReadTest, ReadsNoMoreOnceThePeerHasBrokenARule) {
  says(frames().preface().settings({}));
  says(frames().data(1, "on a stream that is idle").times(12, nonsense()));
  EXPECT_EQ(server_.reason, "DATA on an idle stream");
}

TEST_F(DriverTest, TellsWhenTheEventsOfAReadHaveBeenGiven) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  write_text(*pair.first, frames().preface().settings().ping(1).bytes());
  loop_.poll();
  EXPECT_EQ(server.batches, 1);
}

TEST_F(DriverTest, ClosesEveryStreamWhenThePeerVanishes) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  write_text(*pair.first, frames().preface().settings().headers(1).request().headers(3).request().bytes());
  loop_.poll();
  pair.first->close();
  loop_.poll();
  EXPECT_EQ(server.streams_closed, 2);
  EXPECT_FALSE(server.all_clean);
  EXPECT_EQ(server.reason, "the peer closed the connection");
  EXPECT_TRUE(server.closed);
  EXPECT_EQ(server.driver, nullptr) << "the observer may destroy it in on_closed";
}

TEST_F(DriverTest, SaysHowTheTransportFailed) {
  MemoryStreams pair(loop_);
  EchoClient client(loop_, std::move(pair.first), http2::Role::client);
  EchoServer server(loop_, std::move(pair.second), http2::Role::server);
  client.send("hello");
  loop_.post([&] { pair.fail(std::make_error_code(std::errc::connection_reset)); });
  loop_.poll();
  const std::string text = std::make_error_code(std::errc::connection_reset).message();
  EXPECT_EQ(client.reason, text);
  EXPECT_EQ(server.reason, text);
  EXPECT_TRUE(client.closed);
  EXPECT_TRUE(server.closed);
}

// Hostile-input §0, lingering close.
TEST_F(DriverTest, LingersUntilThePeerCloses) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  write_text(*pair.first, "GET / HTTP/1.1\r\n");
  loop_.poll();
  EXPECT_TRUE(server.reason.has_value());
  EXPECT_FALSE(server.closed) << "what the peer still sends must not reset the connection";
  write_text(*pair.first, "Host: example.org\r\n\r\n");
  loop_.poll();
  EXPECT_EQ(pair.unread_by_second(), 0U) << "it is read and forgotten";
  IoResult result;
  read_all(*pair.first);
  read_text(*pair.first, result);
  EXPECT_EQ(result.outcome, IoOutcome::end) << "our side is shut down";
  pair.first->close();
  loop_.poll();
  EXPECT_TRUE(server.closed);
}

TEST_F(DriverTest, LingersForASecondAtMost) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  write_text(*pair.first, "GET / HTTP/1.1\r\n");
  loop_.poll();
  virtual_now += 999ms;
  loop_.poll();
  EXPECT_FALSE(server.closed);
  virtual_now += 2ms;
  loop_.poll();
  EXPECT_TRUE(server.closed);
}

TEST_F(DriverTest, ClosesWithinTheSecondWhenTheGoAwayCannotBeWritten) {
  MemoryStreamOptions options;
  options.capacity = 4;
  MemoryStreams pair(loop_, options);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  loop_.poll();
  loop_.post([&] {
    server.engine().fail(http2::ErrorCode::internal_error, "enough");
    server.driver->touch();
  });
  loop_.poll();
  EXPECT_FALSE(server.closed);
  virtual_now += 1001ms;
  loop_.poll();
  EXPECT_TRUE(server.closed);
}

TEST_F(DriverTest, DeliversTheGoAwayThatAFailureCauses) {
  MemoryStreams pair(loop_);
  EchoClient client(loop_, std::move(pair.first), http2::Role::client);
  EchoServer server(loop_, std::move(pair.second), http2::Role::server);
  loop_.poll();
  loop_.post([&] {
    server.engine().fail(http2::ErrorCode::enhance_your_calm, "too_many_pings");
    server.driver->touch();
  });
  loop_.poll();
  EXPECT_EQ(client.go_away, "too_many_pings");
  EXPECT_TRUE(client.closed);
  EXPECT_TRUE(server.closed);
}

TEST_F(DriverTest, ClosesADrainedConnectionOnBothSides) {
  MemoryStreams pair(loop_);
  EchoClient client(loop_, std::move(pair.first), http2::Role::client);
  EchoServer server(loop_, std::move(pair.second), http2::Role::server);
  client.send("before the drain");
  loop_.poll();
  loop_.post([&] {
    server.engine().drain("bye");
    server.driver->touch();
  });
  loop_.poll();
  EXPECT_THAT(client.echoed, ElementsAre("before the drain"));
  EXPECT_EQ(client.go_away, "bye");
  EXPECT_TRUE(client.closed);
  EXPECT_TRUE(server.closed);
  EXPECT_TRUE(client.reason.has_value());
  EXPECT_TRUE(server.reason.has_value());
}

TEST_F(DriverTest, AbortsWithEventsForEveryStreamFirst) {
  MemoryStreams pair(loop_);
  EchoClient client(loop_, std::move(pair.first), http2::Role::client);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  client.send("never answered");
  loop_.poll();
  loop_.post([&] {
    client.driver->abort("the user closed the channel");
    client.driver->abort("again");
    EXPECT_FALSE(client.closed);
  });
  loop_.poll();
  EXPECT_EQ(client.streams_closed, 1);
  EXPECT_EQ(client.reason, "the user closed the channel");
  EXPECT_TRUE(client.closed);
  EXPECT_EQ(server.reason, "the peer closed the connection");
  EXPECT_TRUE(server.closed);
}

TEST_F(DriverTest, MayBeAbortedAndTouchedFromInsideAnEvent) {
  struct Aborting final : Endpoint {
    using Endpoint::Endpoint;
    void react(http2::Event& event) override {
      if (!std::holds_alternative<http2::event::Headers>(event)) return;
      driver->touch();
      driver->abort("not this one");
    }
  };
  MemoryStreams pair(loop_);
  Aborting server(loop_, std::move(pair.second), http2::Role::server);
  write_text(*pair.first, frames().preface().settings().headers(1).request().bytes());
  loop_.poll();
  EXPECT_EQ(server.streams_closed, 1);
  EXPECT_EQ(server.reason, "not this one");
  EXPECT_TRUE(server.closed);
}

TEST_F(DriverTest, MayOutliveItsConnection) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  server.destroys_driver = false;
  pair.first->close();
  loop_.poll();
  ASSERT_TRUE(server.closed);
  server.closed = false;
  server.driver->touch();
  server.driver->abort("late");
  loop_.poll();
  EXPECT_FALSE(server.closed) << "on_closed comes once";
  EXPECT_EQ(server.driver->peer(), "memory:");
}

TEST_F(DriverTest, ClosesTheTransportWhenItIsDestroyed) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  loop_.poll();
  server.driver.reset();
  loop_.poll();
  EXPECT_FALSE(server.closed);
  read_all(*pair.first);
  IoResult result;
  read_text(*pair.first, result);
  EXPECT_EQ(result.outcome, IoOutcome::end);
}

// Hostile-input R2 and A10.
TEST_F(DriverTest, StopsReadingFromAPeerThatDoesNotReadItsReplies) {
  MemoryStreamOptions options;
  options.capacity = 2000;
  MemoryStreams pair(loop_, options);
  http2::Config config;
  config.limits.max_ping_strikes = 0;
  Endpoint server(loop_, std::move(pair.second), http2::Role::server, config);
  write_text(*pair.first, frames().preface().settings().bytes());
  loop_.poll();
  const std::string ping = frames().ping(7).bytes();
  std::size_t sent = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (write_text(*pair.first, ping).outcome == IoOutcome::would_block) break;
    ++sent;
    loop_.poll();
  }
  EXPECT_LT(sent, 1000U);
  EXPECT_GT(pair.unread_by_second(), 0U);
  EXPECT_FALSE(server.reason.has_value());
  // Once the peer reads, everything moves again.
  for (int i = 0; i < 100 && pair.unread_by_second() > 0; ++i) {
    read_all(*pair.first);
    loop_.poll();
  }
  EXPECT_EQ(pair.unread_by_second(), 0U);
}

// Hostile-input A02.
TEST_F(DriverTest, WakesTheEngineAtItsDeadline) {
  MemoryStreams pair(loop_);
  Endpoint server(loop_, std::move(pair.second), http2::Role::server);
  loop_.poll();
  virtual_now += 9s;
  loop_.poll();
  EXPECT_FALSE(server.reason.has_value());
  virtual_now += 1001ms;
  loop_.poll();
  EXPECT_EQ(server.reason, "handshake_timeout");
}

TEST_F(DriverTest, ClosesTheConnectionOfAnObserverThatThrows) {
  struct Throwing final : Endpoint {
    using Endpoint::Endpoint;
    void react(http2::Event& event) override {
      if (std::holds_alternative<http2::event::Headers>(event)) throw std::runtime_error("cannot cope");
    }
  };
  MemoryStreams pair(loop_);
  Throwing server(loop_, std::move(pair.second), http2::Role::server);
  write_text(*pair.first, frames().preface().settings().headers(1).request().bytes());
  loop_.poll();
  EXPECT_TRUE(server.closed);
  EXPECT_THAT(log_.lines, ElementsAre(HasSubstr("cannot cope")));
}

}  // namespace
}  // namespace farcall::net
