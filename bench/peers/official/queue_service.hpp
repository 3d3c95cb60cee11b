#pragma once

#include "benchmark.grpc.pb.h"

#include <grpcpp/grpcpp.h>
#include <memory>

/// The unary methods of benchmark.BenchmarkService with the official library's completion queues: one queue,
/// one thread.
class QueueService {
 public:
  using Registered =
      benchmark::BenchmarkService::WithAsyncMethod_GetSum<benchmark::BenchmarkService::WithAsyncMethod_Echo<
          benchmark::BenchmarkService::WithAsyncMethod_Complex<benchmark::BenchmarkService::Service>>>;

  /// Before the server is built.
  explicit QueueService(grpc::ServerBuilder& builder);
  /// Serves on this thread.
  [[noreturn]] void run();

 private:
  Registered service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
};
