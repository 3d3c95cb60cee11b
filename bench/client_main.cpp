#include "benchmark.farcall.hpp"
#include "client_report.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <latch>
#include <string>

namespace {

/// The calls that one round has still to begin, and what went wrong, if anything did. One loop's thread.
struct Round {
  explicit Round(long calls) : left(calls) {}

  long left;
  farcall::Status status;
};

farcall::Task<void> call_again_and_again(benchmark::BenchmarkService::Client& client, Round& round) {
  benchmark::SumRequest request;
  request.set_a(2);
  request.set_b(3);
  while (round.left > 0 && round.status.ok()) {
    --round.left;
    const farcall::Result<benchmark::SumReply> reply = co_await client.get_sum(request);
    if (!reply.ok()) {
      round.status = reply.status();
    } else if (reply->result() != 5) {
      round.status = farcall::Status::data_loss("2 + 3 = " + std::to_string(reply->result()));
    }
  }
}

farcall::Task<void> work(benchmark::BenchmarkService::Client& client, Round& round, std::latch& done) {
  co_await call_again_and_again(client, round);
  done.count_down();
}

farcall::Status run_round(farcall::Runtime& runtime, benchmark::BenchmarkService::Client& client, long calls,
                          int outstanding) {
  Round round(calls);
  std::latch done(outstanding);
  for (int i = 0; i < outstanding; ++i) runtime.spawn(work(client, round, done));
  done.wait();
  return round.status;
}

}  // namespace

int main(int argc, char** argv) {
  std::string target = "127.0.0.1:9100";
  long calls = 100'000;
  int outstanding = 100;
  CLI::App app("The client that the benchmarks measure: GetSum, so many calls at once, on one loop");
  app.add_option("--target", target, "the server's")->capture_default_str();
  app.add_option("--calls", calls, "how many are measured, behind a tenth of that to warm up")
      ->check(CLI::Range(1L, 1'000'000'000L))
      ->capture_default_str();
  app.add_option("--outstanding", outstanding, "calls at once")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "bench_client: %s (see --help)\n", error.what());
    return 2;
  }
  farcall::RuntimeOptions options;
  options.loops = 1;
  farcall::Runtime runtime(options);
  farcall::Channel channel(runtime, target);
  benchmark::BenchmarkService::Client client(channel);
  farcall::Status status = run_round(runtime, client, calls / 10 + 1, outstanding);
  const bench::Usage before = bench::Usage::now();
  if (status.ok()) status = run_round(runtime, client, calls, outstanding);
  if (!status.ok()) {
    std::fprintf(stderr, "bench_client: %s\n", farcall::to_string(status).c_str());
    return 1;
  }
  bench::report(before, calls);
}
