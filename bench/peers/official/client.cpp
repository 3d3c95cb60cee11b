// The official C++ library's client (callback API), with so many calls at once: what farcall's is measured
// beside.

#include "calls.hpp"
#include "program/bounds.hpp"
#include "program/report.hpp"
#include "threads.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace {

std::string run_round(official::Stub& stub, const official::Plan& plan, long calls) {
  if (plan.options.threads > 1) return official::call_from_threads(stub, plan, calls);
  const int outstanding = plan.options.outstanding;
  official::Round round(calls, outstanding);
  std::vector<std::unique_ptr<official::Slot>> slots;
  for (int i = 0; i < outstanding; ++i) {
    slots.push_back(bench::is_stream(plan.options.workload) ? make_stream_slot(stub, plan, round)
                                                            : make_unary_slot(stub, plan, round));
  }
  for (const std::unique_ptr<official::Slot>& slot : slots) slot->next();
  round.wait();
  return round.failure();
}

}  // namespace

int main(int argc, char** argv) {
  bench::ClientOptions options;
  if (const auto status = bench::parse_client("official_client", "The official library's client", argc, argv,
                                              bench::kAllWorkloads, options)) {
    return *status;
  }
  bench::end_after(bench::kClientSeconds);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(bench::kMaxMessage));
  const std::unique_ptr<official::Stub> stub = benchmark::BenchmarkService::NewStub(
      grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments));
  const official::Plan plan(options);
  std::string failure = run_round(*stub, plan, options.warm_up());
  const bench::Usage before = bench::Usage::now();
  if (failure.empty()) failure = run_round(*stub, plan, options.calls);
  if (!failure.empty()) {
    std::fprintf(stderr, "official_client: %s\n", failure.c_str());
    return 1;
  }
  bench::report(before, options.calls, options.messages_of(options.calls));
}
