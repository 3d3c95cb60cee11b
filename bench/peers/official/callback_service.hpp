#pragma once

#include "benchmark.grpc.pb.h"

#include <grpcpp/grpcpp.h>

/// benchmark.BenchmarkService with the official library's callback API.
class CallbackService final : public benchmark::BenchmarkService::CallbackService {
  grpc::ServerUnaryReactor* GetSum(grpc::CallbackServerContext* context, const benchmark::SumRequest* request,
                                   benchmark::SumReply* reply) override;
  grpc::ServerWriteReactor<benchmark::SumReply>* StreamSum(grpc::CallbackServerContext* context,
                                                           const benchmark::StreamRequest* request) override;
  grpc::ServerReadReactor<benchmark::SumRequest>* CollectSum(grpc::CallbackServerContext* context,
                                                             benchmark::SumReply* reply) override;
  grpc::ServerBidiReactor<benchmark::SumRequest, benchmark::SumReply>* EchoSum(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context, const benchmark::Blob* request,
                                 benchmark::Blob* reply) override;
  grpc::ServerUnaryReactor* Complex(grpc::CallbackServerContext* context,
                                    const benchmark::ComplexMessage* request,
                                    benchmark::ComplexMessage* reply) override;
};
