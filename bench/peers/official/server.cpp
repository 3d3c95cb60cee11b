// The official C++ library's server (callback API) for benchmark.BenchmarkService: what farcall's is measured
// beside. Its only event engine threads are its own; it is pinned to one core from outside.

#include "benchmark.grpc.pb.h"

#include <cstdio>
#include <grpcpp/grpcpp.h>
#include <string>

namespace {

class Service final : public benchmark::BenchmarkService::CallbackService {
  grpc::ServerUnaryReactor* GetSum(grpc::CallbackServerContext* context, const benchmark::SumRequest* request,
                                   benchmark::SumReply* reply) override {
    reply->set_result(request->a() + request->b());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string address = argc > 1 ? argv[1] : "127.0.0.1:9200";
  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) {
    std::fprintf(stderr, "official_server: cannot listen on %s\n", address.c_str());
    return 1;
  }
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}
