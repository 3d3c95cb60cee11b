// Resolvers of the user's own.

#include "calls.hpp"
#include "timed_channel.hpp"
#include "wire_peer.hpp"

#include <farcall/resolver.hpp>
#include <farcall/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <coroutine>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::FrameType;
using ::testing::HasSubstr;
using ::testing::Not;

using Addresses = std::vector<std::string>;

/// Counts itself in and out.
class Life {
 public:
  explicit Life(std::atomic<int>& alive) : alive_(alive) { ++alive_; }
  Life(const Life&) = delete;
  Life& operator=(const Life&) = delete;
  ~Life() { --alive_; }

 private:
  std::atomic<int>& alive_;
};

/// A wait that farcall knows nothing of.
struct ForeignWait {
  std::coroutine_handle<>& waiting;
  bool await_ready() const { return false; }
  void await_suspend(std::coroutine_handle<> handle) { waiting = handle; }
  void await_resume() const {}
};

enum class Manner { answers, throws, throws_a_number, gives_no_task, sleeps, waits, waits_and_sleeps };

class Registry final : public Resolver {
 public:
  explicit Registry(Result<Addresses> outcome, Manner how = Manner::answers)
      : answer(std::move(outcome)), manner(how) {}

  [[nodiscard]] std::string_view scheme() const override { return scheme_name; }
  [[nodiscard]] Task<Result<Addresses>> resolve(const std::string& name) override {
    if (manner == Manner::gives_no_task) return {};
    return work(name);
  }

  std::string scheme_name = "registry";
  Result<Addresses> answer;
  Manner manner;
  std::vector<std::string> asked;
  std::atomic<int> alive{0};
  std::coroutine_handle<> waiting;

 private:
  Task<Result<Addresses>> work(const std::string& name) {
    Life life(alive);
    asked.push_back(name);
    if (manner == Manner::throws) throw std::runtime_error("the registry\nburns");
    if (manner == Manner::throws_a_number) throw 7;
    if (manner == Manner::sleeps) co_await sleep(1h);
    if (manner == Manner::waits || manner == Manner::waits_and_sleeps) {
      ForeignWait wait{waiting};
      co_await wait;
    }
    if (manner == Manner::waits_and_sleeps) co_await sleep(1h);
    co_return answer;
  }
};

ChannelOptions with(const std::shared_ptr<Resolver>& resolver) {
  ChannelOptions options;
  options.resolvers.push_back(resolver);
  return options;
}

TEST(Resolver, FindsTheServer) {
  WirePeer peer;
  auto registry = std::make_shared<Registry>(Addresses{"ipv4:" + peer.target()});
  for (const char* target : {"registry:orders", "registry:///orders"}) {
    Channel channel(target, with(registry));
    EXPECT_TRUE(channel.status().ok());
    std::future<Result<Text>> answer = begin(say(channel, "hello"));
    WireConnection server = peer.accept();
    EXPECT_EQ(server.hears(FrameType::headers).header(":authority"), "orders");
    server.skips_to(FrameType::data, 1);
    server.says(reply(1, "here"));
    EXPECT_EQ(shown(outcome(answer)), "here");
  }
  EXPECT_THAT(registry->asked, ElementsAre("orders", "orders"));
}

TEST(Resolver, LeavesTheAuthorityToTheOptions) {
  WirePeer peer;
  auto registry = std::make_shared<Registry>(Addresses{peer.target()});
  ChannelOptions options = with(registry);
  options.authority = "orders.example";
  Channel channel("registry://north/orders", options);
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  EXPECT_EQ(server.hears(FrameType::headers).header(":authority"), "orders.example");
  EXPECT_THAT(registry->asked, ElementsAre("//north/orders"));
}

TEST(Resolver, MakesAnAuthorityOfANameThatIsNone) {
  WirePeer peer;
  auto registry = std::make_shared<Registry>(Addresses{peer.target()});
  Channel channel("registry:///north/or ders", with(registry));
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  EXPECT_EQ(server.hears(FrameType::headers).header(":authority"), "north%2For%20ders");
}

TEST(Resolver, IsAskedAnewForEveryAttempt) {
  WirePeer gone;
  gone.stop_listening();
  WirePeer peer;
  auto registry = std::make_shared<Registry>(Addresses{gone.target()});
  TimedChannel channel("registry:orders", with(registry));
  EXPECT_THAT(outcome(channel.say("hello")).status().message(), HasSubstr("refused"));
  registry->answer = Addresses{gone.target(), peer.target(), peer.target()};
  channel.advance(2s);
  std::future<Result<Text>> answer = begin(channel.say("again"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "moved"));
  EXPECT_EQ(shown(outcome(answer)), "moved");
  EXPECT_THAT(registry->asked, ElementsAre("orders", "orders"));
}

TEST(Resolver, GoesBeforeASchemeOfFarcallsButNotBeforeABareName) {
  WirePeer peer;
  auto registry = std::make_shared<Registry>(Addresses{peer.target()});
  registry->scheme_name = "dns";
  Channel channel("dns:///elsewhere.invalid:1", with(registry));
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  EXPECT_THAT(registry->asked, ElementsAre("elsewhere.invalid:1"));
  Channel direct(peer.target(), with(registry));
  std::future<Result<Text>> other = begin(say(direct, "hello"));
  WireConnection again = peer.accept();
  EXPECT_EQ(registry->asked.size(), 1U);
}

TEST(Resolver, GoesBeforeAHostOfItsSchemesNameUnlessTheTargetSaysDns) {
  auto registry = std::make_shared<Registry>(Addresses{});
  registry->scheme_name = "localhost";
  Channel named("localhost:1", with(registry));
  EXPECT_FALSE(outcome(say(named, "hello")).ok());
  EXPECT_THAT(registry->asked, ElementsAre("1"));
  Channel direct("dns:///localhost:1", with(registry));
  EXPECT_FALSE(outcome(say(direct, "hello")).ok());
  EXPECT_EQ(registry->asked.size(), 1U);
}

/// What becomes of a call, in one line.
std::string failure(Result<Addresses> answer, Manner manner = Manner::answers) {
  Channel channel("registry:orders", with(std::make_shared<Registry>(std::move(answer), manner)));
  const Status status = outcome(say(channel, "hello")).status();
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), Not(HasSubstr("\n")));
  EXPECT_THAT(status.message(), HasSubstr("cannot reach registry:orders: the resolver for 'registry:' did "
                                          "not resolve 'orders': "));
  return status.message();
}

TEST(Resolver, FailsAnAttemptInOneClearLine) {
  EXPECT_THAT(failure(Status::not_found("no such\nservice")), HasSubstr("NOT_FOUND: no such service"));
  EXPECT_THAT(failure(Addresses{}), HasSubstr("it gave no address"));
  EXPECT_THAT(failure(Addresses{}, Manner::throws), HasSubstr("it threw: the registry burns"));
  EXPECT_THAT(failure(Addresses{}, Manner::throws_a_number), HasSubstr("it threw something"));
  EXPECT_THAT(failure(Addresses{}, Manner::gives_no_task), HasSubstr("it gave no task"));
  for (const char* garbage : {"", "localhost:80", "registry:orders", "ipv4:1.2.3", "unix:", "127.0.0.1:0",
                              "127.0.0.1:99999", "[::1", "\x01\x02\xff", "http://127.0.0.1:80"}) {
    EXPECT_THAT(failure(Addresses{"127.0.0.1:1", garbage}), HasSubstr("which is no address")) << garbage;
  }
  EXPECT_LT(failure(Addresses{std::string(100'000, 'x')}).size(), 1000U);
}

TEST(Resolver, IsStoppedWhereItWaitsWhenTheConnectTimeoutPasses) {
  auto registry = std::make_shared<Registry>(Addresses{}, Manner::sleeps);
  TimedChannel channel("registry:orders", with(registry));
  std::future<Result<Text>> answer = begin(channel.say("hello"));
  channel.settle();
  EXPECT_EQ(registry->alive, 1);
  channel.advance(20s);
  const Status status = outcome(answer).status();
  EXPECT_EQ(status.code(), StatusCode::unavailable);
  EXPECT_THAT(status.message(), HasSubstr("registry:orders: its addresses were not found in time"));
  EXPECT_EQ(registry->alive, 0);
}

TEST(Resolver, IsStoppedWithTheChannel) {
  auto registry = std::make_shared<Registry>(Addresses{}, Manner::sleeps);
  std::future<Result<Text>> answer;
  {
    TimedChannel channel("registry:orders", with(registry));
    answer = begin(channel.say("hello"));
    channel.settle();
    EXPECT_EQ(registry->alive, 1);
  }
  EXPECT_EQ(registry->alive, 0);
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::cancelled);
}

TEST(Resolver, IsLeftBehindInAForeignWaitAndEndsAfterIt) {
  for (const Manner manner : {Manner::waits, Manner::waits_and_sleeps}) {
    auto registry = std::make_shared<Registry>(Addresses{"127.0.0.1:1"}, manner);
    TimedChannel channel("registry:orders", with(registry));
    std::future<Result<Text>> answer = begin(channel.say("hello"));
    channel.settle();
    channel.advance(20s);
    EXPECT_EQ(outcome(answer).status().code(), StatusCode::unavailable);
    EXPECT_EQ(registry->alive, 1) << "nobody may destroy what others will resume";
    channel.on_loop([&] { registry->waiting.resume(); });
    channel.settle();
    EXPECT_EQ(registry->alive, 0);
    EXPECT_EQ(channel.state(), ConnectivityState::transient_failure);
  }
}

TEST(Resolver, MayBeNeitherNullNorAskedForNothing) {
  EXPECT_THROW(Channel("registry:orders", with(nullptr)), std::invalid_argument);
  Channel channel("registry:///", with(std::make_shared<Registry>(Addresses{})));
  EXPECT_THAT(channel.status().message(), HasSubstr("nothing behind the scheme"));
  EXPECT_EQ(outcome(say(channel, "hello")).status(), channel.status());
}

}  // namespace
}  // namespace farcall::client_test
