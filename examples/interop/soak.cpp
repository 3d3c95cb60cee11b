#include "soak.hpp"

#include "cases.hpp"
#include "checks.hpp"

#include <atomic>
#include <cstdio>
#include <functional>
#include <thread>
#include <vector>

namespace interop {
namespace {

using Clock = std::chrono::steady_clock;

/// What all threads of a soak count together.
struct Score {
  std::atomic<int> begun = 0;
  std::atomic<int> done = 0;
  std::atomic<int> failed = 0;
};

void iterate(const SoakOptions& options, Score& score, const std::function<void()>& call, int iteration) {
  const Clock::time_point began = Clock::now();
  try {
    call();
    const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
    check(taken <= options.per_iteration_max_acceptable_latency,
          "it took " + std::to_string(taken.count()) + " ms");
  } catch (const CaseFailed& error) {
    std::fprintf(stderr, "soak iteration %d failed: %s\n", iteration, error.what());
    ++score.failed;
  }
  ++score.done;
}

/// `call` from as many threads as asked for, which share the iterations.
void soak(const SoakOptions& options, const std::function<void()>& call) {
  const Clock::time_point end = Clock::now() + options.overall_timeout;
  Score score;
  std::vector<std::thread> threads;
  for (int index = 0; index < options.threads; ++index) {
    threads.emplace_back([&] {
      while (Clock::now() < end) {
        const int iteration = score.begun++;
        if (iteration >= options.iterations) return;
        const Clock::time_point next = Clock::now() + options.min_time_between_rpcs;
        iterate(options, score, call, iteration);
        std::this_thread::sleep_until(next);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  check(score.done >= options.iterations, "only " + std::to_string(score.done) + " of " +
                                              std::to_string(options.iterations) +
                                              " iterations were done in the time given");
  check(score.failed <= options.max_failures, std::to_string(score.failed) + " iterations failed, " +
                                                  std::to_string(options.max_failures) + " may");
}

}  // namespace

void rpc_soak(const std::string& target, const farcall::ChannelOptions& channel, const SoakOptions& options) {
  farcall::Channel shared(target, channel);
  soak(options, [&] { large_unary(shared, options.request_size, options.response_size); });
}

void channel_soak(const std::string& target, const farcall::ChannelOptions& channel,
                  const SoakOptions& options) {
  soak(options, [&] {
    farcall::Channel own(target, channel);
    large_unary(own, options.request_size, options.response_size);
  });
}

}  // namespace interop
