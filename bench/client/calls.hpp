#pragma once

#include "benchmark.farcall.hpp"
#include "client/plan.hpp"

#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <utility>

namespace bench {

/// The calls that one round has still to begin, and what went wrong, if anything did. One loop's thread.
class Round {
 public:
  explicit Round(long calls) : left_(calls) {}

  /// The number of a call to make; 0: there is none.
  [[nodiscard]] long next() { return left_ > 0 && status_.ok() ? left_-- : 0; }
  void add(farcall::Status outcome) {
    if (!outcome.ok() && status_.ok()) status_ = std::move(outcome);
  }
  [[nodiscard]] const farcall::Status& status() const { return status_; }

 private:
  long left_;
  farcall::Status status_;
};

using Client = benchmark::BenchmarkService::Client;

/// Makes calls, one behind the other, until the round has none left.
using CallAgain = farcall::Task<void> (*)(Client& client, const Plan& plan, Round& round);
[[nodiscard]] CallAgain call_again(const ClientOptions& options);

}  // namespace bench
