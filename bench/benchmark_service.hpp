#pragma once

#include "benchmark.farcall.hpp"

namespace bench {

/// benchmark.BenchmarkService: the least that a handler of each kind can do, so that what is measured is the
/// library.
class BenchmarkService final : public benchmark::BenchmarkService::Service {
 public:
  farcall::Task<farcall::Result<benchmark::SumReply>> get_sum(farcall::ServerContext& context,
                                                              const benchmark::SumRequest& request) override;
  farcall::Task<farcall::Status> stream_sum(farcall::ServerContext& context,
                                            const benchmark::StreamRequest& request,
                                            farcall::ServerWriter<benchmark::SumReply>& writer) override;
  farcall::Task<farcall::Result<benchmark::SumReply>> collect_sum(
      farcall::ServerContext& context, farcall::ServerReader<benchmark::SumRequest>& reader) override;
  farcall::Task<farcall::Status> echo_sum(
      farcall::ServerContext& context,
      farcall::ServerStream<benchmark::SumRequest, benchmark::SumReply>& stream) override;
  farcall::Task<farcall::Result<benchmark::Blob>> echo(farcall::ServerContext& context,
                                                       const benchmark::Blob& request) override;
  farcall::Task<farcall::Result<benchmark::ComplexMessage>> complex(
      farcall::ServerContext& context, const benchmark::ComplexMessage& request) override;
};

}  // namespace bench
