#pragma once

#include "bridge.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>
#include <farcall/server.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::bridge_test {

inline Text text(std::string_view value) {
  Text made;
  made.set_value(std::string(value));
  return made;
}

/// A service whose unary method does what the test says; by default it repeats.
class SpeechService final : public Speech::Service {
 public:
  std::function<Task<Result<Text>>(ServerContext&, const Text&)> on_say;

  Task<Result<Text>> say(ServerContext& context, const Text& request) override {
    return on_say ? on_say(context, request) : repeat(request);
  }
  Task<Status> recite(ServerContext&, const Text& request, ServerWriter<Text>& out) override {
    for (const char letter : request.value()) co_await out.write(text(std::string_view(&letter, 1)));
    co_return Status();
  }

 private:
  static Task<Result<Text>> repeat(const Text& request) { co_return request; }
};

/// What was logged.
struct Log {
  [[nodiscard]] LogSink sink() {
    return [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex);
      lines.emplace_back(line);
    };
  }
  [[nodiscard]] RuntimeOptions options(std::size_t loops = 1) {
    RuntimeOptions made;
    made.loops = loops;
    made.log = sink();
    return made;
  }
  [[nodiscard]] std::vector<std::string> seen() {
    const std::lock_guard lock(mutex);
    return lines;
  }

  std::mutex mutex;
  std::vector<std::string> lines;
};

/// Says that it was destroyed.
class Witness {
 public:
  explicit Witness(std::promise<void>& gone) : gone_(&gone) {}
  Witness(Witness&& other) noexcept : gone_(std::exchange(other.gone_, nullptr)) {}
  Witness& operator=(Witness&&) = delete;
  ~Witness() {
    if (gone_ != nullptr) gone_->set_value();
  }

 private:
  std::promise<void>* gone_;
};

/// What has been begun must end: 20 seconds, then the test fails.
template <class T>
T outcome(std::future<T> future) {
  if (future.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
    throw std::runtime_error("nothing came in 20 s");
  }
  return future.get();
}

/// A server and a channel, each with a thread of its own.
struct Handling {
  Handling() : server(runtime, "127.0.0.1:0") {
    server.add(service);
    if (const Status started = server.start(); !started.ok()) throw std::runtime_error(started.message());
    channel.emplace(clients, server.addresses().front());
  }

  Log log;
  SpeechService service;
  Runtime runtime{log.options()};
  Runtime clients{log.options()};
  Server server;
  std::optional<Channel> channel;
};

}  // namespace farcall::bridge_test
