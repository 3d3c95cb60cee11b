#pragma once

#include "grpc/testing/test.farcall.hpp"

#include <string>

namespace interop {

/// grpc.testing.TestService as gRPC's interoperability tests describe it, without compression: a request that
/// asks for a compressed reply gets it uncompressed, one that claims to be compressed is told
/// INVALID_ARGUMENT.
class TestService final : public grpc::testing::TestService::Service {
 public:
  TestService();

  farcall::Task<farcall::Result<grpc::testing::Empty>> empty_call(
      farcall::ServerContext& context, const grpc::testing::Empty& request) override;
  farcall::Task<farcall::Result<grpc::testing::SimpleResponse>> unary_call(
      farcall::ServerContext& context, const grpc::testing::SimpleRequest& request) override;
  farcall::Task<farcall::Result<grpc::testing::SimpleResponse>> cacheable_unary_call(
      farcall::ServerContext& context, const grpc::testing::SimpleRequest& request) override;
  farcall::Task<farcall::Status> streaming_output_call(
      farcall::ServerContext& context, const grpc::testing::StreamingOutputCallRequest& request,
      farcall::ServerWriter<grpc::testing::StreamingOutputCallResponse>& writer) override;
  farcall::Task<farcall::Result<grpc::testing::StreamingInputCallResponse>> streaming_input_call(
      farcall::ServerContext& context,
      farcall::ServerReader<grpc::testing::StreamingInputCallRequest>& reader) override;
  farcall::Task<farcall::Status> full_duplex_call(
      farcall::ServerContext& context,
      farcall::ServerStream<grpc::testing::StreamingOutputCallRequest,
                            grpc::testing::StreamingOutputCallResponse>& stream) override;
  farcall::Task<farcall::Status> half_duplex_call(
      farcall::ServerContext& context,
      farcall::ServerStream<grpc::testing::StreamingOutputCallRequest,
                            grpc::testing::StreamingOutputCallResponse>& stream) override;

 private:
  /// Not two servers of this program have the same.
  std::string server_id_;
};

}  // namespace interop
