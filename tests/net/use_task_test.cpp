// Asio's operations awaited in tasks and handlers.

#include "speech.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>
#include <farcall/asio.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/dispatch.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/local/connect_pair.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

namespace farcall::bridge_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr auto kNever = 24h;

/// An operation that ends when the test says so, and does not heed cancellation.
class Stubborn {
 public:
  template <class Token>
  auto async_wait(Token&& token) {
    auto initiation = [this](auto handler) {
      auto kept = std::make_shared<decltype(handler)>(std::move(handler));
      end = [kept] { (*kept)(asio::error_code()); };
      begun.set_value();
    };
    return asio::async_initiate<Token, void(asio::error_code)>(std::move(initiation), token);
  }
  /// Drops the handler.
  template <class Token>
  auto async_vanish(Token&& token) {
    return asio::async_initiate<Token, void(asio::error_code)>([](auto) {}, token);
  }
  template <class Token>
  auto async_refuse(Token&& token) {
    return asio::async_initiate<Token, void(asio::error_code)>([](auto) { throw std::bad_alloc(); }, token);
  }

  std::promise<void> begun;
  std::function<void()> end;
};

Task<int> wait_for_a_timer() {
  asio::steady_timer timer(this_io_context(), 1ms);
  co_await timer.async_wait(use_task);
  co_return 7;
}

TEST(UseTask, AwaitsATimer) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(wait_for_a_timer()), 7);
}

using LocalSocket = asio::local::stream_protocol::socket;

Task<std::string> send_to_itself(std::string words) {
  LocalSocket left(this_io_context());
  LocalSocket right(this_io_context());
  asio::local::connect_pair(left, right);
  const std::size_t sent = co_await asio::async_write(left, asio::buffer(words), use_task);
  std::string received(sent, ' ');
  const std::size_t got = co_await asio::async_read(right, asio::buffer(received), use_task);
  received.resize(got);
  co_return received;
}

TEST(UseTask, ReadsAndWritesASocket) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(send_to_itself("over there")), "over there");
}

Task<std::size_t> read_from_the_departed() {
  LocalSocket left(this_io_context());
  LocalSocket right(this_io_context());
  asio::local::connect_pair(left, right);
  left.close();
  std::array<char, 8> into{};
  co_return co_await right.async_read_some(asio::buffer(into), use_task);
}

TEST(UseTask, ThrowsAnErrorCodeAsASystemError) {
  Log log;
  Runtime runtime(log.options());
  try {
    runtime.block_on(read_from_the_departed());
    FAIL();
  } catch (const asio::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::eof);
  }
}

Task<bool> read_without_exceptions() {
  LocalSocket left(this_io_context());
  LocalSocket right(this_io_context());
  asio::local::connect_pair(left, right);
  left.close();
  std::array<char, 8> into{};
  auto [error, size] = co_await right.async_read_some(asio::buffer(into), use_task_nothrow);
  asio::steady_timer timer(this_io_context(), 0ms);
  const asio::error_code none = co_await timer.async_wait(use_task_nothrow);
  co_return error == asio::error::eof&& size == 0 && !none;
}

TEST(UseTaskNothrow, GivesTheErrorCodeFirstOrAlone) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_TRUE(runtime.block_on(read_without_exceptions()));
}

Task<bool> read_as_tuple() {
  LocalSocket left(this_io_context());
  LocalSocket right(this_io_context());
  asio::local::connect_pair(left, right);
  left.close();
  std::array<char, 8> into{};
  auto [error, size] =
      co_await right.async_read_some(asio::buffer(into), asio::experimental::as_tuple(use_task));
  co_return error == asio::error::eof&& size == 0;
}

TEST(UseTask, IsATokenThatAsTupleTakes) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_TRUE(runtime.block_on(read_as_tuple()));
}

Task<int> use_the_default_token() {
  auto timer = use_task_t::as_default_on_t<asio::steady_timer>(this_io_context(), 0ms);
  co_await timer.async_wait();
  co_return 3;
}

TEST(UseTask, CanBeASocketsDefaultToken) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(use_the_default_token()), 3);
}

asio::awaitable<std::string> asios_own(std::string words) {
  asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
  co_await timer.async_wait(asio::use_awaitable);
  if (words.empty()) throw std::invalid_argument("no words");
  co_return words;
}

Task<std::string> await_asios_own(std::string words) {
  co_return co_await asio::co_spawn(this_io_context(), asios_own(words), use_task);
}

TEST(UseTask, AwaitsAWholeAwaitable) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(await_asios_own("hello")), "hello");
  EXPECT_THROW(runtime.block_on(await_asios_own("")), std::invalid_argument);
}

/// An io_context of the test's, run by a thread of the test's.
struct Elsewhere {
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::jthread thread{[this] { context.run(); }};
  ~Elsewhere() { work.reset(); }
};

Task<bool> go_elsewhere_and_back(asio::io_context& elsewhere) {
  const std::thread::id here = std::this_thread::get_id();
  asio::steady_timer timer(elsewhere, 1ms);
  co_await timer.async_wait(use_task);
  const bool back_from_the_timer = std::this_thread::get_id() == here;
  co_await asio::post(elsewhere, use_task);
  co_return back_from_the_timer&& std::this_thread::get_id() == here;
}

TEST(UseTask, ResumesOnTheTasksLoopWhereverTheOperationRuns) {
  Log log;
  Elsewhere elsewhere;
  Runtime runtime(log.options());
  EXPECT_TRUE(runtime.block_on(go_elsewhere_and_back(elsewhere.context)));
}

Task<int> complete_at_once() {
  for (int i = 0; i < 1000; ++i) co_await asio::dispatch(this_io_context(), use_task);
  co_return 1000;
}

TEST(UseTask, TakesACompletionFromInsideOfTheInitiation) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(complete_at_once()), 1000);
}

Task<asio::error_code> await_what_vanishes() {
  Stubborn stubborn;
  try {
    co_await stubborn.async_vanish(use_task);
  } catch (const asio::system_error& error) {
    co_return error.code();
  }
  co_return asio::error_code();
}

TEST(UseTask, ThrowsOperationAbortedWhenTheOperationIsDropped) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_EQ(runtime.block_on(await_what_vanishes()), asio::error::operation_aborted);
}

Task<void> await_what_cannot_begin() {
  Stubborn stubborn;
  co_await stubborn.async_refuse(use_task);
}

TEST(UseTask, ThrowsWhatTheInitiationThrew) {
  Log log;
  Runtime runtime(log.options());
  EXPECT_THROW(runtime.block_on(await_what_cannot_begin()), std::bad_alloc);
  EXPECT_EQ(runtime.block_on(wait_for_a_timer()), 7);
}

/// A coroutine of nobody's.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

Detached await_without_a_loop(asio::io_context& context, std::string& complaint) {
  asio::steady_timer timer(context, 0ms);
  try {
    co_await timer.async_wait(use_task);
  } catch (const std::logic_error& error) {
    complaint = error.what();
  }
}

TEST(UseTask, RefusesAThreadWithoutALoop) {
  asio::io_context context;
  std::string complaint;
  await_without_a_loop(context, complaint);
  EXPECT_THAT(complaint, HasSubstr("await it inside a Task"));
  EXPECT_THROW(static_cast<void>(this_io_context()), std::logic_error);
}

TEST(IoContextOf, GivesThatOfEachLoop) {
  Log log;
  Runtime runtime(log.options(2));
  EXPECT_NE(&io_context_of(runtime, 0), &io_context_of(runtime, 1));
  EXPECT_THROW(static_cast<void>(io_context_of(runtime, 2)), std::out_of_range);
}

TEST(IoContextOf, SurvivesAHandlerThatThrowsAndGoesOn) {
  Log log;
  Runtime runtime(log.options());
  asio::post(io_context_of(runtime), [] { throw std::runtime_error("a user's mistake"); });
  EXPECT_EQ(runtime.block_on(wait_for_a_timer()), 7);
  EXPECT_THAT(log.seen(), ElementsAre(HasSubstr("a user's mistake")));
}

Task<void> wait_for_ever(std::promise<void>& waits, std::promise<void>& gone, std::atomic<bool>& went_on) {
  const Witness witness(gone);
  asio::steady_timer timer(this_io_context(), kNever);
  waits.set_value();
  co_await timer.async_wait(use_task);
  went_on = true;
}

TEST(UseTask, IsUnwoundWhenItsTaskIsStopped) {
  Log log;
  Runtime runtime(log.options());
  std::promise<void> waits;
  std::promise<void> gone;
  std::atomic<bool> went_on{false};
  std::stop_source stop;
  runtime.spawn(wait_for_ever(waits, gone, went_on), stop.get_token());
  outcome(waits.get_future());
  stop.request_stop();
  outcome(gone.get_future());
  EXPECT_FALSE(went_on);
}

TEST(UseTask, IsUnwoundWhenTheRuntimeEnds) {
  Log log;
  std::promise<void> waits;
  std::promise<void> gone;
  std::atomic<bool> went_on{false};
  {
    Runtime runtime(log.options());
    runtime.spawn(wait_for_ever(waits, gone, went_on));
    outcome(waits.get_future());
  }
  outcome(gone.get_future());
  EXPECT_FALSE(went_on);
  EXPECT_THAT(log.seen(), IsEmpty());
}

Task<void> wait_elsewhere(asio::io_context& elsewhere, std::promise<void>& waits, std::promise<void>& gone) {
  const Witness witness(gone);
  asio::steady_timer timer(elsewhere, kNever);
  waits.set_value();
  co_await timer.async_wait(use_task);
}

TEST(UseTask, CancelsAnOperationOfAnotherContextThere) {
  Log log;
  Elsewhere elsewhere;
  Runtime runtime(log.options());
  std::promise<void> waits;
  std::promise<void> gone;
  std::stop_source stop;
  runtime.spawn(wait_elsewhere(elsewhere.context, waits, gone), stop.get_token());
  outcome(waits.get_future());
  stop.request_stop();
  outcome(gone.get_future());
}

Task<void> wait_stubbornly(Stubborn& stubborn, std::promise<void>& gone, std::atomic<bool>& went_on) {
  const Witness witness(gone);
  co_await stubborn.async_wait(use_task);
  went_on = true;
}

TEST(UseTask, StaysUntilAnOperationThatIgnoresCancellationEndsAndIsThenUnwound) {
  Log log;
  Runtime runtime(log.options());
  Stubborn stubborn;
  std::promise<void> gone;
  std::atomic<bool> went_on{false};
  std::stop_source stop;
  runtime.spawn(wait_stubbornly(stubborn, gone, went_on), stop.get_token());
  outcome(stubborn.begun.get_future());
  stop.request_stop();
  std::future<void> is_gone = gone.get_future();
  EXPECT_EQ(runtime.block_on(wait_for_a_timer()), 7);  // the request has arrived
  EXPECT_EQ(is_gone.wait_for(0s), std::future_status::timeout);
  stubborn.end();
  outcome(std::move(is_gone));
  EXPECT_FALSE(went_on);
}

TEST(UseTask, IsAbandonedWithTheRuntimeWhenItsOperationNeverEnds) {
  Log log;
  Stubborn stubborn;
  auto gone = std::make_unique<std::promise<void>>();
  std::atomic<bool> went_on{false};
  {
    Runtime runtime(log.options());
    runtime.spawn(wait_stubbornly(stubborn, *gone, went_on));
    outcome(stubborn.begun.get_future());
  }
  EXPECT_THAT(log.seen(), ElementsAre(HasSubstr("abandoned")));
  stubborn.end();  // finds nobody
  EXPECT_FALSE(went_on);
}

Task<void> stop_then_wait(std::stop_source stop, Stubborn& stubborn, std::promise<void>& gone) {
  const Witness witness(gone);
  stop.request_stop();
  co_await wait_for_a_timer();  // told meanwhile
  co_await stubborn.async_wait(use_task);
}

TEST(UseTask, DoesNotBeginWhatIsAwaitedAfterTheCancellation) {
  Log log;
  Runtime runtime(log.options());
  Stubborn stubborn;
  std::promise<void> gone;
  const std::stop_source stop;
  runtime.spawn(stop_then_wait(stop, stubborn, gone), stop.get_token());
  outcome(gone.get_future());
  EXPECT_FALSE(stubborn.end);
}

// ---- Side by side

Task<void> note_and_return(bool& noted) {
  noted = true;
  co_await wait_for_a_timer();
}

Task<bool> race(std::promise<void>& waits, std::promise<void>& gone, std::atomic<bool>& went_on) {
  bool noted = false;
  co_await any(note_and_return(noted), wait_for_ever(waits, gone, went_on));
  co_return noted&& gone.get_future().wait_for(0s) == std::future_status::ready;
}

TEST(UseTask, IsUnwoundInABranchThatLosesARace) {
  Log log;
  Runtime runtime(log.options());
  std::promise<void> waits;
  std::promise<void> gone;
  std::atomic<bool> went_on{false};
  EXPECT_TRUE(runtime.block_on(race(waits, gone, went_on)));
  EXPECT_FALSE(went_on);
}

Task<void> wait_twice(std::promise<void>& waits, std::promise<void>& gone, std::promise<void>& waits_too,
                      std::promise<void>& gone_too, std::atomic<bool>& went_on) {
  co_await all(wait_for_ever(waits, gone, went_on), wait_for_ever(waits_too, gone_too, went_on));
}

TEST(UseTask, IsUnwoundInEveryBranchWhenTheTreeIsCancelled) {
  Log log;
  Runtime runtime(log.options());
  std::promise<void> waits;
  std::promise<void> gone;
  std::promise<void> waits_too;
  std::promise<void> gone_too;
  std::atomic<bool> went_on{false};
  std::stop_source stop;
  runtime.spawn(wait_twice(waits, gone, waits_too, gone_too, went_on), stop.get_token());
  outcome(waits_too.get_future());
  stop.request_stop();
  outcome(gone.get_future());
  outcome(gone_too.get_future());
  EXPECT_FALSE(went_on);
}

// ---- In handlers

Task<Result<Text>> answer_over_a_socket(const Text& request) {
  std::string words = co_await send_to_itself(request.value());
  co_await wait_for_a_timer();
  co_return text(words);
}

TEST(Handler, AwaitsTimersAndSocketsOfAsios) {
  Handling handling;
  handling.service.on_say = [](ServerContext&, const Text& request) { return answer_over_a_socket(request); };
  Speech::Client client(*handling.channel);
  const Result<Text> reply = client.say(text("by socket")).get();
  ASSERT_TRUE(reply.ok()) << to_string(reply.status());
  EXPECT_EQ(reply->value(), "by socket");
}

Task<Result<Text>> never_answer(std::promise<void>& waits, std::promise<void>& gone,
                                std::atomic<bool>& went_on) {
  co_await wait_for_ever(waits, gone, went_on);
  co_return text("late");
}

TEST(Handler, IsUnwoundOutOfATimerWhenItsClientGivesUp) {
  Handling handling;
  std::promise<void> waits;
  std::promise<void> gone;
  std::atomic<bool> went_on{false};
  handling.service.on_say = [&](ServerContext&, const Text&) { return never_answer(waits, gone, went_on); };
  Speech::Client client(*handling.channel);
  client.say(text("hello")).then([](Result<Text>) {});
  outcome(waits.get_future());
  handling.channel.reset();
  outcome(gone.get_future());
  EXPECT_FALSE(went_on);
}

TEST(Handler, IsUnwoundOutOfATimerWhenItsServerShutsDown) {
  Handling handling;
  std::promise<void> waits;
  std::promise<void> gone;
  std::atomic<bool> went_on{false};
  handling.service.on_say = [&](ServerContext&, const Text&) { return never_answer(waits, gone, went_on); };
  Speech::Client client(*handling.channel);
  client.say(text("hello")).then([](Result<Text>) {});
  outcome(waits.get_future());
  handling.server.shutdown();
  outcome(gone.get_future());
  EXPECT_FALSE(went_on);
  EXPECT_THAT(handling.log.seen(), IsEmpty());
}

}  // namespace
}  // namespace farcall::bridge_test
