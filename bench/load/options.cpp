#include "load/options.hpp"

#include "program/client_options.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>

namespace bench::load {
namespace {

void add_flags(CLI::App& app, std::string& workload, Options& options) {
  app.add_option("--target", options.target, "the server, HOST:PORT")->capture_default_str();
  add_workload(app, workload, kAllWorkloads);
  app.add_option("--connections", options.connections, "to the server")
      ->check(CLI::Range(1, 20'000))
      ->capture_default_str();
  app.add_option("--streams", options.streams, "outstanding calls of a connection")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  auto* calls = app.add_option("--calls", options.calls, "how many, each begun when one before has ended")
                    ->check(CLI::Range(1L, 1'000'000'000L))
                    ->capture_default_str();
  auto* rate = app.add_option("--rate", options.rate,
                              "calls a second instead; their latency counts from when they were due")
                   ->check(CLI::Range(1.0, 10'000'000.0));
  app.add_option("--seconds", options.seconds, "for how long, with --rate")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_option("--messages", options.messages, "of a stream")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--size", options.size, "of what is echoed, in bytes")
      ->check(CLI::Range(std::size_t{1}, kMaxMessage - 1024))
      ->capture_default_str();
  app.add_option("--metadata", options.metadata, "entries each way, with get_sum")
      ->check(CLI::Range(0, 60))
      ->capture_default_str();
  auto* hold =
      app.add_option("--hold", options.hold,
                     "opens so many connections, prints \"holding\", and keeps them until its input ends")
          ->check(CLI::Range(1, 20'000));
  app.add_option("--hold-streams", options.hold_streams, "that are open on each of them")
      ->check(CLI::Range(0, 10'000))
      ->needs(hold)
      ->capture_default_str();
  rate->excludes(calls);
  hold->excludes(calls)->excludes(rate);
}

}  // namespace

std::optional<int> parse(int argc, char** argv, Options& options) {
  CLI::App app(
      "Loads a server of benchmark.BenchmarkService. The latency is that of a call; of echo_sum, of a "
      "message "
      "and its reply");
  std::string workload = "get_sum";
  add_flags(app, workload, options);
  if (const auto status = bench::parse(app, "bench_load", argc, argv)) return status;
  options.workload = *workload_named(workload);
  if (options.metadata > 0 && options.workload != Workload::get_sum) {
    std::fprintf(stderr, "bench_load: --metadata is for get_sum (see --help)\n");
    return 2;
  }
  return std::nullopt;
}

}  // namespace bench::load
