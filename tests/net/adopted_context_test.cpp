// Servers and channels on an io_context that the test runs.

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
#include <vector>

namespace farcall::bridge_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

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
