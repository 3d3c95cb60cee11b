#include "benchmark_service.hpp"

#include "sums.hpp"

#include <cstdint>

namespace bench {

farcall::Task<farcall::Result<benchmark::SumReply>> BenchmarkService::get_sum(
    farcall::ServerContext& context, const benchmark::SumRequest& request) {
  if (request.return_metadata()) return_metadata(context);
  co_return reply_with(sum(request.a(), request.b()));
}

farcall::Task<farcall::Status> BenchmarkService::stream_sum(
    farcall::ServerContext&, const benchmark::StreamRequest& request,
    farcall::ServerWriter<benchmark::SumReply>& writer) {
  benchmark::SumReply reply = reply_with(sum(request.a(), request.b()));
  for (std::int32_t i = 0; i < request.count(); ++i) co_await writer.write(reply);
  co_return farcall::Status();
}

farcall::Task<farcall::Result<benchmark::SumReply>> BenchmarkService::collect_sum(
    farcall::ServerContext&, farcall::ServerReader<benchmark::SumRequest>& reader) {
  std::int32_t total = 0;
  while (auto request = co_await reader.read()) total = sum(total, sum(request->a(), request->b()));
  co_return reply_with(total);
}

farcall::Task<farcall::Status> BenchmarkService::echo_sum(
    farcall::ServerContext&, farcall::ServerStream<benchmark::SumRequest, benchmark::SumReply>& stream) {
  while (auto request = co_await stream.read())
    co_await stream.write(reply_with(sum(request->a(), request->b())));
  co_return farcall::Status();
}

farcall::Task<farcall::Result<benchmark::Blob>> BenchmarkService::echo(farcall::ServerContext&,
                                                                       const benchmark::Blob& request) {
  co_return request;
}

farcall::Task<farcall::Result<benchmark::ComplexMessage>> BenchmarkService::complex(
    farcall::ServerContext&, const benchmark::ComplexMessage& request) {
  co_return request;
}

}  // namespace bench
