#include "service.hpp"

#include <farcall/server.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

namespace {

/// The sample timetable lies beside the program.
std::string default_timetable() {
  std::error_code error;
  std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path() / "timetable.txt").string();
}

int serve(const std::vector<std::string>& addresses, const train_status::Timetable& timetable,
          std::chrono::milliseconds pace) {
  train_status::TrainStatusService service(timetable, pace);
  farcall::Server server;
  for (const std::string& address : addresses) server.listen(address);
  server.add(service);
  int outcome = server.run([&] {
    for (const std::string& address : server.addresses()) std::printf("listening on %s\n", address.c_str());
    std::printf("%zu trains in the timetable; stop with Ctrl-C\n", timetable.size());
    std::fflush(stdout);
  });
  if (outcome == 0) std::printf("drained: every call in flight was answered\n");
  return outcome;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> addresses = {"127.0.0.1:9000"};
  std::string timetable_path = default_timetable();
  int pace_milliseconds = 300;
  CLI::App app("A railway's enquiry office as a gRPC service (enquiry.TrainStatus)");
  app.add_option("--listen", addresses,
                 "HOST:PORT, unix:PATH or unix-abstract:NAME; may be given several times")
      ->capture_default_str();
  app.add_option("--timetable", timetable_path, "the data file with the trains")->capture_default_str();
  app.add_option("--pace", pace_milliseconds, "milliseconds from stop to stop of a followed train")
      ->check(CLI::Range(0, 60'000))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "train_status_server: %s (see --help)\n", error.what());
    return 2;
  }
  std::string problem;
  std::optional<train_status::Timetable> timetable = train_status::Timetable::read(timetable_path, problem);
  if (!timetable) {
    std::fprintf(stderr, "train_status_server: %s\n", problem.c_str());
    return 1;
  }
  return serve(addresses, *timetable, std::chrono::milliseconds(pace_milliseconds));
}
