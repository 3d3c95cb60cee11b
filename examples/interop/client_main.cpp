#include "cases.hpp"
#include "soak.hpp"

#include <farcall/channel.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

namespace {

struct Flags {
  std::string host = "localhost";
  int port = 10000;
  std::string authority;
  std::string test_case = "large_unary";
  std::string use_tls = "false";
  interop::SoakOptions soak;

  [[nodiscard]] std::string target() const {
    const bool ipv6 = host.find(':') != std::string::npos && host.front() != '[';
    return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }
  [[nodiscard]] farcall::ChannelOptions channel() const {
    farcall::ChannelOptions options;
    options.authority = authority;
    return options;
  }
};

struct Run {
  std::string name;
  bool is_standard = false;
  std::function<void(const Flags&)> run;
};

std::vector<Run> runs() {
  std::vector<Run> all;
  auto add = [&](const std::vector<interop::Case>& cases, bool is_standard) {
    for (const interop::Case& entry : cases) {
      all.push_back({std::string(entry.name), is_standard, [run = entry.run](const Flags& flags) {
                       farcall::Channel channel(flags.target(), flags.channel());
                       run(channel);
                     }});
    }
  };
  add(interop::standard_cases(), true);
  add(interop::special_cases(), false);
  all.push_back({"rpc_soak", false,
                 [](const Flags& flags) { interop::rpc_soak(flags.target(), flags.channel(), flags.soak); }});
  all.push_back({"channel_soak", false, [](const Flags& flags) {
                   interop::channel_soak(flags.target(), flags.channel(), flags.soak);
                 }});
  return all;
}

template <class Duration>
void add_duration(CLI::App& app, const std::string& name, Duration& into, const std::string& description) {
  app.add_option_function<long>(
         name, [&into](const long& count) { into = Duration(count); }, description)
      ->check(CLI::Range(0L, 1'000'000'000L))
      ->default_str(std::to_string(into.count()));
}

void add_soak_flags(CLI::App& app, interop::SoakOptions& soak) {
  auto count = [&](const std::string& name, int& into, int least, const std::string& description) {
    app.add_option(name, into, description)->check(CLI::Range(least, 1'000'000'000))->capture_default_str();
  };
  count("--soak_iterations", soak.iterations, 1, "soak: how many calls");
  count("--soak_max_failures", soak.max_failures, 0, "soak: how many of them may fail or be late");
  add_duration(app, "--soak_per_iteration_max_acceptable_latency_ms",
               soak.per_iteration_max_acceptable_latency, "soak: a call that takes longer has failed");
  add_duration(app, "--soak_min_time_ms_between_rpcs", soak.min_time_between_rpcs,
               "soak: between the beginnings of a thread's calls");
  add_duration(app, "--soak_overall_timeout_seconds", soak.overall_timeout, "soak: for all calls together");
  count("--soak_request_size", soak.request_size, 0, "soak: bytes of a request");
  count("--soak_response_size", soak.response_size, 0, "soak: bytes of a response");
  count("--soak_num_threads", soak.threads, 1, "soak: how many threads call");
}

void add_flags(CLI::App& app, Flags& flags) {
  std::vector<std::string> choices = {"all"};
  for (const Run& run : runs()) choices.push_back(run.name);
  app.add_option("--server_host", flags.host, "the server's name or address")->capture_default_str();
  app.add_option("--server_port", flags.port, "its TCP port")
      ->check(CLI::Range(1, 65'535))
      ->capture_default_str();
  app.add_option("--server_host_override", flags.authority, "what the calls' :authority says instead");
  app.add_option("--test_case", flags.test_case, "one of gRPC's cases, or all that every server passes")
      ->check(CLI::IsMember(choices))
      ->capture_default_str();
  app.add_option("--use_tls", flags.use_tls, "only false: this build has no TLS")
      ->check(CLI::IsMember({"false"}))
      ->capture_default_str();
  add_soak_flags(app, flags.soak);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app("The client of gRPC's interoperability tests");
  add_flags(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "interop_client: %s (see --help)\n", error.what());
    return 2;
  }
  int failed = 0;
  for (const Run& entry : runs()) {
    if (flags.test_case == "all" ? !entry.is_standard : flags.test_case != entry.name) continue;
    try {
      entry.run(flags);
      std::printf("%s: passed\n", entry.name.c_str());
    } catch (const std::exception& error) {
      std::printf("%s: FAILED: %s\n", entry.name.c_str(), error.what());
      ++failed;
    }
  }
  return failed == 0 ? 0 : 1;
}
