#pragma once

#include "benchmark.farcall.hpp"

namespace bench {

/// BenchmarkService with plain functions: what the way to a pool's thread costs, or is saved by running them
/// on the loop.
class BlockingBenchmarkService final : public benchmark::BenchmarkService::BlockingService {
 public:
  farcall::Result<benchmark::SumReply> get_sum(farcall::ServerContext& context,
                                               const benchmark::SumRequest& request) override;
  farcall::Status stream_sum(farcall::ServerContext& context, const benchmark::StreamRequest& request,
                             farcall::BlockingWriter<benchmark::SumReply>& writer) override;
  farcall::Result<benchmark::SumReply> collect_sum(
      farcall::ServerContext& context, farcall::BlockingReader<benchmark::SumRequest>& reader) override;
  farcall::Status echo_sum(
      farcall::ServerContext& context,
      farcall::BlockingStream<benchmark::SumRequest, benchmark::SumReply>& stream) override;
  farcall::Result<benchmark::Blob> echo(farcall::ServerContext& context,
                                        const benchmark::Blob& request) override;
  farcall::Result<benchmark::ComplexMessage> complex(farcall::ServerContext& context,
                                                     const benchmark::ComplexMessage& request) override;
};

}  // namespace bench
