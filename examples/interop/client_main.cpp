#include "cases.hpp"

#include <farcall/channel.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::string host = "localhost";
  int port = 10000;
  std::string test_case = "large_unary";
  std::string use_tls = "false";
  std::vector<std::string> choices = {"all"};
  for (std::string_view name : interop::case_names()) choices.emplace_back(name);
  CLI::App app("The client of gRPC's interoperability tests");
  app.add_option("--server_host", host, "the server's name or address")->capture_default_str();
  app.add_option("--server_port", port, "its TCP port")->check(CLI::Range(1, 65'535))->capture_default_str();
  app.add_option("--test_case", test_case, "one of gRPC's cases, or all")
      ->check(CLI::IsMember(choices))
      ->capture_default_str();
  app.add_option("--use_tls", use_tls, "only false: this build has no TLS")
      ->check(CLI::IsMember({"false"}))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "interop_client: %s (see --help)\n", error.what());
    return 2;
  }
  farcall::Channel channel(host + ":" + std::to_string(port));
  int failed = 0;
  for (std::string_view name : interop::case_names()) {
    if (test_case != "all" && test_case != name) continue;
    try {
      interop::run_case(name, channel);
      std::printf("%s: passed\n", std::string(name).c_str());
    } catch (const std::exception& error) {
      std::printf("%s: FAILED: %s\n", std::string(name).c_str(), error.what());
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}
