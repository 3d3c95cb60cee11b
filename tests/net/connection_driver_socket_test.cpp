#include "driver_fixture.hpp"
#include "net/descriptor.hpp"
#include "net/loop_group.hpp"
#include "net/socket_address.hpp"
#include "socket_fixture.hpp"
#include "testing/frame_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <latch>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace farcall::net {
namespace {

using farcall::testing::frames;

class DriverOverSockets : public ::testing::TestWithParam<const char*> {
 protected:
  static Address address() {
    return std::string(GetParam()) == "tcp" ? listen_address("127.0.0.1:0")
                                            : Address::unix_path(socket_path("driver"));
  }
};

TEST_P(DriverOverSockets, EchoesOnOneLoop) {
  Loop loop;
  Connection pair(loop, address());
  EchoServer server(loop, std::move(pair.server), http2::Role::server);
  EchoClient client(loop, std::move(pair.client), http2::Role::client);
  std::vector<std::string> sent;
  for (std::size_t i = 1; i <= 50; ++i) {
    sent.push_back(pattern(i * 10'000));
    ASSERT_TRUE(client.send(sent.back()));
  }
  run_until(loop, [&] { return client.echoed.size() == sent.size() || client.closed; });
  EXPECT_THAT(client.echoed, ::testing::UnorderedElementsAreArray(sent));
  client.engine().drain();
  client.driver->touch();
  run_until(loop, [&] { return client.closed && server.closed; });
  EXPECT_EQ(server.streams_closed, 50);
  EXPECT_TRUE(server.all_clean);
}

/// A client of its own loop's thread: calls one after the other, then a drain.
class SerialClient final : public ConnectObserver, public ConnectionObserver {
 public:
  SerialClient(Loop& loop, const Address& address, int calls, std::latch& done)
      : loop_(loop), left_(calls), done_(done), connecting_(connect(loop, address, *this)) {}

  std::atomic<int> echoed{0};

 private:
  void on_connected(std::unique_ptr<ByteStream> stream) override {
    driver_ = std::make_unique<ConnectionDriver>(loop_, std::move(stream), http2::Role::client,
                                                 http2::Config(), *this);
    driver_->start();
    call();
  }
  void on_connect_failed(std::string_view reason) override {
    ADD_FAILURE() << reason;
    done_.count_down();
  }
  void call() {
    http::HeaderMap request;
    for (const auto& [name, value] :
         {std::pair{":method", "POST"}, {":scheme", "http"}, {":authority", "x"}, {":path", "/"}}) {
      request.append(name, value);
    }
    const auto stream = driver_->engine().open_stream(request, false);
    ASSERT_TRUE(stream);
    driver_->engine().send_data(*stream, Buffer::copy_of(base::as_bytes("ping")), true);
    driver_->touch();
  }
  void on_event(http2::Event& event) override {
    if (const auto* data = std::get_if<http2::event::Data>(&event)) {
      if (base::as_text(data->data) == "ping") echoed.fetch_add(1);
    } else if (std::holds_alternative<http2::event::StreamClosed>(event)) {
      --left_ > 0 ? call() : driver_->engine().drain();
    }
  }
  void on_closed() override {
    driver_.reset();
    done_.count_down();
  }

  Loop& loop_;
  int left_;
  std::latch& done_;
  std::unique_ptr<Connecting> connecting_;
  std::unique_ptr<ConnectionDriver> driver_;
};

/// The server's half of one loop.
class EchoShard final : public AcceptObserver {
 public:
  EchoShard(Loop& loop, ListeningSocket socket) : loop_(loop), listener_(loop, std::move(socket), *this) {}
  void on_accept(std::unique_ptr<ByteStream> stream) override {
    connections_.push_back(std::make_unique<EchoServer>(loop_, std::move(stream), http2::Role::server));
  }

 private:
  Loop& loop_;
  std::vector<std::unique_ptr<EchoServer>> connections_;
  Listener listener_;
};

TEST_P(DriverOverSockets, EchoesBetweenLoopsOnTheirOwnThreads) {
  constexpr int kClients = 6;
  constexpr int kCalls = 50;
  LoopGroup servers(2);
  LoopGroup clients(2);
  Parsed<std::vector<ListeningSocket>> sockets = ListeningSocket::open(address(), servers.size());
  ASSERT_TRUE(sockets) << sockets.error();
  const Address bound = sockets->front().address();

  std::vector<std::unique_ptr<EchoShard>> shards(servers.size());
  std::latch listening(static_cast<std::ptrdiff_t>(servers.size()));
  for (std::size_t i = 0; i < servers.size(); ++i) {
    servers.at(i).post([&, i] {
      shards[i] = std::make_unique<EchoShard>(servers.at(i), std::move((*sockets)[i]));
      listening.count_down();
    });
  }
  listening.wait();

  std::vector<std::unique_ptr<SerialClient>> running(kClients);
  std::latch done(kClients);
  for (std::size_t i = 0; i < kClients; ++i) {
    Loop& loop = clients.next();
    loop.post([&, i] { running[i] = std::make_unique<SerialClient>(loop, bound, kCalls, done); });
  }
  done.wait();
  // The loops end first, so that nobody else touches what is checked and destroyed here.
  clients.stop();
  servers.stop();
  for (const std::unique_ptr<SerialClient>& client : running) EXPECT_EQ(client->echoed.load(), kCalls);
}

INSTANTIATE_TEST_SUITE_P(Transports, DriverOverSockets, ::testing::Values("tcp", "unix"),
                         [](const auto& given) { return std::string(given.param); });

/// A blocking TCP socket, as a peer without manners would use it.
class RawPeer {
 public:
  explicit RawPeer(const Address& address) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const SocketAddress where(address);
    EXPECT_EQ(::connect(socket_.get(), where.get(), where.length), 0);
  }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// Closes with a reset instead of an end.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    socket_.reset();
  }
  /// What arrives until the end, without waiting; true once the end has come. A reset fails the test.
  bool read_to_end(std::string& all) const {
    while (true) {
      std::string part(65536, '\0');
      const ssize_t got = ::recv(socket_.get(), part.data(), part.size(), MSG_DONTWAIT);
      if (got == 0) return true;
      if (got < 0) {
        EXPECT_TRUE(errno == EAGAIN) << "the connection was reset";
        return errno != EAGAIN;
      }
      all.append(part, 0, static_cast<std::size_t>(got));
    }
  }

 private:
  Descriptor socket_;
};

struct OneServer {
  explicit OneServer(Loop& loop)
      : listener(loop, open_one(listen_address("127.0.0.1:0")), accepted), peer(listener.address()) {
    run_until(loop, [&] { return !accepted.streams.empty(); });
    server = std::make_unique<EchoServer>(loop, std::move(accepted.streams.front()), http2::Role::server);
  }
  Accepted accepted;
  Listener listener;
  RawPeer peer;
  std::unique_ptr<EchoServer> server;
};

TEST(DriverOverTcp, LetsThePeerReadTheGoAwayThoughItGoesOnSending) {
  Loop loop;
  OneServer one(loop);
  // A fault in the first frame, and much behind it that nobody will ever read: closing at once would answer
  // it with a reset, which takes the GOAWAY from the peer's buffer.
  one.peer.send(frames().preface().settings().data(0, "x").bytes());
  one.peer.send(std::string(60'000, 'x'));
  std::string got;
  run_until(loop, [&] { return one.server->reason.has_value(); });
  one.peer.send(std::string(60'000, 'x'));
  while (!one.peer.read_to_end(got)) loop.poll();
  // The last frame is the GOAWAY: type 7, on stream 0.
  EXPECT_THAT(got, ::testing::HasSubstr(std::string("\x07\x00\x00\x00\x00\x00", 6)));
  one.peer.reset();
  run_until(loop, [&] { return one.server->closed; });
}

// Hostile-input A09.
TEST(DriverOverTcp, SurvivesAResetAtAnyStep) {
  const std::string all =
      frames().preface().settings().headers(1).request().data(1, "hello").end_stream().bytes();
  for (std::size_t size = 0; size <= all.size(); size += 9) {
    Loop loop;
    OneServer one(loop);
    one.peer.send(std::string_view(all).substr(0, size));
    loop.poll();
    one.peer.reset();
    run_until(loop, [&] { return one.server->closed; });
    EXPECT_TRUE(one.server->reason.has_value());
  }
}

}  // namespace
}  // namespace farcall::net
