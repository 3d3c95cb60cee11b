// The official C++ library's server for benchmark.BenchmarkService: what farcall's is measured beside. Its
// threads are its own business; it is pinned to one core from outside.

#include "callback_service.hpp"
#include "program/bounds.hpp"
#include "program/client_options.hpp"
#include "queue_service.hpp"

#include <cstdio>
#include <optional>
#include <string>

int main(int argc, char** argv) {
  std::string address = "127.0.0.1:9200";
  std::string api = "callback";
  CLI::App app("The official library's server of benchmark.BenchmarkService");
  app.add_option("--listen", address, "HOST:PORT")->capture_default_str();
  app.add_option("--api", api, "callback, or queue: completion queues, for the unary methods alone")
      ->check(CLI::IsMember({"callback", "queue"}))
      ->capture_default_str();
  if (const auto status = bench::parse(app, "official_server", argc, argv)) return *status;
  bench::end_after(bench::kServerSeconds);
  CallbackService callbacks;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(bench::kMaxMessage));
  builder.SetMaxSendMessageSize(static_cast<int>(bench::kMaxMessage));
  std::optional<QueueService> queue;
  if (api == "queue") {
    queue.emplace(builder);
  } else {
    builder.RegisterService(&callbacks);
  }
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server || port == 0) {
    std::fprintf(stderr, "official_server: cannot listen on %s\n", address.c_str());
    return 1;
  }
  std::printf("listening on %s:%d\n", address.substr(0, address.rfind(':')).c_str(), port);
  std::fflush(stdout);
  if (queue) queue->run();
  server->Wait();
  return 0;
}
