// The client that the Connect conformance suite tests: reads cases on its standard input, makes the calls
// they ask for, many at a time, and writes what came of each.

#include "connectrpc/conformance/v1/client_compat.pb.h"
#include "framing.hpp"
#include "invocation.hpp"

#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <utility>

namespace {

/// The suite waits twenty seconds for each case that it has handed over.
constexpr int kMostAtOnce = 16;

/// How many cases are under way.
class Places {
 public:
  void take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return taken_ < kMostAtOnce; });
    ++taken_;
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    --taken_;
    changed_.notify_one();
  }
  void wait_until_empty() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return taken_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int taken_ = 0;
};

/// All of them run on the runtime's one loop, so that the answers do not get mixed up.
farcall::Task<void> answer(farcall::Runtime& runtime, Places& places,
                           connectrpc::conformance::v1::ClientCompatRequest request) {
  const auto response = co_await conformance::invoke(runtime, std::move(request));
  try {
    conformance::write_message(stdout, response);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "connect_conformance_client: %s\n", error.what());
    std::_Exit(1);
  }
  places.give_back();
}

void run() {
  farcall::RuntimeOptions options;
  options.loops = 1;
  farcall::Runtime runtime(options);
  Places places;
  connectrpc::conformance::v1::ClientCompatRequest request;
  while (conformance::read_message(stdin, request)) {
    places.take();
    runtime.spawn(answer(runtime, places, request));
  }
  places.wait_until_empty();
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "connect_conformance_client: %s\n", error.what());
    return 1;
  }
}
