#include "net/connector.hpp"

#include "net/descriptor.hpp"
#include "net/socket_address.hpp"
#include "socket_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <sys/socket.h>

namespace farcall::net {
namespace {

using namespace std::chrono_literals;

/// The address of a port that was free a moment ago.
Address free_address() {
  return open_one(listen_address("127.0.0.1:0")).address();
}

TEST(Connect, SaysWhyItFailedInALaterTurn) {
  Loop loop;
  const Address address = free_address();
  Connected outcome;
  const auto attempt = connect(loop, address, outcome);
  EXPECT_FALSE(outcome.over());
  run_until(loop, [&] { return outcome.over(); });
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(*outcome.failure, address.to_uri() + ": Connection refused");
}

TEST(Connect, SaysThatAUnixSocketIsNotThere) {
  Loop loop;
  const Address address = Address::unix_path(socket_path("absent"));
  Connected outcome;
  const auto attempt = connect(loop, address, outcome);
  EXPECT_FALSE(outcome.over());
  run_until(loop, [&] { return outcome.over(); });
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(*outcome.failure, address.to_uri() + ": No such file or directory");
}

TEST(Connect, KeepsSilentOnceCancelled) {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, open_one(listen_address("127.0.0.1:0")), accepted);
  Connected outcome;
  for (const Address& address : {listener.address(), Address::unix_path(socket_path("absent"))}) {
    auto attempt = connect(loop, address, outcome);
    attempt.reset();
  }
  run_until(loop, [&] { return accepted.streams.size() == 1; });
  loop.poll();
  EXPECT_FALSE(outcome.over());
}

TEST(Connect, GivesUpAfterItsTimeout) {
  // A listening socket whose queue is full leaves further attempts without an answer.
  const SocketAddress any(*parse_numeric_host("127.0.0.1", 0));
  const Descriptor full(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(full.get(), any.get(), any.length), 0);
  ASSERT_EQ(::listen(full.get(), 0), 0);
  SocketAddress bound;
  ASSERT_EQ(::getsockname(full.get(), bound.get(), &bound.length), 0);
  const Address address = bound.to_address();
  const Descriptor filler(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(filler.get(), bound.get(), bound.length), 0);

  LoopLog log;
  Loop loop(log.options(true));
  Connected outcome;
  ConnectOptions options;
  options.timeout = 5s;
  auto attempt = connect(loop, address, outcome, options);
  loop.poll();
  EXPECT_FALSE(outcome.over());
  virtual_now += 5s + 1ms;
  loop.poll();
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(*outcome.failure, address.to_uri() + ": the connection was not established in time");
}

TEST(Connect, LetsTheObserverDestroyTheAttempt) {
  struct Destroyer final : ConnectObserver {
    void on_connected(std::unique_ptr<ByteStream> made) override {
      attempt.reset();
      stream = std::move(made);
    }
    void on_connect_failed(std::string_view reason) override {
      failure = reason;
      attempt.reset();
    }
    std::unique_ptr<Connecting> attempt;
    std::unique_ptr<ByteStream> stream;
    std::string failure;
  };
  Loop loop;
  Accepted accepted;
  Listener listener(loop, open_one(listen_address("127.0.0.1:0")), accepted);
  Destroyer good;
  good.attempt = connect(loop, listener.address(), good);
  Destroyer bad;
  bad.attempt = connect(loop, free_address(), bad);
  run_until(loop, [&] { return good.attempt == nullptr && bad.attempt == nullptr; });
  EXPECT_NE(good.stream, nullptr);
  EXPECT_NE(bad.failure, "");
}

}  // namespace
}  // namespace farcall::net
