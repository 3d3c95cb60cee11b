// farcall's operations with Asio's completion tokens.

#include "speech.hpp"

#include <farcall/asio.hpp>
#include <farcall/sleep.hpp>

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>

namespace farcall::bridge_test {
namespace {

using namespace std::chrono_literals;

std::string shown(const Result<Text>& reply) {
  return reply.ok() ? reply->value() : to_string(reply.status());
}

TEST(AsyncStart, CallsACallback) {
  Handling handling;
  Speech::Client client(*handling.channel);
  std::promise<std::string> told;
  async_start(client.say(text("hello")), [&](Result<Text> reply) { told.set_value(shown(reply)); });
  EXPECT_EQ(outcome(told.get_future()), "hello");
}

TEST(AsyncStart, TakesAMoveOnlyCallback) {
  Handling handling;
  Speech::Client client(*handling.channel);
  std::promise<std::string> told;
  async_start(client.say(text("hello")), [&told, owned = std::make_unique<int>(1)](Result<Text> reply) {
    told.set_value(shown(reply));
  });
  EXPECT_EQ(outcome(told.get_future()), "hello");
}

TEST(AsyncStart, GivesAFuture) {
  Handling handling;
  Speech::Client client(*handling.channel);
  std::future<Result<Text>> reply = async_start(client.say(text("later")), asio::use_future);
  EXPECT_EQ(shown(outcome(std::move(reply))), "later");
}

asio::awaitable<std::string> call_and_read(Speech::Client& client) {
  Result<Text> reply = co_await async_start(client.say(text("one")), asio::use_awaitable);
  std::string all = shown(reply);
  ClientReader<Text> letters = client.recite(text("two"));
  for (;;) {
    std::optional<Text> letter = co_await async_start(letters.read(), asio::use_awaitable);
    if (!letter) break;
    all += '-' + letter->value();
  }
  const Status status = co_await async_start(letters.finish(), asio::use_awaitable);
  co_return all + ' ' + to_string(status);
}

TEST(AsyncStart, IsAwaitedInAnAsioCoroutineWhoseContextItKeepsAtWork) {
  asio::io_context context;
  Handling handling;
  Speech::Client client(*handling.channel);
  std::future<std::string> all = asio::co_spawn(context, call_and_read(client), asio::use_future);
  context.run();
  EXPECT_EQ(outcome(std::move(all)), "one-t-w-o " + to_string(Status()));
}

TEST(AsyncStart, CallsABoundHandlerOnItsExecutorAndKeepsThatAtWork) {
  asio::io_context context;
  Handling handling;
  Speech::Client client(*handling.channel);
  auto strand = asio::make_strand(context);
  std::thread::id ran_on;
  bool in_strand = false;
  async_start(client.say(text("hello")), asio::bind_executor(strand, [&](Result<Text>) {
                ran_on = std::this_thread::get_id();
                in_strand = strand.running_in_this_thread();
              }));
  context.run();
  EXPECT_EQ(ran_on, std::this_thread::get_id());
  EXPECT_TRUE(in_strand);
}

TEST(AsyncStart, TakesAnOperationThatIsReady) {
  bool told = false;
  async_start(Op<Result<Text>>::ready(text("mocked")),
              [&](Result<Text> reply) { told = shown(reply) == "mocked"; });
  EXPECT_TRUE(told);
  asio::io_context context;
  told = false;
  async_start(Op<Result<Text>>::ready(text("mocked")),
              asio::bind_executor(context, [&](Result<Text>) { told = true; }));
  EXPECT_FALSE(told);
  context.run();
  EXPECT_TRUE(told);
}

TEST(AsyncStart, RefusesAnOperationThatWasUsed) {
  Op<Result<Text>> used = Op<Result<Text>>::ready(text("once"));
  static_cast<void>(used.get());
  EXPECT_THROW(async_start(std::move(used), [](Result<Text>) {}), std::logic_error);
}

TEST(AsyncStart, TellsACallWhoseChannelIsGone) {
  Handling handling;
  Speech::Client client(*handling.channel);
  Op<Result<Text>> op = client.say(text("hello"));
  handling.channel.reset();
  std::promise<std::string> told;
  async_start(std::move(op), [&](Result<Text> reply) { told.set_value(shown(reply)); });
  EXPECT_EQ(outcome(told.get_future()), to_string(Status::cancelled("the channel was destroyed")));
}

Task<Result<Text>> never_answer(std::promise<void>& waits, std::promise<void>& gone) {
  const Witness witness(gone);
  waits.set_value();
  co_await sleep(24h);
  co_return text("late");
}

TEST(AsyncStart, CancelsAUnaryCallThroughTheHandlersSlot) {
  Handling handling;
  std::promise<void> waits;
  std::promise<void> gone;
  handling.service.on_say = [&](ServerContext&, const Text&) { return never_answer(waits, gone); };
  Speech::Client client(*handling.channel);
  asio::cancellation_signal signal;
  std::promise<Status> told;
  async_start(client.say(text("hello")), asio::bind_cancellation_slot(signal.slot(), [&](Result<Text> reply) {
                told.set_value(reply.status());
              }));
  outcome(waits.get_future());
  signal.emit(asio::cancellation_type::total);
  EXPECT_EQ(outcome(told.get_future()).code(), StatusCode::cancelled);
  outcome(gone.get_future());
  signal.emit(asio::cancellation_type::total);  // finds nothing
}

Task<int> add(int a, int b) {
  co_await sleep(1ms);
  if (a == 0) throw std::invalid_argument("nothing to add to");
  co_return a + b;
}

Task<void> note(std::atomic<bool>& noted) {
  co_await sleep(1ms);
  noted = true;
}

TEST(AsyncStart, RunsATaskAndGivesItsValueOrException) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(outcome(async_start(runtime, add(1, 2), asio::use_future)), 3);
  EXPECT_THROW(outcome(async_start(runtime, add(0, 2), asio::use_future)), std::invalid_argument);
  std::atomic<bool> noted{false};
  outcome(async_start(runtime, note(noted), asio::use_future));
  EXPECT_TRUE(noted);
}

Task<Result<Text>> throw_at_once() {
  throw std::invalid_argument("no");
  co_return text("never");
}

TEST(AsyncStart, GivesAStatusBesideTheExceptionWhereThereIsNoDefault) {
  Log log;
  Runtime runtime(log.options());
  std::promise<std::pair<bool, StatusCode>> told;
  async_start(runtime, throw_at_once(), [&](std::exception_ptr thrown, Result<Text> result) {
    told.set_value({thrown != nullptr, result.status().code()});
  });
  EXPECT_EQ(outcome(told.get_future()), std::pair(true, StatusCode::unknown));
}

asio::awaitable<int> add_twice(Runtime& runtime) {
  const int once = co_await async_start(runtime, add(1, 2), asio::use_awaitable);
  co_return co_await async_start(runtime, add(once, 3), asio::use_awaitable);
}

TEST(AsyncStart, RunsATaskForAnAsioCoroutine) {
  asio::io_context context;
  Log log;
  Runtime runtime(log.options());
  std::future<int> sum = asio::co_spawn(context, add_twice(runtime), asio::use_future);
  context.run();
  EXPECT_EQ(outcome(std::move(sum)), 6);
}

Task<int> wait_for_ever(std::promise<void>& waits) {
  waits.set_value();
  co_await sleep(24h);
  co_return 1;
}

TEST(AsyncStart, StopsATaskThroughTheHandlersSlot) {
  Log log;
  Runtime runtime(log.options());
  std::promise<void> waits;
  std::promise<asio::error_code> told;
  asio::cancellation_signal signal;
  // Looked at where it is given: that the exception's own count of owners is atomic, a thread sanitizer
  // cannot see.
  const auto handler = [&](const std::exception_ptr& thrown, int) {
    try {
      if (thrown) std::rethrow_exception(thrown);
      told.set_value(asio::error_code());
    } catch (const asio::system_error& error) {
      told.set_value(error.code());
    }
  };
  async_start(runtime, wait_for_ever(waits), asio::bind_cancellation_slot(signal.slot(), handler));
  outcome(waits.get_future());
  signal.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(outcome(told.get_future()), asio::error::operation_aborted);
}

TEST(AsyncStart, TellsThatTheRuntimeEndedBeforeTheTask) {
  Log log;
  std::promise<void> waits;
  std::promise<bool> told;
  {
    Runtime runtime(log.options());
    async_start(runtime, wait_for_ever(waits),
                [&](std::exception_ptr thrown, int) { told.set_value(thrown != nullptr); });
    outcome(waits.get_future());
  }
  EXPECT_TRUE(outcome(told.get_future()));
}

}  // namespace
}  // namespace farcall::bridge_test
