// Servers that are restarted under load, and servers that die.

#include "calls.hpp"
#include "live_server.hpp"

#include <farcall/runtime.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <mutex>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;

extern char** environ;

namespace farcall::client_test {
namespace {

using behaviours::LiveServer;

ServerOptions shared_on_two_loops() {
  ServerOptions options;
  options.loops = 2;
  options.share_addresses = true;
  return options;
}

/// Eight threads that call, on four channels of one runtime, and count what fails.
class Load {
 public:
  explicit Load(const std::string& target, bool waits_for_ready = false) : waits_for_ready_(waits_for_ready) {
    RuntimeOptions options;
    options.loops = 2;
    runtime_ = std::make_unique<Runtime>(options);
    ChannelOptions of_channel;
    of_channel.initial_backoff = 20ms;
    of_channel.max_backoff = 100ms;
    for (int i = 0; i < 4; ++i) channels_.push_back(std::make_unique<Channel>(*runtime_, target, of_channel));
    for (std::size_t i = 0; i < 8; ++i) callers_.emplace_back([this, i] { call(*channels_[i / 2]); });
  }
  ~Load() { stop(); }

  void stop() {
    stop_ = true;
    for (std::thread& caller : callers_) {
      if (caller.joinable()) caller.join();
    }
  }
  [[nodiscard]] std::size_t succeeded() const { return succeeded_; }
  /// Until so many more calls have succeeded, or one has failed.
  void let_succeed(std::size_t more) {
    const std::size_t goal = succeeded_ + more;
    while (succeeded_ < goal && first_failure().empty()) std::this_thread::yield();
  }
  [[nodiscard]] std::string first_failure() {
    std::lock_guard lock(mutex_);
    return first_failure_;
  }

 private:
  void call(Channel& channel) {
    while (!stop_) {
      const Result<Text> answer = say(channel, "hello", within(20s).wait_for_ready(waits_for_ready_)).get();
      if (answer.ok()) {
        ++succeeded_;
        continue;
      }
      std::lock_guard lock(mutex_);
      if (first_failure_.empty()) first_failure_ = to_string(answer.status());
    }
  }

  bool waits_for_ready_;
  std::unique_ptr<Runtime> runtime_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::atomic<bool> stop_{false};
  std::atomic<std::size_t> succeeded_{0};
  std::mutex mutex_;
  std::string first_failure_;
  std::vector<std::thread> callers_;
};

void expect_restarts_without_a_failed_call(const std::string& address) {
  auto server = std::make_unique<LiveServer>(shared_on_two_loops(), address);
  const std::string target = server->target();
  Load load(target);
  load.let_succeed(200);
  for (int restart = 0; restart < 5; ++restart) {
    auto successor = std::make_unique<LiveServer>(shared_on_two_loops(), target);
    server->server().drain(30s);
    server = std::move(successor);
    load.let_succeed(200);
  }
  load.stop();
  EXPECT_EQ(load.first_failure(), "");
  EXPECT_GE(load.succeeded(), 1200u);
}

TEST(Restart, UnderLoadOnATcpPortCostsNoCall) {
  expect_restarts_without_a_failed_call("127.0.0.1:0");
}

TEST(Restart, UnderLoadOnAUnixSocketCostsNoCall) {
  expect_restarts_without_a_failed_call("unix:/tmp/farcall-restart-" + std::to_string(::getpid()));
}

/// speech_server in a process of its own.
class ServerProcess {
 public:
  explicit ServerProcess(const std::string& address) {
    int out[2];
    if (::pipe(out) != 0) throw std::runtime_error("no pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, out[0]);
    std::string program = SPEECH_SERVER;
    std::string argument = address;
    char* argv[] = {program.data(), argument.data(), nullptr};
    const int error = ::posix_spawn(&process_, program.c_str(), &actions, nullptr, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    std::FILE* lines = ::fdopen(out[0], "r");
    char line[200] = "";
    const bool listens = error == 0 && std::fgets(line, sizeof line, lines) != nullptr;
    std::fclose(lines);
    if (!listens) throw std::runtime_error("speech_server does not start");
    target_ = line;
    target_.pop_back();
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  ~ServerProcess() { dies(); }

  [[nodiscard]] const std::string& target() const { return target_; }
  void dies() { end_with(SIGKILL); }
  /// Serves its calls to their end. False if it did not end well.
  bool drains() { return end_with(SIGTERM) == 0; }

 private:
  int end_with(int signal) {
    int result = -1;
    if (process_ > 0 && ::kill(process_, signal) == 0) ::waitpid(process_, &result, 0);
    process_ = 0;
    return result;
  }

  pid_t process_ = 0;
  std::string target_;
};

TEST(Restart, OfAProcessUnderLoadWithAGapCostsNoCallThatWaitsForReady) {
  auto server = std::make_unique<ServerProcess>("127.0.0.1:0");
  const std::string target = server->target();
  Load load(target, true);
  load.let_succeed(200);
  for (int restart = 0; restart < 3; ++restart) {
    EXPECT_TRUE(server->drains());
    server = std::make_unique<ServerProcess>(target);
    load.let_succeed(200);
  }
  load.stop();
  EXPECT_EQ(load.first_failure(), "");
}

/// Kills the server with calls in flight, whose deadline is a second away. True if that made all of them
/// UNAVAILABLE; false if one had to wait for its deadline.
bool kill_makes_calls_unavailable(Channel& channel, ServerProcess& server) {
  EXPECT_EQ(shown(outcome(say(channel, "warm", CallOptions().wait_for_ready()))), "warm");
  const auto deadline = std::chrono::steady_clock::now() + 1s;
  std::vector<std::future<Result<Text>>> held;
  for (int i = 0; i < 8; ++i) held.push_back(begin(say(channel, "hold", at(deadline))));
  ClientStream<Text, Text> stream = chat(channel, at(deadline));
  static_cast<void>(outcome(stream.initial_metadata()));
  server.dies();
  std::vector<StatusCode> codes{outcome(stream.finish()).code()};
  for (auto& answer : held) codes.push_back(outcome(answer).status().code());
  const bool in_time = std::count(codes.begin(), codes.end(), StatusCode::deadline_exceeded) == 0;
  if (in_time) {
    EXPECT_EQ(codes, std::vector<StatusCode>(9, StatusCode::unavailable));
  }
  return in_time;
}

TEST(Restart, AServerThatIsKilledMakesItsCallsUnavailableAndServesThoseThatWaitOnceItIsBack) {
  auto server = std::make_unique<ServerProcess>("127.0.0.1:0");
  const std::string target = server->target();
  ChannelOptions channel_options;
  channel_options.initial_backoff = 20ms;
  channel_options.max_backoff = 100ms;
  Channel channel(target, channel_options);
  bool in_time = kill_makes_calls_unavailable(channel, *server);
  // A machine that stands still for a second has shown nothing: it may try again.
  for (int more = 0; more < 2 && !in_time; ++more) {
    server = std::make_unique<ServerProcess>(target);
    in_time = kill_makes_calls_unavailable(channel, *server);
  }
  EXPECT_TRUE(in_time);

  std::vector<std::future<Result<Text>>> waiting;
  for (int i = 0; i < 8; ++i) {
    CallOptions options;
    options.wait_for_ready().timeout(20s);
    waiting.push_back(begin(say(channel, "patient", std::move(options))));
  }
  EXPECT_EQ(outcome(say(channel, "impatient")).status().code(), StatusCode::unavailable);
  server = std::make_unique<ServerProcess>(target);
  for (auto& answer : waiting) EXPECT_EQ(shown(outcome(answer)), "patient");
}

}  // namespace
}  // namespace farcall::client_test
