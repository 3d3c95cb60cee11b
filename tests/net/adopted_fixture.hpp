#pragma once

#include "speech.hpp"

#include <farcall/asio.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace farcall::bridge_test {

using namespace std::chrono_literals;

inline std::string shown(const Result<Text>& reply) {
  return reply.ok() ? reply->value() : to_string(reply.status());
}

/// Far more than any of it takes, and less than any of farcall's timeouts (the handshake's is 10 s): what
/// keeps the context at work without need shows.
inline constexpr auto kLongEnough = 5s;

/// A server and a channel on an io_context that the test runs.
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

inline const std::string kChannelGone = to_string(Status::cancelled("the channel was destroyed"));

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

}  // namespace farcall::bridge_test
