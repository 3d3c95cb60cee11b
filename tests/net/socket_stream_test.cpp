#include "socket_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace farcall::net {
namespace {

using testing::StartsWith;

/// Every kind of socket behaves alike.
class SocketStreamTest : public testing::TestWithParam<const char*> {
 protected:
  static Address address() {
    const std::string name = GetParam();
    if (name == "unix") return Address::unix_path(socket_path("stream"));
    if (name == "abstract") return Address::unix_abstract(socket_path("stream"));
    return listen_address(name);
  }

  Loop loop_;
};

TEST_P(SocketStreamTest, CarriesBytesBothWays) {
  Connection pair(loop_, address());
  EXPECT_EQ(write_text(*pair.client, "hello").bytes, 5U);
  Readiness at_server;
  pair.server->set_observer(at_server);
  pair.server->wait_readable();
  pair.server->wait_readable();
  run_until(loop_, [&] { return at_server.readable > 0; });
  IoResult result;
  EXPECT_EQ(read_text(*pair.server, result), "hello");
  EXPECT_EQ(result.outcome, IoOutcome::done);
  EXPECT_EQ(read_text(*pair.server, result), "");
  EXPECT_EQ(result.outcome, IoOutcome::would_block);

  write_text(*pair.server, "and back");
  Readiness at_client;
  pair.client->set_observer(at_client);
  pair.client->wait_readable();
  run_until(loop_, [&] { return at_client.readable > 0; });
  EXPECT_EQ(read_text(*pair.client, result), "and back");
  EXPECT_EQ(at_server.readable, 1);
}

TEST_P(SocketStreamTest, WritesAListOfPiecesInOrder) {
  Connection pair(loop_, address());
  std::vector<std::string> texts;
  std::string all;
  for (int i = 0; i < 60; ++i) {
    texts.push_back(std::to_string(i) + ' ');
    all += texts.back();
  }
  std::vector<base::ByteView> pieces;
  for (const std::string& text : texts) pieces.push_back(base::as_bytes(text));
  EXPECT_EQ(pair.client->write(pieces).bytes, all.size());
  Readiness at_server;
  pair.server->set_observer(at_server);
  pair.server->wait_readable();
  run_until(loop_, [&] { return at_server.readable > 0; });
  IoResult result;
  EXPECT_EQ(read_text(*pair.server, result), all);
}

TEST_P(SocketStreamTest, SaysWhenThereIsNoRoomAndWhenThereIsAgain) {
  Connection pair(loop_, address());
  const std::string much(1 << 20, 'x');
  IoResult result;
  std::size_t written = 0;
  do {
    result = write_text(*pair.client, much);
    written += result.bytes;
  } while (result.outcome == IoOutcome::done);
  EXPECT_EQ(result.outcome, IoOutcome::would_block);

  Readiness at_client;
  Readiness at_server;
  pair.client->set_observer(at_client);
  pair.server->set_observer(at_server);
  pair.client->wait_writable();
  std::size_t got = 0;
  while (got < written) {
    read_text(*pair.server, result);
    got += result.bytes;
    if (result.outcome != IoOutcome::would_block) continue;
    const int before = at_server.readable;
    pair.server->wait_readable();
    run_until(loop_, [&] { return at_server.readable > before; });
  }
  run_until(loop_, [&] { return at_client.writable > 0; });
  EXPECT_EQ(write_text(*pair.client, "x").outcome, IoOutcome::done);
}

TEST_P(SocketStreamTest, LetsThePeerReadToTheEndAfterShutdown) {
  Connection pair(loop_, address());
  write_text(*pair.client, "last words");
  pair.client->shutdown_send();
  Readiness at_server;
  pair.server->set_observer(at_server);
  pair.server->wait_readable();
  run_until(loop_, [&] { return at_server.readable > 0; });
  IoResult result;
  EXPECT_EQ(read_text(*pair.server, result), "last words");
  while (result.outcome != IoOutcome::end) {
    ASSERT_NE(result.outcome, IoOutcome::failed);
    read_text(*pair.server, result);
  }
  EXPECT_EQ(write_text(*pair.server, "still open this way").outcome, IoOutcome::done);
}

TEST_P(SocketStreamTest, FailsWithoutASignalWhenThePeerIsGone) {
  Connection pair(loop_, address());
  pair.server.reset();
  IoResult result;
  do {
    result = write_text(*pair.client, "anybody there?");
  } while (result.outcome == IoOutcome::done);
  EXPECT_EQ(result.outcome, IoOutcome::failed);
  EXPECT_TRUE(result.error);
}

TEST_P(SocketStreamTest, KeepsSilentAfterClose) {
  Connection pair(loop_, address());
  Readiness at_server;
  pair.server->set_observer(at_server);
  pair.server->wait_readable();
  pair.server->wait_writable();
  write_text(*pair.client, "too late");
  pair.server->close();
  pair.server->close();
  pair.server->wait_readable();
  loop_.poll();
  EXPECT_EQ(at_server.readable + at_server.writable, 0);
  IoResult result;
  read_text(*pair.server, result);
  EXPECT_EQ(result.outcome, IoOutcome::failed);
  EXPECT_EQ(write_text(*pair.server, "x").outcome, IoOutcome::failed);
}

TEST_P(SocketStreamTest, MayBeDestroyedWhileItIsHeard) {
  Connection pair(loop_, address());
  struct Destroyer final : ReadinessObserver {
    explicit Destroyer(std::unique_ptr<ByteStream>& given) : stream(given) {}
    void on_readable() override { stream.reset(); }
    void on_writable() override {}
    std::unique_ptr<ByteStream>& stream;
  };
  Destroyer destroyer(pair.server);
  pair.server->set_observer(destroyer);
  pair.server->wait_readable();
  write_text(*pair.client, "go");
  run_until(loop_, [&] { return pair.server == nullptr; });
}

TEST_P(SocketStreamTest, NamesItsPeerAsGrpcDoes) {
  Connection pair(loop_, address());
  const std::string param = GetParam();
  if (param == "unix") {
    EXPECT_EQ(pair.client->peer(), address().to_uri());
    EXPECT_EQ(pair.server->peer(), "unix:");
  } else if (param == "abstract") {
    EXPECT_EQ(pair.client->peer(), address().to_uri());
    EXPECT_EQ(pair.server->peer(), "unix:");
  } else {
    const std::string begin = param == "127.0.0.1:0" ? "ipv4:127.0.0.1:" : "ipv6:[::1]:";
    EXPECT_THAT(pair.client->peer(), StartsWith(begin));
    EXPECT_THAT(pair.server->peer(), StartsWith(begin));
    EXPECT_NE(pair.client->peer(), pair.server->peer());
  }
}

/// Not every machine that builds this has IPv6.
bool has_ipv6() {
  return static_cast<bool>(ListeningSocket::open(*parse_numeric_host("::1", 0)));
}

std::vector<const char*> kinds() {
  std::vector<const char*> all{"127.0.0.1:0", "unix", "abstract"};
  if (has_ipv6()) all.push_back("[::1]:0");
  return all;
}

INSTANTIATE_TEST_SUITE_P(Kinds, SocketStreamTest, testing::ValuesIn(kinds()), [](const auto& given) {
  const std::string name = given.param;
  return name == "127.0.0.1:0" ? "Ipv4"
         : name == "[::1]:0"   ? "Ipv6"
         : name == "unix"      ? "UnixPath"
                               : "UnixAbstract";
});

}  // namespace
}  // namespace farcall::net
