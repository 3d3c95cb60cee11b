// Handlers that call another server: what reaches that of the deadline and the cancellation of the first
// call, and what becomes of calls and channels that end inside or after a handler.

#include "relay.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>
#include <farcall/server.hpp>
#include <farcall/sleep.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::end_to_end_tests {
namespace {

using namespace std::chrono_literals;
using end_to_end_test::Relay;
using end_to_end_test::Words;
using TimePoint = std::chrono::steady_clock::time_point;

Words words(std::string_view text) {
  Words message;
  message.set_text(std::string(text));
  return message;
}

/// What has been begun must end: 20 seconds, then the test fails.
template <class T>
T outcome(std::future<T> future) {
  if (future.wait_for(20s) != std::future_status::ready) throw std::runtime_error("nothing has come in 20 s");
  return future.get();
}
template <class T>
std::future<T> begin(Op<T> op) {
  auto promise = std::make_shared<std::promise<T>>();
  std::future<T> future = promise->get_future();
  op.then([promise](T value) { promise->set_value(std::move(value)); });
  return future;
}
bool acquired(std::binary_semaphore& semaphore) {
  return semaphore.try_acquire_for(20s);
}

/// Says so when it goes.
class Departure {
 public:
  explicit Departure(std::binary_semaphore& gone) : gone_(gone) {}
  Departure(const Departure&) = delete;
  Departure& operator=(const Departure&) = delete;
  ~Departure() { gone_.release(); }

 private:
  std::binary_semaphore& gone_;
};

/// The server at the end: echoes, or holds a call until it is cancelled.
class Last final : public Relay::Service {
 public:
  Task<Result<Words>> forward(ServerContext& context, const Words& request) override {
    ++calls;
    deadline = context.deadline();
    if (request.text() != "hold") co_return request;
    Departure departure(unwound);
    arrived.release();
    co_await sleep(1h);
    co_return request;
  }
  Task<Status> chat(ServerContext&, ServerStream<Words, Words>& stream) override {
    while (std::optional<Words> word = co_await stream.read()) co_await stream.write(*word);
    co_return Status();
  }

  std::atomic<int> calls{0};
  std::optional<TimePoint> deadline;
  std::binary_semaphore arrived{0};
  std::binary_semaphore unwound{0};
};

/// The server in the middle; what its handlers do is up to the test.
class Middle final : public Relay::Service {
 public:
  using Forward = std::function<Task<Result<Words>>(ServerContext&, const Words&)>;
  explicit Middle(Forward handler) : forward_(std::move(handler)) {}

  Task<Result<Words>> forward(ServerContext& context, const Words& request) override {
    return forward_(context, request);
  }
  Task<Status> chat(ServerContext&, ServerStream<Words, Words>&) override {
    co_return Status::unimplemented("");
  }

 private:
  Forward forward_;
};

class BlockingMiddle final : public Relay::BlockingService {
 public:
  explicit BlockingMiddle(Channel& channel) : last_(channel) {}
  Result<Words> forward(ServerContext& context, const Words& request) override {
    const Result<Words> answer = last_.forward(request, CallOptions().parent(context)).get();
    status.set_value(answer.status());
    return answer;
  }
  Status chat(ServerContext&, BlockingStream<Words, Words>&) override { return Status::unimplemented(""); }

  std::promise<Status> status;

 private:
  Relay::Client last_;
};

/// A server on loopback, with all of its service on it.
class Running {
 public:
  Running(Runtime& runtime, codegen::ServiceBase& service) : server_(runtime, "127.0.0.1:0") {
    server_.add(service);
    if (const Status started = server_.start(); !started.ok()) throw StatusError(started);
  }
  [[nodiscard]] std::string target() const { return server_.addresses().front(); }

 private:
  Server server_;
};

RuntimeOptions two_loops() {
  RuntimeOptions options;
  options.loops = 2;
  return options;
}

class EndToEnd : public ::testing::Test {
 protected:
  Runtime runtime{two_loops()};
  Last last;
  Running last_server{runtime, last};
};

Task<Result<Words>> forwards(Channel& channel, ServerContext& context, const Words& request) {
  Relay::Client client(channel);
  CallOptions options = CallOptions().parent(context);
  if (request.text() == "hurry") options.timeout(1min);
  co_return co_await client.forward(request, std::move(options));
}

TEST_F(EndToEnd, TheDeadlineOfACallReachesTheServerBehind) {
  Channel inner(runtime, last_server.target());
  Middle middle(
      [&](ServerContext& context, const Words& request) { return forwards(inner, context, request); });
  Running middle_server(runtime, middle);
  Channel outer(middle_server.target());
  Relay::Client client(outer);

  EXPECT_EQ(client.forward(words("no deadline")).get()->text(), "no deadline");
  EXPECT_FALSE(last.deadline);
  EXPECT_TRUE(client.forward(words("hello"), within(2h)).get().ok());
  ASSERT_TRUE(last.deadline);
  EXPECT_LT(*last.deadline, std::chrono::steady_clock::now() + 3h);
  EXPECT_TRUE(client.forward(words("hurry"), within(2h)).get().ok());
  ASSERT_TRUE(last.deadline);
  EXPECT_LT(*last.deadline, std::chrono::steady_clock::now() + 1h) << "the earlier one counts";
  EXPECT_TRUE(client.forward(words("hurry")).get().ok());
  EXPECT_TRUE(last.deadline);
}

TEST_F(EndToEnd, ACancelledCallCancelsTheOneThatABlockingHandlerWaitsFor) {
  Channel inner(runtime, last_server.target());
  BlockingMiddle middle(inner);
  Running middle_server(runtime, middle);
  auto outer = std::make_unique<Channel>(middle_server.target());
  Relay::Client client(*outer);
  std::future<Result<Words>> answer = begin(client.forward(words("hold")));
  ASSERT_TRUE(acquired(last.arrived));
  outer.reset();
  EXPECT_EQ(outcome(std::move(answer)).status().code(), StatusCode::cancelled);
  EXPECT_EQ(outcome(middle.status.get_future()).code(), StatusCode::cancelled);
  EXPECT_TRUE(acquired(last.unwound)) << "the last server was told";
}

/// Leaves a call behind, which nobody awaits, and asks for another one when it is cancelled.
Task<Result<Words>> leaves_calls_behind(Channel& channel, ServerContext& context,
                                        std::promise<Status>& of_the_first,
                                        std::promise<Status>& of_the_second) {
  Relay::Client client(channel);
  client.forward(words("hold"), CallOptions().parent(context)).then([&of_the_first](Result<Words> answer) {
    of_the_first.set_value(answer.status());
  });
  context.on_cancelled([&channel, &context, &of_the_second] {
    Relay::Client(channel)
        .forward(words("too late"), CallOptions().parent(context))
        .then([&of_the_second](Result<Words> answer) { of_the_second.set_value(answer.status()); });
  });
  co_await sleep(1h);
  co_return words("slept well");
}

TEST_F(EndToEnd, ACancelledCallCancelsTheCallsThatItsHandlerLeftBehindOrBeginsNow) {
  Channel inner(runtime, last_server.target());
  std::promise<Status> first;
  std::promise<Status> second;
  Middle middle([&](ServerContext& context, const Words&) {
    return leaves_calls_behind(inner, context, first, second);
  });
  Running middle_server(runtime, middle);
  auto outer = std::make_unique<Channel>(middle_server.target());
  Relay::Client client(*outer);
  std::future<Result<Words>> answer = begin(client.forward(words("hello")));
  ASSERT_TRUE(acquired(last.arrived));
  outer.reset();
  EXPECT_EQ(outcome(std::move(answer)).status().code(), StatusCode::cancelled);
  EXPECT_EQ(outcome(first.get_future()).code(), StatusCode::cancelled);
  EXPECT_EQ(outcome(second.get_future()).code(), StatusCode::cancelled);
  EXPECT_TRUE(acquired(last.unwound));
  EXPECT_EQ(last.calls, 1);
}

using Conversation = ClientStream<Words, Words>;

Task<Result<Words>> opens(Channel& channel, ServerContext& context, std::optional<Conversation>& into) {
  Relay::Client client(channel);
  into.emplace(client.chat(CallOptions().parent(context)));
  co_return words("opened");
}

TEST_F(EndToEnd, ACallThatOutlivesTheHandlerGoesOn) {
  Channel inner(runtime, last_server.target());
  std::optional<Conversation> conversation;
  Middle middle([&](ServerContext& context, const Words&) { return opens(inner, context, conversation); });
  Running middle_server(runtime, middle);
  {
    Channel outer(middle_server.target());
    Relay::Client client(outer);
    EXPECT_EQ(client.forward(words("open"), within(1h)).get()->text(), "opened");
  }
  EXPECT_EQ(conversation->write(words("still there?")).get(), WriteResult::accepted);
  EXPECT_EQ(conversation->read().get()->text(), "still there?");
  conversation->close_send().get();
  EXPECT_TRUE(conversation->finish().get().ok());
}

/// Destroys the channel that its calls, held by the last server, are on.
Task<Result<Words>> destroys(std::unique_ptr<Channel>& channel, std::binary_semaphore& arrived,
                             std::atomic<int>& ended, std::vector<std::promise<Status>>& statuses) {
  Relay::Client client(*channel);
  for (std::promise<Status>& status : statuses) {
    client.forward(words("hold")).then([&ended, &status](Result<Words> answer) {
      ++ended;
      status.set_value(answer.status());
    });
  }
  // Without blocking the loop until the last server has one of them.
  while (!arrived.try_acquire()) co_await sleep(1ms);
  channel.reset();
  Result<Words> later = co_await client.forward(words("on a channel that has gone"));
  co_return words(later.status().code() == StatusCode::cancelled ? "cancelled" : "alive");
}

TEST_F(EndToEnd, AHandlerMayDestroyAChannelWithItsCallsUnderWay) {
  for (const bool same_runtime : {true, false}) {
    Runtime other{two_loops()};
    for (const bool for_each_loop : {true, false}) {
      ChannelOptions options;
      options.connection_per_loop = for_each_loop;
      auto inner = std::make_unique<Channel>(same_runtime ? runtime : other, last_server.target(), options);
      std::atomic<int> ended{0};
      std::vector<std::promise<Status>> statuses(1);
      Middle middle(
          [&](ServerContext&, const Words&) { return destroys(inner, last.arrived, ended, statuses); });
      Running middle_server(runtime, middle);
      Channel outer(middle_server.target());
      Relay::Client client(outer);
      const Result<Words> answer = outcome(begin(client.forward(words("go"))));
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->text(), "cancelled");
      for (std::promise<Status>& status : statuses)
        EXPECT_EQ(outcome(status.get_future()).code(), StatusCode::cancelled);
      EXPECT_EQ(ended, 1);
      EXPECT_TRUE(acquired(last.unwound));
    }
  }
}

/// Its channel goes with it, wherever it is.
Task<Result<Words>> owns_its_channel(Runtime& runtime, std::string target) {
  Channel channel(runtime, target);
  Relay::Client client(channel);
  co_return co_await client.forward(words("hold"));
}

TEST_F(EndToEnd, AHandlerIsUnwoundWithTheChannelAndTheCallThatItOwns) {
  const std::string target = last_server.target();
  Middle middle([&](ServerContext&, const Words&) { return owns_its_channel(runtime, target); });
  Running middle_server(runtime, middle);
  for (int i = 0; i < 4; ++i) {
    auto outer = std::make_unique<Channel>(middle_server.target());
    Relay::Client client(*outer);
    std::future<Result<Words>> answer = begin(client.forward(words("go")));
    ASSERT_TRUE(acquired(last.arrived));
    outer.reset();
    EXPECT_EQ(outcome(std::move(answer)).status().code(), StatusCode::cancelled);
    EXPECT_TRUE(acquired(last.unwound));
  }
}

}  // namespace
}  // namespace farcall::end_to_end_tests
