#include "benchmark.farcall.hpp"
#include "client/calls.hpp"
#include "client/plan.hpp"
#include "client/threads.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "program/report.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>

#include <cstdio>
#include <latch>
#include <string>

namespace {

farcall::Task<void> work(bench::CallAgain call_again, bench::Client& client, const bench::Plan& plan,
                         bench::Round& round, std::latch& done) {
  co_await call_again(client, plan, round);
  done.count_down();
}

/// On the channel's loop.
farcall::Status run_round(farcall::Runtime& runtime, bench::Client& client, const bench::Plan& plan,
                          const bench::ClientOptions& options, long calls) {
  if (options.threads > 1) {
    return bench::call_from_threads(client, plan, options.workload, options.threads, calls,
                                    options.outstanding);
  }
  bench::Round round(calls);
  std::latch done(options.outstanding);
  for (int i = 0; i < options.outstanding; ++i)
    runtime.spawn(work(bench::call_again(options), client, plan, round, done));
  done.wait();
  return round.status();
}

}  // namespace

int main(int argc, char** argv) {
  bench::ClientOptions options;
  if (const auto status = bench::parse_client("bench_client", "The client that the benchmarks measure", argc,
                                              argv, bench::kAllWorkloads, options)) {
    return *status;
  }
  bench::end_after(bench::kClientSeconds);
  farcall::RuntimeOptions runtime_options;
  runtime_options.loops = 1;
  farcall::Runtime runtime(runtime_options);
  farcall::ChannelOptions channel_options;
  channel_options.max_receive_message_size = bench::kMaxMessage;
  farcall::Channel channel(runtime, options.target, channel_options);
  bench::Client client(channel);
  const bench::Plan plan(options);
  farcall::Status status = run_round(runtime, client, plan, options, options.warm_up());
  const bench::Usage before = bench::Usage::now();
  if (status.ok()) status = run_round(runtime, client, plan, options, options.calls);
  if (!status.ok()) {
    std::fprintf(stderr, "bench_client: %s\n", farcall::to_string(status).c_str());
    return 1;
  }
  bench::report(before, options.calls, options.messages_of(options.calls));
}
