#include "blocking_service.hpp"

#include "sums.hpp"

#include <cstdint>

namespace bench {

farcall::Result<benchmark::SumReply> BlockingBenchmarkService::get_sum(farcall::ServerContext& context,
                                                                       const benchmark::SumRequest& request) {
  if (request.return_metadata()) return_metadata(context);
  return reply_with(sum(request.a(), request.b()));
}

farcall::Status BlockingBenchmarkService::stream_sum(farcall::ServerContext&,
                                                     const benchmark::StreamRequest& request,
                                                     farcall::BlockingWriter<benchmark::SumReply>& writer) {
  const benchmark::SumReply reply = reply_with(sum(request.a(), request.b()));
  for (std::int32_t i = 0; i < request.count(); ++i) writer.write(reply);
  return farcall::Status();
}

farcall::Result<benchmark::SumReply> BlockingBenchmarkService::collect_sum(
    farcall::ServerContext&, farcall::BlockingReader<benchmark::SumRequest>& reader) {
  std::int32_t total = 0;
  while (auto request = reader.read()) total = sum(total, sum(request->a(), request->b()));
  return reply_with(total);
}

farcall::Status BlockingBenchmarkService::echo_sum(
    farcall::ServerContext&, farcall::BlockingStream<benchmark::SumRequest, benchmark::SumReply>& stream) {
  while (auto request = stream.read()) stream.write(reply_with(sum(request->a(), request->b())));
  return farcall::Status();
}

farcall::Result<benchmark::Blob> BlockingBenchmarkService::echo(farcall::ServerContext&,
                                                                const benchmark::Blob& request) {
  return request;
}

farcall::Result<benchmark::ComplexMessage> BlockingBenchmarkService::complex(
    farcall::ServerContext&, const benchmark::ComplexMessage& request) {
  return request;
}

}  // namespace bench
