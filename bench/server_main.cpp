#include "benchmark_service.hpp"
#include "blocking_service.hpp"
#include "dummy_services.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"

#include <farcall/server.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

namespace {

struct Options {
  std::vector<std::string> addresses = {"127.0.0.1:9100"};
  std::size_t loops = 0;
  std::string handlers = "coroutine";
  std::size_t pool_threads = 16;
  std::size_t methods = 0;
};

std::optional<int> parse(int argc, char** argv, Options& options) {
  CLI::App app("The server that the benchmarks load (benchmark.BenchmarkService)");
  app.add_option("--listen", options.addresses,
                 "HOST:PORT, unix:PATH or unix-abstract:NAME; may be given several times")
      ->capture_default_str();
  app.add_option("--loops", options.loops, "event loops, one thread each; 0: one for each core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  app.add_option("--handlers", options.handlers,
                 "coroutines, or plain functions on a pool's threads or on the loop (streams: on the pool)")
      ->check(CLI::IsMember({"coroutine", "pool", "inline"}))
      ->capture_default_str();
  app.add_option("--pool-threads", options.pool_threads, "for blocking handlers")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.add_option("--methods", options.methods, "registered in all: what is missing, nobody calls")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  return bench::parse(app, "bench_server", argc, argv);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (const auto status = parse(argc, argv, options)) return *status;
  bench::end_after(bench::kServerSeconds);
  farcall::ServerOptions server_options;
  server_options.loops = options.loops;
  server_options.max_receive_message_size = bench::kMaxMessage;
  server_options.blocking_threads = options.pool_threads;
  server_options.blocking_inline = options.handlers == "inline";
  bench::BenchmarkService coroutines;
  bench::BlockingBenchmarkService functions;
  farcall::codegen::ServiceBase* service = &coroutines;
  if (options.handlers != "coroutine") service = &functions;
  bench::DummyServices dummies(options.methods - std::min(options.methods, service->methods().size()));
  farcall::Server server(server_options);
  for (const std::string& address : options.addresses) server.listen(address);
  server.add(*service);
  dummies.add_to(server);
  return server.run([&] {
    for (const std::string& address : server.addresses()) std::printf("listening on %s\n", address.c_str());
    std::fflush(stdout);
  });
}
