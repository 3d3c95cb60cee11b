// The official C++ library's client (callback API), with so many calls of GetSum at once: what farcall's is
// measured beside. Arguments: ADDRESS CALLS OUTSTANDING.

#include "benchmark.grpc.pb.h"
#include "client_report.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <grpcpp/grpcpp.h>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using Stub = benchmark::BenchmarkService::Stub;

/// The calls that one round has still to begin. Several threads.
struct Round {
  explicit Round(long calls) : left(calls) {}

  std::atomic<long> left;
  std::atomic<bool> failed{false};
};

/// One of the calls that are outstanding at once: begins the next when it has ended.
class Slot {
 public:
  Slot(Stub& stub, Round& round, std::latch& done) : stub_(stub), round_(round), done_(done) {
    request_.set_a(2);
    request_.set_b(3);
  }

  void next() {
    if (round_.failed || round_.left.fetch_sub(1) <= 0) {
      done_.count_down();
      return;
    }
    context_.emplace();
    stub_.async()->GetSum(&*context_, &request_, &reply_, [this](const grpc::Status& status) {
      if (!status.ok() || reply_.result() != 5) round_.failed = true;
      next();
    });
  }

 private:
  Stub& stub_;
  Round& round_;
  std::latch& done_;
  benchmark::SumRequest request_;
  benchmark::SumReply reply_;
  std::optional<grpc::ClientContext> context_;
};

bool run_round(Stub& stub, long calls, int outstanding) {
  Round round(calls);
  std::latch done(outstanding);
  std::vector<std::unique_ptr<Slot>> slots;
  for (int i = 0; i < outstanding; ++i) slots.push_back(std::make_unique<Slot>(stub, round, done));
  for (const std::unique_ptr<Slot>& slot : slots) slot->next();
  done.wait();
  return !round.failed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "official_client: give ADDRESS CALLS OUTSTANDING\n");
    return 2;
  }
  const long calls = std::atol(argv[2]);
  const int outstanding = std::atoi(argv[3]);
  const std::unique_ptr<Stub> stub =
      benchmark::BenchmarkService::NewStub(grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  bool passed = run_round(*stub, calls / 10 + 1, outstanding);
  const bench::Usage before = bench::Usage::now();
  passed = passed && run_round(*stub, calls, outstanding);
  if (!passed) {
    std::fprintf(stderr, "official_client: a call to %s failed\n", argv[1]);
    return 1;
  }
  bench::report(before, calls);
}
