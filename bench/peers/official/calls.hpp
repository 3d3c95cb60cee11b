#pragma once

#include "benchmark.grpc.pb.h"
#include "program/client_options.hpp"

#include <atomic>
#include <cstdint>
#include <grpcpp/grpcpp.h>
#include <latch>
#include <memory>
#include <mutex>
#include <string>

namespace official {

using Stub = benchmark::BenchmarkService::Stub;

/// What each call sends.
struct Plan {
  explicit Plan(const bench::ClientOptions& given);

  bench::ClientOptions options;
  benchmark::SumRequest sum;
  benchmark::StreamRequest stream;
  benchmark::ComplexMessage complex;
  benchmark::Blob blob;

  void add_metadata(grpc::ClientContext& context, long call) const;
  [[nodiscard]] bool returned(const grpc::ClientContext& context) const;
};

/// Whether it is the answer to what the plan sends.
[[nodiscard]] bool right(const Plan& plan, const benchmark::SumReply& reply);
[[nodiscard]] bool right(const Plan& plan, const benchmark::ComplexMessage& reply);
[[nodiscard]] bool right(const Plan& plan, const benchmark::Blob& reply);

/// The calls that one round has still to begin, and what went wrong, if anything did. Several threads.
class Round {
 public:
  Round(long calls, int slots) : left_(calls), done_(slots) {}

  /// The number of a call to make; 0: there is none.
  [[nodiscard]] long next() {
    if (failed_) return 0;
    const long number = left_.fetch_sub(1);
    return number > 0 ? number : 0;
  }
  /// The outcome of a call whose answer was right, or was not.
  void add(const grpc::Status& status, bool right);
  void slot_is_done() { done_.count_down(); }
  void wait() { done_.wait(); }
  /// Empty: nothing went wrong.
  [[nodiscard]] std::string failure();

 private:
  std::atomic<long> left_;
  std::atomic<bool> failed_{false};
  std::latch done_;
  std::mutex mutex_;
  std::string failure_;
};

/// One of the calls that are outstanding at once: begins the next when it has ended.
class Slot {
 public:
  Slot() = default;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  virtual ~Slot() = default;
  virtual void next() = 0;
};

[[nodiscard]] std::unique_ptr<Slot> make_unary_slot(Stub& stub, const Plan& plan, Round& round);
[[nodiscard]] std::unique_ptr<Slot> make_stream_slot(Stub& stub, const Plan& plan, Round& round);

}  // namespace official
