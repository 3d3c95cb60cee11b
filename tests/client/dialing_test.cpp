// How a channel's sockets come about: which addresses it tries when, and what it asks of the kernel.

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <chrono>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using testing::FrameType;
using ::testing::HasSubstr;

/// An address on which nobody answers: a listening socket whose queue is full.
class SilentPeer {
 public:
  SilentPeer()
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        filler_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* where = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), where, size) != 0 || ::listen(listener_.get(), 0) != 0 ||
        ::getsockname(listener_.get(), where, &size) != 0 || ::connect(filler_.get(), where, size) != 0) {
      throw std::runtime_error("cannot be silent on loopback");
    }
    port_ = ntohs(address.sin_port);
  }
  [[nodiscard]] std::string target() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  Socket listener_;
  Socket filler_;
  std::uint16_t port_ = 0;
};

TEST(HappyEyeballs, LeavesOffWhenEveryAddressIsBeingTried) {
  WirePeer absent;
  absent.stop_listening();
  SilentPeer silent;
  TimedChannel channel("ipv4:" + absent.target() + "," + silent.target());
  std::future<Result<Text>> answer = begin(channel.say("hello"));
  channel.settle();        // the first refuses at once, and the second is tried
  channel.advance(300ms);  // more than the delay after which a third would be
  EXPECT_EQ(channel.state(), ConnectivityState::connecting);
  channel.advance(20s);
  const Status status = outcome(answer).status();
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), HasSubstr("in time"));
}

TEST(HappyEyeballs, TriesTheNextAddressWhenOneKeepsItWaiting) {
  SilentPeer silent;
  WirePeer present;
  TimedChannel channel("ipv4:" + silent.target() + "," + present.target());
  std::future<Result<Text>> answer = begin(channel.say("hello"));
  channel.settle();
  channel.advance(249ms);
  EXPECT_EQ(channel.state(), ConnectivityState::connecting);
  channel.advance(2ms);
  WireConnection server = present.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "here"));
  EXPECT_EQ(shown(outcome(answer)), "here");
}

TEST(HappyEyeballs, SaysOfEveryAddressWhatWasWrongWithIt) {
  WirePeer one;
  one.stop_listening();
  WirePeer two;
  two.stop_listening();
  Channel channel("ipv4:" + one.target() + "," + two.target());
  const Status status = outcome(say(channel, "hello")).status();
  EXPECT_THAT(status.message(), HasSubstr(one.target() + ": Connection refused; "));
  EXPECT_THAT(status.message(), HasSubstr(two.target() + ": Connection refused"));
}

/// TCP_USER_TIMEOUT of this process's socket that is connected to `target`.
std::optional<unsigned> user_timeout_of_connection_to(const std::string& target) {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) != 0 ||
        peer.sin_family != AF_INET || "127.0.0.1:" + std::to_string(ntohs(peer.sin_port)) != target) {
      continue;
    }
    unsigned timeout = 0;
    size = sizeof timeout;
    if (::getsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size) == 0) return timeout;
  }
  return std::nullopt;
}

TEST(UserTimeout, IsThatOfKeepaliveWhereKeepaliveIsOn) {
  for (const bool on : {true, false}) {
    WirePeer peer;
    ChannelOptions options;
    options.keepalive_timeout = 7s;
    if (on) options.keepalive_time = 30s;
    Channel channel(peer.target(), options);
    std::future<Result<Text>> answer = begin(say(channel, "hello"));
    WireConnection server = peer.accept();
    server.skips_to(FrameType::data, 1);
    EXPECT_EQ(user_timeout_of_connection_to(peer.target()), on ? 7000U : 0U);  // gRFC A18
    server.says(reply(1, "hi"));
    EXPECT_EQ(shown(outcome(answer)), "hi");
  }
}

}  // namespace
}  // namespace farcall::client_test
