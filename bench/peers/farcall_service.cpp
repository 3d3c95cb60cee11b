// A file that implements a service with farcall. Only compiled: see bench/peers/official/service.cpp.

#include "benchmark.farcall.hpp"

class Service final : public benchmark::BenchmarkService::Service {
  farcall::Task<farcall::Result<benchmark::SumReply>> get_sum(farcall::ServerContext&,
                                                              const benchmark::SumRequest& request) override {
    benchmark::SumReply reply;
    reply.set_result(request.a() + request.b());
    co_return reply;
  }
};

farcall::codegen::ServiceBase* make_service() {
  return new Service;
}
