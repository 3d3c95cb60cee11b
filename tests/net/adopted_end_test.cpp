// How servers, channels and runtimes end on an io_context that the test runs, or does not run any more.

#include "adopted_fixture.hpp"
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
#include <utility>

namespace farcall::bridge_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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

/// Runs the context, and stops it in the middle of `end`, which waits for it.
void end_while_it_stops(asio::io_context& context, Runtime& runtime, const std::function<void()>& end) {
  const auto work = asio::make_work_guard(context);
  std::thread runner([&context] { context.run(); });
  runtime.block_on(passes_by());
  std::promise<void> held;
  std::atomic<bool> ends{false};
  asio::post(context, [&] {
    held.set_value();
    while (!ends) std::this_thread::yield();
    // So that the other thread has most probably found that the context is run. It is no failure if not.
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    context.stop();
  });
  held.get_future().wait();
  ends = true;
  end();
  runner.join();
}

TEST(AdoptedContext, ClosesAChannelAlsoWhenItIsStoppedMeanwhile) {
  asio::io_context context;
  Runtime runtime(adopt(context));
  std::optional<Channel> channel(std::in_place, runtime, "127.0.0.1:1");
  end_while_it_stops(context, runtime, [&] { channel.reset(); });
}

TEST(AdoptedContext, EndsAServerAlsoWhenItIsStoppedMeanwhile) {
  Adopted adopted;
  end_while_it_stops(adopted.context, *adopted.runtime, [&] { adopted.server.reset(); });
}

TEST(AdoptedContext, EndsARuntimeAlsoWhenItIsStoppedMeanwhile) {
  asio::io_context context;
  std::optional<Runtime> runtime(std::in_place, adopt(context));
  end_while_it_stops(context, *runtime, [&] { runtime.reset(); });
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

}  // namespace
}  // namespace farcall::bridge_test
