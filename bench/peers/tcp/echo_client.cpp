// Sends messages to tcp_echo_server and waits for each to come back.

#include "peers/floor/wire.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "program/report.hpp"
#include "program/sockets.hpp"

#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <unistd.h>

namespace {

void write_all(int descriptor, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (put <= 0) floor_peer::surprised("the server has gone");
    done += static_cast<std::size_t>(put);
  }
}

void read_all(int descriptor, std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(descriptor, bytes.data() + done, bytes.size() - done);
    if (got <= 0) floor_peer::surprised("the server has gone");
    done += static_cast<std::size_t>(got);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string target = "127.0.0.1:9500";
  std::uint64_t size = 1024 * 1024;
  long calls = 1000;
  CLI::App app("Measures how fast a plain TCP socket takes messages there and back");
  app.add_option("--target", target, "tcp_echo_server's HOST:PORT")->capture_default_str();
  app.add_option("--size", size, "of a message, in bytes")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{bench::kMaxMessage}))
      ->capture_default_str();
  app.add_option("--calls", calls, "how many are measured, behind a tenth of that to warm up")
      ->check(CLI::Range(1L, 1'000'000'000L))
      ->capture_default_str();
  if (const auto status = bench::parse(app, "tcp_echo_client", argc, argv)) return *status;
  bench::end_after(bench::kClientSeconds);
  const int descriptor = bench::connect_to(target);
  std::string message(sizeof size + size, 'x');
  std::memcpy(message.data(), &size, sizeof size);
  std::string reply(message.size(), ' ');
  bench::Latency latency;
  const auto run = [&](long count) {
    for (long i = 0; i < count; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      write_all(descriptor, message);
      read_all(descriptor, reply);
      if (reply.back() != 'x' || reply.front() != message.front())
        floor_peer::surprised("other bytes came back");
      latency.add(static_cast<std::uint64_t>(
          std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin).count()));
    }
  };
  run(calls / 10 + 1);
  latency.clear();
  const bench::Usage before = bench::Usage::now();
  run(calls);
  bench::report(before, calls, calls, &latency);
}
