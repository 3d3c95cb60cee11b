#include "client/threads.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <semaphore>
#include <thread>
#include <vector>

namespace bench {
namespace {

/// What the threads share. The status is written by the loop's thread, on which all callbacks run.
struct Shared {
  explicit Shared(long calls) : left(calls) {}

  std::atomic<long> left;
  std::atomic<bool> failed{false};
  std::mutex mutex;
  farcall::Status status;

  void add(farcall::Status outcome) {
    if (outcome.ok()) return;
    const std::scoped_lock lock(mutex);
    if (status.ok()) status = std::move(outcome);
    failed = true;
  }
};

class Caller {
 public:
  Caller(Client& client, const Plan& plan, Workload workload, Shared& shared, int outstanding)
      : client_(client),
        plan_(plan),
        workload_(workload),
        shared_(shared),
        outstanding_(outstanding),
        permits_(outstanding) {}

  void run() {
    while (!shared_.failed) {
      const long number = shared_.left.fetch_sub(1);
      if (number <= 0) break;
      permits_.acquire();
      call(number);
    }
    for (int i = 0; i < outstanding_; ++i) permits_.acquire();
  }

 private:
  void call(long number) {
    switch (workload_) {
      case Workload::complex:
        return begin(client_.complex(plan_.complex()));
      case Workload::echo:
        return begin(client_.echo(plan_.blob()));
      default:
        if (plan_.has_metadata()) return begin(client_.get_sum(plan_.sum(), plan_.options(number)));
        return begin(client_.get_sum(plan_.sum()));
    }
  }

  template <class Reply>
  void begin(farcall::Op<farcall::Result<Reply>> call) {
    call.then([this](const farcall::Result<Reply>& reply) {
      shared_.add(plan_.check(reply));
      permits_.release();
    });
  }

  Client& client_;
  const Plan& plan_;
  Workload workload_;
  Shared& shared_;
  int outstanding_;
  std::counting_semaphore<> permits_;
};

}  // namespace

farcall::Status call_from_threads(Client& client, const Plan& plan, Workload workload, int threads,
                                  long calls, int outstanding) {
  Shared shared(calls);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back(
        [&] { Caller(client, plan, workload, shared, std::max(1, outstanding / threads)).run(); });
  }
  for (std::thread& thread : running) thread.join();
  return shared.status;
}

}  // namespace bench
