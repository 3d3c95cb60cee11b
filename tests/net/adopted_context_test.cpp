// Servers and channels on an io_context that the test runs.

#include "speech.hpp"

#include <farcall/asio.hpp>
#include <farcall/pool.hpp>
#include <farcall/sleep.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace farcall::bridge_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

std::string shown(const Result<Text>& reply) {
  return reply.ok() ? reply->value() : to_string(reply.status());
}

/// Far more than any of it takes, and less than any of farcall's timeouts (the handshake's is 10 s): what
/// keeps the context at work without need shows.
constexpr auto kLongEnough = 5s;

struct Adopted {
  Adopted() {
    server.emplace(*runtime, "127.0.0.1:0");
    server->add(service);
    if (const Status started = server->start(); !started.ok()) throw std::runtime_error(started.message());
    channel.emplace(*runtime, server->addresses().front());
  }

  /// Calls, and keeps what the callback is told.
  void say(std::string words) {
    async_start(Speech::Client(*channel).say(text(words)),
                [this](Result<Text> reply) { replies.push_back(shown(reply)); });
  }
  void end() {
    channel.reset();
    server->begin_drain(0s);
  }

  Log log;
  SpeechService service;
  std::vector<std::string> replies;
  asio::io_context context;
  std::optional<Runtime> runtime{std::in_place, adopt(context, log.sink())};
  std::optional<Server> server;
  std::optional<Channel> channel;
};

const std::string kChannelGone = to_string(Status::cancelled("the channel was destroyed"));

Task<Result<Text>> repeat(const Text& words) {
  co_return words;
}

TEST(AdoptedContext, ServesAndCallsOnOneThreadAndRunsOutOfWorkAtTheEnd) {
  Adopted adopted;
  asio::steady_timer users_own(adopted.context, 1ms);
  users_own.async_wait([&](asio::error_code) { adopted.say("hello"); });
  std::thread::id handled_on;
  asio::io_context* inside = nullptr;
  adopted.service.on_say = [&](ServerContext&, const Text& request) {
    asio::post(adopted.context, [&] {
      adopted.service.on_say = nullptr;
      adopted.say("again");
    });
    handled_on = std::this_thread::get_id();
    inside = &this_io_context();
    return repeat(request);
  };
  while (adopted.replies.size() < 2) adopted.context.run_one();
  adopted.end();
  adopted.context.run_for(kLongEnough);
  EXPECT_TRUE(adopted.context.stopped());
  EXPECT_THAT(adopted.replies, ElementsAre("hello", "again"));
  EXPECT_EQ(handled_on, std::this_thread::get_id());
  EXPECT_EQ(inside, &adopted.context);
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
}

TEST(AdoptedContext, IsNotKeptAtWorkByARuntimeOrAnUnconnectedChannel) {
  asio::io_context context;
  Runtime runtime(adopt(context));
  const Channel channel(runtime, "127.0.0.1:1");
  context.run_for(kLongEnough);
  EXPECT_TRUE(context.stopped());
}

Task<void> note(bool& noted) {
  co_await sleep(1ms);
  noted = true;
}

TEST(AdoptedContext, IsKeptAtWorkByASpawnedTaskUntilThatEnds) {
  asio::io_context context;
  Runtime runtime(adopt(context));
  bool noted = false;
  runtime.spawn(note(noted));
  context.run_for(kLongEnough);
  EXPECT_TRUE(context.stopped());
  EXPECT_TRUE(noted);
}

Task<void> await_foreign_call(Speech::Client& client, std::string& reply) {
  const Result<Text> got = co_await client.say(text("from afar"));
  reply = shown(got);
}

Task<void> sleep_long(bool& begun) {
  begun = true;
  co_await sleep(24h);
}

TEST(AdoptedContext, IsNotKeptAtWorkByADeadlineThatWasGivenUp) {
  asio::io_context context;
  Runtime runtime(adopt(context));
  std::stop_source stop;
  bool begun = false;
  runtime.spawn(sleep_long(begun), stop.get_token());
  while (!begun) context.run_one();
  stop.request_stop();
  context.run_for(kLongEnough);
  EXPECT_TRUE(context.stopped());
}

TEST(AdoptedContext, IsKeptAtWorkByATaskThatWaitsForAnotherLoop) {
  Handling elsewhere;
  asio::io_context context;
  Runtime runtime(adopt(context));
  Speech::Client client(*elsewhere.channel);
  std::string reply;
  runtime.spawn(await_foreign_call(client, reply));
  context.run_for(kLongEnough);
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(reply, "from afar");
}

/// Runs a context on a thread of its own, until the last.
class Runner {
 public:
  explicit Runner(asio::io_context& context)
      : context_(context), work_(context.get_executor()), thread_([&context] { context.run(); }) {}
  ~Runner() {
    work_.reset();
    context_.stop();
  }

 private:
  asio::io_context& context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::jthread thread_;
};

Task<int> seven() {
  co_await sleep(1ms);
  co_return 7;
}

TEST(AdoptedContext, IsCalledFromOtherThreadsAndEndsFromThere) {
  Adopted adopted;
  const Runner runner(adopted.context);
  EXPECT_EQ(shown(Speech::Client(*adopted.channel).say(text("hello")).get()), "hello");
  EXPECT_EQ(adopted.runtime->block_on(seven()), 7);
  adopted.channel.reset();
  adopted.server->drain(10s);
  adopted.server.reset();
  adopted.runtime.reset();
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
}

TEST(AdoptedContext, ClosesFromAnotherThreadWhileItRuns) {
  Adopted adopted;
  std::promise<void> waits;
  std::promise<void> gone;
  adopted.service.on_say = [&](ServerContext&, const Text&) {
    return [](std::promise<void>& begun, std::promise<void>& ended) -> Task<Result<Text>> {
      const Witness witness(ended);
      begun.set_value();
      co_await sleep(24h);
      co_return text("late");
    }(waits, gone);
  };
  const Runner runner(adopted.context);
  adopted.say("hello");
  outcome(waits.get_future());
  adopted.server.reset();
  EXPECT_EQ(gone.get_future().wait_for(0s), std::future_status::ready);
  adopted.channel.reset();
  EXPECT_EQ(adopted.replies.size(), 1U);
  adopted.runtime.reset();
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
}

TEST(AdoptedContext, RefusesToBlockTheThreadThatRunsIt) {
  Adopted adopted;
  int refused = 0;
  asio::post(adopted.context, [&] {
    const auto refuses = [&](auto&& wait) {
      try {
        wait();
      } catch (const std::logic_error&) {
        ++refused;
      }
    };
    refuses([&] { static_cast<void>(Speech::Client(*adopted.channel).say(text("hello")).get()); });
    refuses([&] { adopted.runtime->block_on(seven()); });
    refuses([&] { adopted.server->drain(0s); });
    refuses([&] { adopted.server->wait(); });
    adopted.end();
  });
  adopted.context.run_for(kLongEnough);
  EXPECT_EQ(refused, 4);
  EXPECT_TRUE(adopted.context.stopped());
}

/// A handler that waits until it is unwound.
struct Waiting {
  explicit Waiting(SpeechService& service) {
    service.on_say = [this](ServerContext&, const Text&) { return wait(*this); };
  }
  static Task<Result<Text>> wait(Waiting& self) {
    const Witness witness(self.gone);
    self.begun = true;
    co_await sleep(24h);
    co_return text("late");
  }
  bool is_gone() { return has_gone.wait_for(0s) == std::future_status::ready; }

  bool begun = false;
  std::promise<void> gone;
  std::future<void> has_gone = gone.get_future();
};

TEST(AdoptedContext, ClosesEverythingInAHandlerOfTheUsers) {
  Adopted adopted;
  Waiting waiting(adopted.service);
  adopted.say("hello");
  while (!waiting.begun) adopted.context.run_one();
  asio::post(adopted.context, [&] {
    adopted.channel.reset();
    EXPECT_THAT(adopted.replies, ElementsAre(kChannelGone));
    adopted.server.reset();
    EXPECT_TRUE(waiting.is_gone());
    adopted.runtime.reset();
  });
  adopted.context.run_for(kLongEnough);
  EXPECT_TRUE(adopted.context.stopped());
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
}

TEST(AdoptedContext, ClosesEverythingOnceItIsStopped) {
  Adopted adopted;
  Waiting waiting(adopted.service);
  adopted.say("hello");
  {
    std::jthread runner([&] {
      while (!waiting.begun) adopted.context.run_one();
      adopted.context.stop();
    });
  }
  adopted.server.reset();
  EXPECT_TRUE(waiting.is_gone());
  adopted.channel.reset();
  EXPECT_EQ(adopted.replies.size(), 1U);
  adopted.runtime.reset();
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
  // What is left in it finds nobody.
  adopted.context.restart();
  adopted.context.run_for(kLongEnough);
  EXPECT_TRUE(adopted.context.stopped());
}

/// Has a turn on the thread that runs the context.
Task<void> passes_by() {
  co_return;
}

TEST(AdoptedContext, ClosesAChannelAlsoWhenItIsStoppedMeanwhile) {
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  Runtime runtime(adopt(context));
  std::thread runner([&context] { context.run(); });
  runtime.block_on(passes_by());
  auto channel = std::make_unique<Channel>(runtime, "127.0.0.1:1");
  std::promise<void> held;
  std::atomic<bool> closes{false};
  asio::post(context, [&] {
    held.set_value();
    while (!closes) std::this_thread::yield();
    // So that the other thread has most probably found that the context is run. It is no failure if not.
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    context.stop();
  });
  held.get_future().wait();
  closes = true;
  channel.reset();
  runner.join();
}

TEST(AdoptedContext, ClosesEverythingThatNeverRan) {
  Adopted adopted;
  adopted.say("hello");
  adopted.channel.reset();
  EXPECT_THAT(adopted.replies, ElementsAre(kChannelGone));
  adopted.server.reset();
  adopted.runtime.reset();
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
  adopted.context.run_for(kLongEnough);
  EXPECT_TRUE(adopted.context.stopped());
}

TEST(AdoptedContext, DrainsAtOnceWhenNobodyRunsIt) {
  Adopted adopted;
  Waiting waiting(adopted.service);
  adopted.say("hello");
  while (!waiting.begun) adopted.context.run_one();
  adopted.server->drain(24h);
  EXPECT_TRUE(waiting.is_gone());
}

TEST(AdoptedContext, GoesOnAfterAStopOnAnotherThread) {
  Adopted adopted;
  adopted.say("first");
  while (adopted.replies.empty()) adopted.context.run_one();
  adopted.context.stop();
  adopted.say("second");
  adopted.context.restart();
  std::jthread([&] {
    while (adopted.replies.size() < 2) adopted.context.run_one();
  }).join();
  EXPECT_THAT(adopted.replies, ElementsAre("first", "second"));
}

Task<void> wait_for_a_users_timer(asio::steady_timer& timer, bool& begun, bool& went_on) {
  begun = true;
  co_await timer.async_wait(use_task);
  went_on = true;
}

TEST(AdoptedContext, UnwindsATaskOutOfATimerWhenItIsStopped) {
  asio::io_context context;
  Log log;
  Runtime runtime(adopt(context, log.sink()));
  asio::steady_timer timer(context, 24h);
  std::stop_source stop;
  bool begun = false;
  bool went_on = false;
  runtime.spawn(wait_for_a_users_timer(timer, begun, went_on), stop.get_token());
  asio::post(context, [&] { stop.request_stop(); });
  context.run_for(kLongEnough);
  EXPECT_TRUE(context.stopped());
  EXPECT_TRUE(begun);
  EXPECT_FALSE(went_on);
  EXPECT_THAT(log.seen(), IsEmpty());
}

TEST(AdoptedContext, AbandonsATaskWhoseTimerNobodyRunsAnyMore) {
  asio::io_context context;
  Log log;
  asio::steady_timer timer(context, 24h);
  bool begun = false;
  bool went_on = false;
  {
    const LeakingOnPurpose leaking;
    Runtime runtime(adopt(context, log.sink()));
    runtime.spawn(wait_for_a_users_timer(timer, begun, went_on));
    while (!begun) context.run_one();
  }
  EXPECT_THAT(log.seen(), ElementsAre(HasSubstr("abandoned")));
  context.run_for(kLongEnough);
  EXPECT_TRUE(context.stopped());
  EXPECT_FALSE(went_on);
}

Task<void> work_in(Pool& pool, std::promise<void>& begun, std::shared_future<void> release) {
  auto work = [&] {
    begun.set_value();
    release.wait();
  };
  co_await on(pool, work);
}

TEST(AdoptedContext, IsKeptAtWorkByAFunctionInAPoolThatTheRuntimesEndWaitsFor) {
  asio::io_context context;
  Log log;
  Pool pool(1);
  std::promise<void> begun;
  std::promise<void> release;
  {
    Runtime runtime(adopt(context, log.sink()));
    runtime.spawn(work_in(pool, begun, release.get_future().share()));
    context.poll();
    outcome(begun.get_future());
    EXPECT_FALSE(context.stopped());
    release.set_value();
  }
  EXPECT_THAT(log.seen(), IsEmpty());
}

Task<Result<Text>> say_from_the_pool(Pool& pool, std::stop_token stop, const Text& words,
                                     std::atomic<bool>& asking, std::promise<void>& gone) {
  const Witness witness(gone);
  auto ask = [stop, &asking] {
    asking = true;
    while (!stop.stop_requested()) std::this_thread::yield();
    for (int i = 0; i < 2000; ++i) std::this_thread::yield();
    asking = false;
  };
  co_await on(pool, ask);
  co_return words;
}

TEST(AdoptedContext, WaitsForWhatAHandlerRunsInAPoolWhenNobodyRunsItAnyMore) {
  Adopted adopted;
  Pool pool(1);
  std::atomic<bool> asking{false};
  std::promise<void> gone;
  adopted.service.on_say = [&](ServerContext& context, const Text& request) {
    return say_from_the_pool(pool, context.stop_token(), request, asking, gone);
  };
  asio::post(adopted.context, [&] { adopted.say("a question"); });
  while (!asking) adopted.context.poll();
  adopted.channel.reset();
  adopted.server.reset();
  EXPECT_FALSE(asking);
  EXPECT_EQ(gone.get_future().wait_for(0s), std::future_status::ready);
  EXPECT_THAT(adopted.log.seen(), IsEmpty());
}

TEST(AdoptedContext, EndsWithATaskThatComesBackFromAPoolOnTheThreadThatRunsIt) {
  asio::io_context context;
  Log log;
  Pool pool(1);
  const Runner runner(context);
  // Each end is a race between the thread that runs the context and this one.
  for (int i = 0; i < 20; ++i) {
    std::promise<void> begun;
    std::promise<void> release;
    Runtime runtime(adopt(context, log.sink()));
    runtime.spawn(work_in(pool, begun, release.get_future().share()));
    outcome(begun.get_future());
    release.set_value();
  }
  EXPECT_THAT(log.seen(), IsEmpty());
}

TEST(AdoptedContext, IsNotForServerRun) {
  Log log;
  SpeechService service;
  asio::io_context context;
  Runtime runtime(adopt(context, log.sink()));
  Server server(runtime, "127.0.0.1:0");
  server.add(service);
  testing::internal::CaptureStderr();
  EXPECT_EQ(server.run(), 1);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("use start"));
}

Task<void> hold_the_thread(std::promise<void>& held, std::shared_future<void> release) {
  held.set_value();
  release.wait();
  co_return;
}

void run_on_two_threads() {
  asio::io_context context;
  Runtime runtime(adopt(context));
  std::promise<void> held;
  std::promise<void> release;
  runtime.spawn(hold_the_thread(held, release.get_future().share()));
  std::jthread first([&] { context.run(); });
  held.get_future().wait();
  bool noted = false;
  runtime.spawn(note(noted));
  context.poll();
  release.set_value();
}

TEST(AdoptedContextDeathTest, EndsTheProcessWithALineWhenTwoThreadsRunIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_on_two_threads(), "two threads run the io_context that farcall has adopted");
}

}  // namespace
}  // namespace farcall::bridge_test
