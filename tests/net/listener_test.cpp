#include "net/listener.hpp"

#include "net/descriptor.hpp"
#include "net/socket_address.hpp"
#include "socket_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace farcall::net {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

bool exists(const std::string& path) {
  struct stat found {};
  return ::lstat(path.c_str(), &found) == 0;
}

TEST(ListeningSocket, ReplacesPortZeroByTheRealOne) {
  const ListeningSocket socket = open_one(listen_address("127.0.0.1:0"));
  EXPECT_NE(socket.address().port(), 0);
  EXPECT_EQ(socket.address().to_string(), "127.0.0.1:" + std::to_string(socket.address().port()));
}

TEST(ListeningSocket, OpensSeveralOnOnePort) {
  const Parsed<std::vector<ListeningSocket>> sockets =
      ListeningSocket::open(listen_address("127.0.0.1:0"), 3);
  ASSERT_TRUE(sockets) << sockets.error();
  ASSERT_EQ(sockets->size(), 3U);
  EXPECT_NE((*sockets)[0].address().port(), 0);
  EXPECT_EQ((*sockets)[0].address(), (*sockets)[2].address());
}

TEST(ListeningSocket, SaysThatATcpAddressIsInUseHoweverManySocketsEitherSideHas) {
  for (const std::size_t first : {1U, 2U}) {
    for (const std::size_t second : {1U, 2U}) {
      const Parsed<std::vector<ListeningSocket>> held =
          ListeningSocket::open(listen_address("127.0.0.1:0"), first);
      ASSERT_TRUE(held) << held.error();
      const Address address = held->front().address();
      const Parsed<std::vector<ListeningSocket>> refused = ListeningSocket::open(address, second);
      ASSERT_FALSE(refused) << first << " then " << second;
      EXPECT_EQ(refused.error(),
                "cannot listen on " + address.to_string() +
                    ": the address is in use; stop the server that has it, or choose another port");
    }
  }
}

TEST(ListeningSocket, SaysThatAUnixAddressIsInUse) {
  for (const Address& address :
       {Address::unix_path(socket_path("used")), Address::unix_abstract(socket_path("used"))}) {
    const ListeningSocket held = open_one(address);
    const Parsed<std::vector<ListeningSocket>> refused = ListeningSocket::open(address);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error(), HasSubstr(address.to_uri() + ": the address is in use"));
  }
}

TEST(ListeningSocket, RemovesItsFileWithTheLastSocket) {
  const std::string path = socket_path("removed");
  {
    Parsed<std::vector<ListeningSocket>> sockets = ListeningSocket::open(Address::unix_path(path), 2);
    ASSERT_TRUE(sockets) << sockets.error();
    sockets->pop_back();
    EXPECT_TRUE(exists(path));
  }
  EXPECT_FALSE(exists(path));
}

TEST(ListeningSocket, ReplacesTheFileOfADeadServer) {
  const std::string path = socket_path("stale");
  {
    const SocketAddress address(Address::unix_path(path));
    const Descriptor dead(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(::bind(dead.get(), address.get(), address.length), 0);
  }
  ASSERT_TRUE(exists(path));
  {
    const Parsed<std::vector<ListeningSocket>> sockets = ListeningSocket::open(Address::unix_path(path));
    EXPECT_TRUE(sockets) << sockets.error();
  }
  EXPECT_FALSE(exists(path));
}

TEST(ListeningSocket, LeavesAFileThatIsNoSocketAlone) {
  const std::string path = socket_path("file");
  { const Descriptor file(::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }
  const Parsed<std::vector<ListeningSocket>> refused = ListeningSocket::open(Address::unix_path(path));
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("a file that is no socket has that name"));
  EXPECT_TRUE(exists(path));
  ::unlink(path.c_str());
}

TEST(ListeningSocket, LeavesTheFileOfTheServerThatReplacedIt) {
  const std::string path = socket_path("replaced");
  auto first = std::make_unique<ListeningSocket>(open_one(Address::unix_path(path)));
  ::unlink(path.c_str());
  const ListeningSocket second = open_one(Address::unix_path(path));
  first.reset();
  EXPECT_TRUE(exists(path));
}

TEST(ListeningSocket, SharesATcpAddressIfBothSidesWantTo) {
  ListenOptions shared;
  shared.share = true;
  for (const std::size_t count : {1U, 2U}) {
    const Parsed<std::vector<ListeningSocket>> first =
        ListeningSocket::open(listen_address("127.0.0.1:0"), count, shared);
    ASSERT_TRUE(first) << first.error();
    const Address address = first->front().address();
    const Parsed<std::vector<ListeningSocket>> second = ListeningSocket::open(address, count, shared);
    EXPECT_TRUE(second) << second.error();
    EXPECT_FALSE(ListeningSocket::open(address, count));
  }
  const ListeningSocket held = open_one(listen_address("127.0.0.1:0"));
  EXPECT_FALSE(ListeningSocket::open(held.address(), 1, shared));
}

TEST(ListeningSocket, TakesTheFileOfALivingServerOverIfToldTo) {
  const std::string path = socket_path("taken");
  ListenOptions shared;
  shared.share = true;
  Loop loop;
  Accepted old_accepted;
  Accepted new_accepted;
  auto former = std::make_unique<Listener>(loop, open_one(Address::unix_path(path)), old_accepted);
  Parsed<std::vector<ListeningSocket>> sockets = ListeningSocket::open(Address::unix_path(path), 1, shared);
  ASSERT_TRUE(sockets) << sockets.error();
  EXPECT_TRUE(sockets->front().publish());
  Listener listener(loop, std::move(sockets->front()), new_accepted);
  EXPECT_FALSE(exists(path + ".new"));
  former.reset();
  EXPECT_TRUE(exists(path)) << "it is not the former server's any more";
  Connected outcome;
  const auto attempt = connect(loop, Address::unix_path(path), outcome);
  run_until(loop, [&] { return outcome.over() && !new_accepted.streams.empty(); });
  EXPECT_TRUE(old_accepted.streams.empty());
}

// A server that could not start leaves the one that it was to replace where it is.
TEST(ListeningSocket, LeavesTheFileOfALivingServerUntilItIsPublished) {
  const std::string path = socket_path("left");
  ListenOptions shared;
  shared.share = true;
  Loop loop;
  Accepted accepted;
  const Listener living(loop, open_one(Address::unix_path(path)), accepted);
  {
    const Parsed<std::vector<ListeningSocket>> sockets =
        ListeningSocket::open(Address::unix_path(path), 2, shared);
    ASSERT_TRUE(sockets) << sockets.error();
    EXPECT_TRUE(exists(path + ".new"));
  }
  EXPECT_FALSE(exists(path + ".new"));
  Connected outcome;
  const auto attempt = connect(loop, Address::unix_path(path), outcome);
  run_until(loop, [&] { return outcome.over() && !accepted.streams.empty(); });
}

TEST(ListeningSocket, RefusesToTakeOverAPathThatLeavesNoRoom) {
  std::string path = socket_path("long");
  path.resize(105, 'x');
  ListenOptions shared;
  shared.share = true;
  const ListeningSocket living = open_one(Address::unix_path(path));
  const Parsed<std::vector<ListeningSocket>> refused =
      ListeningSocket::open(Address::unix_path(path), 1, shared);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("too long to be taken over; use at most 103 bytes"));
}

TEST(ListeningSocket, SaysWhatIsWrongWithAnAddressThatCannotBeBound) {
  const Parsed<std::vector<ListeningSocket>> foreign = ListeningSocket::open(listen_address("192.0.2.1:0"));
  ASSERT_FALSE(foreign);
  EXPECT_THAT(foreign.error(), HasSubstr("this machine has no such address"));
  const Parsed<std::vector<ListeningSocket>> nowhere =
      ListeningSocket::open(Address::unix_path("/no/such/folder/x.sock"));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error(), HasSubstr("the folder of the socket's file does not exist"));
}

TEST(Listener, AcceptsEveryConnectionThatWaits) {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, open_one(listen_address("127.0.0.1:0")), accepted);
  std::vector<std::unique_ptr<Connecting>> attempts;
  std::vector<Connected> outcomes(40);
  for (Connected& outcome : outcomes) attempts.push_back(connect(loop, listener.address(), outcome));
  run_until(loop, [&] { return accepted.streams.size() == outcomes.size(); });
  for (const Connected& outcome : outcomes) EXPECT_FALSE(outcome.failure);
}

TEST(Listener, AcceptsNothingOnceClosed) {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, open_one(listen_address("127.0.0.1:0")), accepted);
  const Address address = listener.address();
  listener.close();
  listener.close();
  EXPECT_EQ(listener.address(), address);
  Connected outcome;
  const auto attempt = connect(loop, address, outcome);
  run_until(loop, [&] { return outcome.over(); });
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(*outcome.failure, address.to_uri() + ": Connection refused");
}

TEST(Listener, AcceptsWhatWaitsBeforeItFinishes) {
  Loop loop;
  Accepted accepted;
  Listener listener(loop, open_one(listen_address("127.0.0.1:0")), accepted);
  // Connected as far as these know, though the loop has not turned.
  const SocketAddress where(listener.address());
  std::vector<Descriptor> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(clients.back().get(), where.get(), where.length), 0);
  }
  listener.finish();
  EXPECT_EQ(accepted.streams.size(), clients.size());
  listener.finish();
  Connected outcome;
  const auto attempt = connect(loop, listener.address(), outcome);
  run_until(loop, [&] { return outcome.over(); });
  EXPECT_TRUE(outcome.failure);
}

TEST(Listener, MayBeDestroyedByWhoHearsOfAConnection) {
  struct Once final : AcceptObserver {
    void on_accept(std::unique_ptr<ByteStream>) override { listener.reset(); }
    std::unique_ptr<Listener> listener;
  };
  Loop loop;
  Once once;
  once.listener = std::make_unique<Listener>(loop, open_one(listen_address("127.0.0.1:0")), once);
  const Address address = once.listener->address();
  Connected first;
  Connected second;
  const auto one = connect(loop, address, first);
  const auto two = connect(loop, address, second);
  run_until(loop, [&] { return once.listener == nullptr && first.over() && second.over(); });
}

/// Takes every descriptor that the process may still open.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const Descriptor next(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(next.get());
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Hostile-input A01.
TEST(Listener, WaitsWhileDescriptorsHaveRunOutAndThenGoesOn) {
  LoopLog log;
  Loop loop(log.options(true));
  Accepted accepted;
  Listener listener(loop, open_one(listen_address("127.0.0.1:0")), accepted);
  Connected outcome;
  const auto attempt = connect(loop, listener.address(), outcome);
  {
    const NoDescriptors none;
    run_until(loop, [&] { return !log.lines.empty(); });
    for (int i = 0; i < 100; ++i) loop.poll();
    virtual_now += 60ms;
    loop.poll();
    EXPECT_EQ(log.lines.size(), 1U) << "said once";
    EXPECT_THAT(log.lines[0], HasSubstr("cannot accept connections on " + listener.address().to_string()));
    EXPECT_TRUE(accepted.streams.empty());
  }
  virtual_now += 60ms;
  loop.poll();
  EXPECT_EQ(accepted.streams.size(), 1U);
}

}  // namespace
}  // namespace farcall::net
