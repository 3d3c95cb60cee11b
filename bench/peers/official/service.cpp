// A file that implements a service, as users of the official library write it. Only compiled: how long that
// takes is measured beside bench/peers/farcall_service.cpp, which does the same.

#include "benchmark.grpc.pb.h"

#include <grpcpp/grpcpp.h>

class Service final : public benchmark::BenchmarkService::CallbackService {
  grpc::ServerUnaryReactor* GetSum(grpc::CallbackServerContext* context, const benchmark::SumRequest* request,
                                   benchmark::SumReply* reply) override {
    reply->set_result(request->a() + request->b());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

grpc::Service* make_service() {
  return new Service;
}
