#include "test_service.hpp"

#include <farcall/server.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  int port = 10000;
  std::string use_tls = "false";
  CLI::App app("The server of gRPC's interoperability tests (grpc.testing.TestService)");
  app.add_option("--port", port, "the TCP port, on all interfaces; 0: any free one")
      ->check(CLI::Range(0, 65'535))
      ->capture_default_str();
  app.add_option("--use_tls", use_tls, "only false: this build has no TLS")
      ->check(CLI::IsMember({"false"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "interop_server: %s (see --help)\n", error.what());
    return 2;
  }
  interop::TestService service;
  farcall::Server server("[::]:" + std::to_string(port));
  server.add(service);
  return server.run([&] {
    for (const std::string& address : server.addresses()) std::printf("listening on %s\n", address.c_str());
    std::fflush(stdout);
  });
}
