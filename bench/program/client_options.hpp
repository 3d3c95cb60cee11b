#pragma once

#include "program/workload.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Beyond it nobody measures, and servers and clients refuse it.
inline constexpr std::size_t kMaxMessage = std::size_t{64} * 1024 * 1024;

/// What every client is told.
struct ClientOptions {
  std::string target = "127.0.0.1:9100";
  Workload workload = Workload::get_sum;
  long calls = 100'000;
  int outstanding = 100;
  int messages = 1000;
  std::size_t size = 1024;
  int metadata = 0;
  int threads = 1;

  /// The calls that precede those that are measured.
  [[nodiscard]] long warm_up() const { return calls / 10 + 1; }
  /// What crosses the wire in one direction of `calls` calls.
  [[nodiscard]] long messages_of(long calls_made) const {
    return is_stream(workload) ? calls_made * messages : calls_made;
  }
};

/// Parses a command line. A number is what main is to return.
inline std::optional<int> parse(CLI::App& app, const char* program, int argc, char** argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "%s: %s (see --help)\n", program, error.what());
    return 2;
  }
  return std::nullopt;
}

/// `--workload`, one of those that the program knows. The caller turns the name into a Workload when the
/// command line has been parsed: see workload_named.
inline void add_workload(CLI::App& app, std::string& name, std::initializer_list<Workload> known) {
  std::vector<std::string> names;
  for (const Workload workload : known) names.emplace_back(named(workload).name);
  app.add_option("--workload", name, "the method that is called")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
}

inline constexpr std::initializer_list<Workload> kAllWorkloads = {Workload::get_sum,    Workload::complex,
                                                                  Workload::stream_sum, Workload::collect_sum,
                                                                  Workload::echo_sum,   Workload::echo};

/// The flags that clients have in common, among them those of all workloads.
inline std::optional<int> parse_client(const char* program, const char* purpose, int argc, char** argv,
                                       std::initializer_list<Workload> known, ClientOptions& options) {
  CLI::App app(purpose);
  std::string workload = "get_sum";
  app.add_option("--target", options.target, "the server, HOST:PORT")->capture_default_str();
  add_workload(app, workload, known);
  app.add_option("--calls", options.calls, "how many are measured, behind a tenth of that to warm up")
      ->check(CLI::Range(1L, 1'000'000'000L))
      ->capture_default_str();
  app.add_option("--outstanding", options.outstanding, "calls at once")
      ->check(CLI::Range(1, 10'000))
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
  app.add_option("--threads", options.threads, "that use the one channel, with a unary workload")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  if (const auto status = parse(app, program, argc, argv)) return status;
  options.workload = *workload_named(workload);
  const char* wrong = nullptr;
  if (options.threads > 1 && is_stream(options.workload)) wrong = "--threads is for unary workloads";
  if (options.metadata > 0 && options.workload != Workload::get_sum) wrong = "--metadata is for get_sum";
  if (wrong == nullptr) return std::nullopt;
  std::fprintf(stderr, "%s: %s (see --help)\n", program, wrong);
  return 2;
}

}  // namespace bench
