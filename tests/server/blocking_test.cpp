// Handlers that are plain functions: on pool threads, or inline.

#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <semaphore>
#include <stdexcept>
#include <string>
#include <thread>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using namespace std::chrono_literals;

class BlockingService : public codegen::ServiceBase {
 public:
  virtual Result<Text> echo(ServerContext& context, const Text& request) {
    ++begun;
    thread = std::this_thread::get_id();
    context.add_trailing_metadata("x-seen", std::to_string(context.metadata().size()));
    if (request.value() == "throw") throw std::runtime_error("secret");
    if (request.value() == "refuse") return Status::not_found("nothing");
    ++ended;
    return request;
  }
  virtual Result<Text> hold(ServerContext& context, const Text& request) {
    ++begun;
    context.on_cancelled([this] { ++cancel_callbacks; });
    held.release();
    let_go.acquire();
    saw_cancelled = context.cancelled() && context.stop_token().stop_requested();
    ++ended;
    return request;
  }
  virtual Status count(ServerContext&, const Text& request, BlockingWriter<Text>& replies) {
    const int limit = std::stoi(request.value());
    for (int i = 0; i < limit; ++i) {
      replies.write(text(std::to_string(i)));
      ++written;
    }
    return Status();
  }
  virtual Result<Text> join(ServerContext&, BlockingReader<Text>& requests) {
    std::string all;
    while (auto request = requests.read()) all.append(request->value()).append(";");
    return text(all);
  }
  virtual Status chat(ServerContext& context, BlockingStream<Text, Text>& stream) {
    ++begun;
    context.add_initial_metadata("x-hello", "you");
    stream.send_initial_metadata();
    try {
      while (auto note = stream.read()) stream.write(text("re: " + note->value()));
    } catch (const CallCancelled&) {
      ++cancelled;
      throw;
    }
    ++ended;
    return Status();
  }
  virtual Status flood(ServerContext&, const Text&, BlockingWriter<Text>& replies) {
    try {
      for (;; ++written) replies.write(text(std::string(10'000, 'x')));
    } catch (const CallCancelled&) {
      ++cancelled;
      throw;
    }
  }

  [[nodiscard]] std::string_view service_name() const override { return "test.Blocking"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::blocking_unary<&BlockingService::echo>("/test.Coroutines/BlockingEcho"),
        codegen::blocking_unary<&BlockingService::hold>("/test.Coroutines/BlockingHold"),
        codegen::blocking_server_streaming<&BlockingService::count>("/test.Coroutines/BlockingCount"),
        codegen::blocking_server_streaming<&BlockingService::flood>("/test.Coroutines/BlockingFlood"),
        codegen::blocking_client_streaming<&BlockingService::join>("/test.Coroutines/BlockingJoin"),
        codegen::blocking_bidi_streaming<&BlockingService::chat>("/test.Coroutines/BlockingChat"),
    };
    return kMethods;
  }

  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::atomic<int> cancelled{0};
  std::atomic<int> written{0};
  std::atomic<int> cancel_callbacks{0};
  std::atomic<bool> saw_cancelled{false};
  std::counting_semaphore<> held{0};
  std::counting_semaphore<> let_go{0};
  std::atomic<std::thread::id> thread{};
};

class Blocking : public ::testing::Test {
 protected:
  explicit Blocking(ServerOptions options = ServerOptions()) : d(options) {
    d.add(service);
    d.start_pool(2);
  }
  void until_ended(Peer& peer, std::uint32_t stream) {
    d.until([&] { return peer.answer(stream).ended; });
  }

  BlockingService service;
  ServerDialogue d;
};

class BlockingInline : public Blocking {
 protected:
  BlockingInline() : Blocking(inline_options()) {}
  static ServerOptions inline_options() {
    ServerOptions options;
    options.blocking_inline = true;
    return options;
  }
};

TEST_F(Blocking, AUnaryHandlerRunsOnAPoolThread) {
  Peer& peer = d.connect();
  peer.says(call(1, "BlockingEcho").field("x-one", "1").data(1, message("hello")).end_stream());
  until_ended(peer, 1);
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("hello"));
  EXPECT_EQ(peer.answer(1).status(), "0");
  EXPECT_EQ(peer.answer(1).trailer("x-seen"), "1");
  EXPECT_NE(service.thread.load(), std::this_thread::get_id());
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST_F(Blocking, NoCallbackIsCalledOnceTheHandlerHasReturned) {
  Peer& peer = d.connect();
  peer.says(call(1, "BlockingHold").field("grpc-timeout", "1m").data(1, message("x")).end_stream());
  service.held.acquire();
  service.let_go.release();
  d.join_pool();
  EXPECT_EQ(service.ended, 1);
  d.after(1100us);  // the deadline comes before the loop has heard of the handler's end
  EXPECT_EQ(peer.answer(1).status(), "4");
  EXPECT_EQ(service.cancel_callbacks, 0) << "what it refers to may be gone";
  EXPECT_EQ(d.shard().calls_in_use(), 0u);
}

TEST_F(BlockingInline, AUnaryHandlerRunsOnTheLoop) {
  Peer& peer = d.connect();
  peer.says(unary(1, "BlockingEcho", "hello"));
  EXPECT_THAT(peer.answer(1).texts(), ElementsAre("hello"));
  EXPECT_EQ(service.thread.load(), std::this_thread::get_id());
  peer.says(unary(3, "BlockingCount", "3"));
  until_ended(peer, 3);
  EXPECT_THAT(peer.answer(3).texts(), ElementsAre("0", "1", "2"));
}

TEST_F(Blocking, ErrorsAndExceptionsArriveAsOfCoroutines) {
  Peer& peer = d.connect();
  peer.says(unary(1, "BlockingEcho", "refuse")).says(unary(3, "BlockingEcho", "throw"));
  until_ended(peer, 1);
  until_ended(peer, 3);
  EXPECT_EQ(peer.answer(1).status(), "5");
  EXPECT_EQ(peer.answer(3).status(), "2");
  EXPECT_EQ(d.log().size(), 1u);
}

TEST_F(Blocking, StreamsWorkInAllDirections) {
  Peer& peer = d.connect();
  peer.says(unary(1, "BlockingCount", "50"));
  peer.says(call(3, "BlockingJoin").data(3, message("a") + message("b")).data(3, message("c")).end_stream());
  peer.says(call(5, "BlockingChat").data(5, message("one")));
  d.until([&] { return peer.answer(5).texts().size() == 1; });
  EXPECT_EQ(peer.answer(5).header("x-hello"), "you");
  peer.says(frames().data(5, message("two")).end_stream());
  for (std::uint32_t stream : {1u, 3u, 5u}) until_ended(peer, stream);
  EXPECT_EQ(peer.answer(1).texts().size(), 50u);
  EXPECT_THAT(peer.answer(3).texts(), ElementsAre("a;b;c;"));
  EXPECT_THAT(peer.answer(5).texts(), ElementsAre("re: one", "re: two"));
  EXPECT_EQ(peer.answer(5).status(), "0");
}

TEST_F(Blocking, AHandlerThatNeverLooksRunsToItsEndAndIsThenForgotten) {
  Peer& peer = d.connect();
  peer.says(unary(1, "BlockingHold", "x"));
  service.held.acquire();
  peer.says(frames().reset(1, http2::ErrorCode::cancel));
  EXPECT_EQ(d.shard().calls_in_use(), 1u);
  service.let_go.release();
  d.until([&] { return d.shard().calls_in_use() == 0; });
  EXPECT_EQ(service.ended, 1);
  EXPECT_TRUE(service.saw_cancelled);
  EXPECT_TRUE(peer.answer(1).headers.empty());
}

TEST_F(Blocking, WhatIsCancelledBeforeAThreadIsFreeIsNotRun) {
  Peer& peer = d.connect();
  peer.says(unary(1, "BlockingHold", "x")).says(unary(3, "BlockingHold", "x"));
  service.held.acquire();
  service.held.acquire();
  peer.says(unary(5, "BlockingEcho", "x"));
  peer.says(frames().reset(5, http2::ErrorCode::cancel));
  service.let_go.release(2);
  until_ended(peer, 1);
  until_ended(peer, 3);
  d.until([&] { return d.shard().calls_in_use() == 0; });
  EXPECT_EQ(service.begun, 2);
}

TEST_F(Blocking, ACancelledReaderThrowsCallCancelled) {
  Peer& peer = d.connect();
  peer.says(call(1, "BlockingChat"));
  d.until([&] { return !peer.answer(1).headers.empty(); });
  peer.says(frames().reset(1, http2::ErrorCode::cancel));
  d.until([&] { return d.shard().calls_in_use() == 0; });
  EXPECT_EQ(service.cancelled, 1);
  EXPECT_EQ(service.ended, 0);
  EXPECT_TRUE(d.log().empty()) << "a cancelled call is no failure of its handler";
}

TEST_F(Blocking, AWriterWaitsForItsClientAndThrowsWhenThatGoes) {
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 0}});
  peer.says(unary(1, "BlockingFlood", "x"));
  d.until([&] { return service.written >= 7; });
  d.settle();
  EXPECT_LE(service.written, 16);
  peer.disconnects();
  d.until([&] { return d.shard().calls_in_use() == 0; });
  EXPECT_EQ(service.cancelled, 1);
}

TEST_F(Blocking, AWriterGoesOnWhenItsClientReads) {
  Peer& peer = d.connect({{testing::Setting::initial_window_size, 1000}});
  peer.says(unary(1, "BlockingFlood", "x"));
  d.until([&] { return service.written >= 7; });
  peer.says(frames().window_update(1, 10'000'000).window_update(0, 10'000'000));
  d.until([&] { return peer.answer(1).texts().size() >= 100; });
  peer.says(frames().reset(1, http2::ErrorCode::cancel));
  d.until([&] { return d.shard().calls_in_use() == 0; });
}

TEST_F(Blocking, ARequestThatCannotBeParsedEndsTheCall) {
  Peer& peer = d.connect();
  peer.says(call(1, "BlockingChat").data(1, std::string("\0\0\0\0\1\xff", 6)));
  until_ended(peer, 1);
  EXPECT_EQ(peer.answer(1).status(), "13");
  d.until([&] { return d.shard().calls_in_use() == 0; });
  EXPECT_EQ(service.cancelled, 1);
}

TEST_F(Blocking, ADeadlineWakesAHandlerThatReads) {
  Peer& peer = d.connect();
  peer.says(call(1, "BlockingChat").field("grpc-timeout", "1S"));
  d.until([&] { return !peer.answer(1).headers.empty(); });
  d.after(1001ms);
  EXPECT_EQ(peer.answer(1).reset, http2::ErrorCode::no_error);
  d.until([&] { return d.shard().calls_in_use() == 0; });
  EXPECT_EQ(service.cancelled, 1);
}

}  // namespace
}  // namespace farcall::server::tests
