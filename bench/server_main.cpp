#include "benchmark_service.hpp"

#include <farcall/server.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::string> addresses = {"127.0.0.1:9100"};
  std::size_t loops = 0;
  CLI::App app("The server that the benchmarks load (benchmark.BenchmarkService)");
  app.add_option("--listen", addresses,
                 "HOST:PORT, unix:PATH or unix-abstract:NAME; may be given several times")
      ->capture_default_str();
  app.add_option("--loops", loops, "event loops, one thread each; 0: one for each core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "bench_server: %s (see --help)\n", error.what());
    return 2;
  }
  farcall::ServerOptions options;
  options.loops = loops;
  options.max_receive_message_size = 64 * 1024 * 1024;
  bench::BenchmarkService service;
  farcall::Server server(options);
  for (const std::string& address : addresses) server.listen(address);
  server.add(service);
  return server.run([&] {
    for (const std::string& address : server.addresses()) std::printf("listening on %s\n", address.c_str());
    std::fflush(stdout);
  });
}
