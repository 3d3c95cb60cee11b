// What any server must do for the workload that it is told, over HTTP/2, and nothing else: the floor that
// farcall's server is measured against.

#include "connection.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "program/sockets.hpp"

#include <array>
#include <memory>
#include <string>
#include <sys/epoll.h>

namespace floor_peer {
namespace {

[[noreturn]] void serve(const std::string& address, bench::Workload workload) {
  const int listener = bench::listen_on(address);
  const int epoll = bench::make_epoll();
  bench::watch(epoll, listener, nullptr);
  std::array<epoll_event, 1024> ready;
  while (true) {
    const int count = ::epoll_wait(epoll, ready.data(), static_cast<int>(ready.size()), -1);
    for (int i = 0; i < count; ++i) {
      if (auto* connection = static_cast<Connection*>(ready[static_cast<std::size_t>(i)].data.ptr)) {
        if (!connection->turn()) std::unique_ptr<Connection>(connection).reset();
      } else if (const int descriptor = bench::accept_from(listener); descriptor >= 0) {
        static_cast<void>(std::make_unique<Connection>(epoll, descriptor, workload).release());
      }
    }
  }
}

}  // namespace
}  // namespace floor_peer

int main(int argc, char** argv) {
  std::string address = "127.0.0.1:9300";
  std::string workload = "get_sum";
  CLI::App app("What a server of benchmark.BenchmarkService cannot do without, by hand");
  app.add_option("--listen", address, "HOST:PORT")->capture_default_str();
  bench::add_workload(app, workload, bench::kAllWorkloads);
  if (const auto status = bench::parse(app, "floor_server", argc, argv)) return *status;
  bench::end_after(bench::kServerSeconds);
  bench::raise_descriptor_limit();
  floor_peer::serve(address, *bench::workload_named(workload));
}
