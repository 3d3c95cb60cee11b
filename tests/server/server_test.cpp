// The Server that users see, over real sockets.

#include "net/loop_group.hpp"
#include "socket_client.hpp"
#include "test_service.hpp"

#include <farcall/pool.hpp>
#include <farcall/runtime.hpp>
#include <farcall/server.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

ServerOptions on_loops(std::size_t loops) {
  ServerOptions options;
  options.loops = loops;
  return options;
}

TEST(Server, ServesOnSeveralAddressesAndSaysWhichTheyAre) {
  TestService service;
  Server server("127.0.0.1:0", on_loops(2));
  server.listen("unix-abstract:farcall-server-test");
  server.add(service);
  ASSERT_TRUE(server.start().ok());
  const std::vector<std::string> addresses = server.addresses();
  ASSERT_EQ(addresses.size(), 2u);
  for (const std::string& address : addresses) {
    SocketClient client(address);
    EXPECT_EQ(client.echo("hello"), "hello") << address;
  }
  server.shutdown();
}

TEST(Server, ServesManyClientsOnSeveralLoops) {
  TestService service;
  Server server("127.0.0.1:0", on_loops(2));
  server.add(service);
  ASSERT_TRUE(server.start().ok());
  std::vector<std::thread> clients;
  std::atomic<int> good{0};
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] {
      SocketClient client(server.addresses()[0]);
      for (int call = 0; call < 50; ++call) {
        const std::string value = std::to_string(i) + "/" + std::to_string(call);
        if (client.echo(value) == value) ++good;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 200);
}

TEST(Server, ARuntimeOfTheUsersServesSeveralServers) {
  RuntimeOptions runtime_options;
  runtime_options.loops = 1;
  Runtime runtime(runtime_options);
  TestService first_service;
  TestService second_service;
  Server first(runtime, "127.0.0.1:0");
  Server second(runtime, "127.0.0.1:0");
  first.add(first_service);
  second.add(second_service);
  ASSERT_TRUE(first.start().ok());
  ASSERT_TRUE(second.start().ok());
  EXPECT_EQ(SocketClient(first.addresses()[0]).echo("a"), "a");
  EXPECT_EQ(SocketClient(second.addresses()[0]).echo("b"), "b");
  first.shutdown();
  EXPECT_EQ(SocketClient(second.addresses()[0]).echo("c"), "c");
}

/// Its echo asks a database, which takes its time and does not look up before the call is cancelled.
class Archive final : public TestService {
 public:
  Archive(Runtime& runtime, Pool& pool) : runtime_(runtime), pool_(pool) {}
  ~Archive() override { EXPECT_FALSE(asking_); }

  Task<Result<Text>> echo(ServerContext& context, const Text& request) override {
    const Alive alive(lives);
    const std::stop_token stop = context.stop_token();
    auto ask = [this, stop] {
      asking_ = true;
      asked.set_value();
      while (!stop.stop_requested()) std::this_thread::yield();
      // Far more turns of the loop than the end of a server would take if it waited for nobody.
      for (int i = 0; i < 200; ++i) runtime_.block_on(turn());
      asking_ = false;
    };
    co_await on(pool_, ask);
    co_return request;
  }

  std::promise<void> asked;

 private:
  static Task<void> turn() { co_return; }

  Runtime& runtime_;
  Pool& pool_;
  std::atomic<bool> asking_{false};
};

TEST(Server, OnARuntimeOfTheUsersWaitsForWhatItsHandlersRunInAPool) {
  std::mutex mutex;
  std::vector<std::string> log;
  RuntimeOptions options;
  options.loops = 1;
  options.log = [&](LogLevel, std::string_view line) {
    const std::lock_guard lock(mutex);
    log.emplace_back(line);
  };
  Runtime runtime(options);
  Pool pool(1);
  std::thread client;
  {
    Archive archive(runtime, pool);
    {
      Server server(runtime, "127.0.0.1:0");
      server.add(archive);
      ASSERT_TRUE(server.start().ok());
      client = std::thread([address = server.addresses()[0]] { SocketClient(address).echo("when?"); });
      archive.asked.get_future().wait();
    }
    EXPECT_EQ(archive.lives.ended, 1u);
  }
  client.join();
  EXPECT_THAT(log, IsEmpty());
}

TEST(Server, SaysInOneLineWhyItCannotStart) {
  TestService service;
  {
    Server no_service("127.0.0.1:0");
    EXPECT_THAT(no_service.start().message(), HasSubstr("no service"));
  }
  {
    Server no_address{ServerOptions()};
    no_address.add(service);
    EXPECT_THAT(no_address.start().message(), HasSubstr("no address"));
  }
  {
    Server malformed("what is this");
    malformed.add(service);
    EXPECT_THAT(malformed.start().message(), HasSubstr("what is this"));
  }
  {
    Server twice("127.0.0.1:0", on_loops(1));
    twice.add(service);
    twice.add(service);
    EXPECT_EQ(twice.start().code(), StatusCode::already_exists);
  }
  Server one("127.0.0.1:0", on_loops(1));
  one.add(service);
  ASSERT_TRUE(one.start().ok());
  EXPECT_EQ(one.start().code(), StatusCode::failed_precondition) << "a second time";
  Server other(one.addresses()[0], on_loops(1));
  other.add(service);
  const Status in_use = other.start();
  EXPECT_FALSE(in_use.ok());
  EXPECT_THAT(in_use.message(), HasSubstr(one.addresses()[0]));
  EXPECT_THAT(other.addresses(), ElementsAre());
}

TEST(Server, CanBeDestroyedInEveryState) {
  TestService service;
  { Server never_set_up{ServerOptions()}; }
  {
    Server never_started("127.0.0.1:0");
    never_started.add(service);
    never_started.wait();
  }
  {
    Server with_open_connection("127.0.0.1:0", on_loops(1));
    with_open_connection.add(service);
    ASSERT_TRUE(with_open_connection.start().ok());
    SocketClient client(with_open_connection.addresses()[0]);
    EXPECT_EQ(client.echo("x"), "x");
  }
  {
    Server drained("127.0.0.1:0", on_loops(1));
    drained.add(service);
    ASSERT_TRUE(drained.start().ok());
    drained.drain(1s);
    drained.drain(1s);
    drained.wait();
  }
  {
    Server drained_by_others("127.0.0.1:0", on_loops(1));
    drained_by_others.add(service);
    ASSERT_TRUE(drained_by_others.start().ok());
    std::thread other([&] { drained_by_others.shutdown(); });
    drained_by_others.wait();
    other.join();
  }
}

TEST(Server, CanBeDrainedWhileItStarts) {
  TestService service;
  RuntimeOptions runtime_options;
  runtime_options.loops = 2;
  Runtime runtime(runtime_options);
  for (const std::size_t busy : {0U, 1U}) {
    Server server(runtime, "127.0.0.1:0");
    server.add(service);
    std::promise<void> free;
    // The start waits for this loop, while the other one drains.
    runtime.group().at(busy).post([&free] { free.get_future().wait(); });
    std::thread starter([&server] { static_cast<void>(server.start()); });
    while (server.addresses().empty()) std::this_thread::yield();
    server.begin_drain(0s);
    free.set_value();
    server.wait();
    starter.join();
  }
}

TEST(Server, RefusesToWaitForItselfOnALoop) {
  TestService service;
  RuntimeOptions runtime_options;
  runtime_options.loops = 1;
  Runtime runtime(runtime_options);
  Server server(runtime, "127.0.0.1:0");
  server.add(service);
  ASSERT_TRUE(server.start().ok());
  struct Attempt {
    static Task<bool> run(Server& server) {
      try {
        server.shutdown();
      } catch (const std::logic_error&) {
        co_return true;
      }
      co_return false;
    }
  };
  EXPECT_TRUE(runtime.block_on(Attempt::run(server)));
}

}  // namespace
}  // namespace farcall::server::tests
