#pragma once

#include "connectrpc/conformance/v1/service.farcall.hpp"

namespace conformance {

namespace suite = connectrpc::conformance::v1;

/// The service that the suite calls: it tells what it saw of a call and answers as the request demands. What
/// each method has to do is said in the suite's service.proto. `Unimplemented` is left as it is generated.
class Service final : public suite::ConformanceService::Service {
 public:
  farcall::Task<farcall::Result<suite::UnaryResponse>> unary(farcall::ServerContext& context,
                                                             const suite::UnaryRequest& request) override;
  farcall::Task<farcall::Result<suite::IdempotentUnaryResponse>> idempotent_unary(
      farcall::ServerContext& context, const suite::IdempotentUnaryRequest& request) override;
  farcall::Task<farcall::Status> server_stream(
      farcall::ServerContext& context, const suite::ServerStreamRequest& request,
      farcall::ServerWriter<suite::ServerStreamResponse>& writer) override;
  farcall::Task<farcall::Result<suite::ClientStreamResponse>> client_stream(
      farcall::ServerContext& context, farcall::ServerReader<suite::ClientStreamRequest>& reader) override;
  farcall::Task<farcall::Status> bidi_stream(
      farcall::ServerContext& context,
      farcall::ServerStream<suite::BidiStreamRequest, suite::BidiStreamResponse>& stream) override;
};

}  // namespace conformance
