#include "test_service.hpp"

#include <farcall/sleep.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace interop {
namespace {

using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

constexpr std::string_view kEchoInitial = "x-grpc-test-echo-initial";
constexpr std::string_view kEchoTrailing = "x-grpc-test-echo-trailing-bin";
/// More than any case asks for; a larger number is a mistake or an attack.
constexpr int kLargestResponse = 64 * 1024 * 1024;

/// The case custom_metadata: what comes under these names goes back under the same.
void echo_metadata(farcall::ServerContext& context) {
  if (auto value = context.metadata().find(kEchoInitial)) context.add_initial_metadata(kEchoInitial, *value);
  if (auto value = context.metadata().find(kEchoTrailing))
    context.add_trailing_metadata(kEchoTrailing, *value);
}

bool is_size(int size) {
  return size >= 0 && size <= kLargestResponse;
}

farcall::Status bad_size(int size) {
  return farcall::Status::invalid_argument("a response of " + std::to_string(size) +
                                           " bytes cannot be made: ask for 0 to " +
                                           std::to_string(kLargestResponse));
}

farcall::Status not_compressed() {
  return farcall::Status::invalid_argument("the request was expected to be compressed, and is not");
}

template <class Request>
farcall::Status requested_status(const Request& request) {
  if (!request.has_response_status() || request.response_status().code() == 0) return farcall::Status();
  return farcall::Status(static_cast<farcall::StatusCode>(request.response_status().code()),
                         request.response_status().message());
}

/// All responses that one request of a stream asks for.
farcall::Task<farcall::Status> respond(const StreamingOutputCallRequest& request,
                                       farcall::ServerWriter<StreamingOutputCallResponse>& writer) {
  for (const grpc::testing::ResponseParameters& parameters : request.response_parameters()) {
    if (!is_size(parameters.size())) co_return bad_size(parameters.size());
    if (parameters.interval_us() > 0)
      co_await farcall::sleep(std::chrono::microseconds(parameters.interval_us()));
    StreamingOutputCallResponse response;
    response.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(parameters.size()), '\0');
    co_await writer.write(response);
  }
  co_return requested_status(request);
}

}  // namespace

TestService::TestService() : server_id_("farcall-" + std::to_string(::getpid())) {}

farcall::Task<farcall::Result<Empty>> TestService::empty_call(farcall::ServerContext& context, const Empty&) {
  echo_metadata(context);
  co_return Empty();
}

farcall::Task<farcall::Result<SimpleResponse>> TestService::unary_call(farcall::ServerContext& context,
                                                                       const SimpleRequest& request) {
  echo_metadata(context);
  if (request.expect_compressed().value()) co_return not_compressed();
  if (!is_size(request.response_size())) co_return bad_size(request.response_size());
  if (farcall::Status status = requested_status(request); !status.ok()) co_return status;
  SimpleResponse response;
  response.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(request.response_size()), '\0');
  if (request.fill_server_id()) response.set_server_id(server_id_);
  co_return response;
}

farcall::Task<farcall::Result<SimpleResponse>> TestService::cacheable_unary_call(
    farcall::ServerContext& context, const SimpleRequest& request) {
  context.add_initial_metadata("cache-control", "max-age=60, public");
  co_return co_await unary_call(context, request);
}

farcall::Task<farcall::Status> TestService::streaming_output_call(
    farcall::ServerContext& context, const StreamingOutputCallRequest& request,
    farcall::ServerWriter<StreamingOutputCallResponse>& writer) {
  echo_metadata(context);
  co_return co_await respond(request, writer);
}

farcall::Task<farcall::Result<StreamingInputCallResponse>> TestService::streaming_input_call(
    farcall::ServerContext& context, farcall::ServerReader<StreamingInputCallRequest>& reader) {
  echo_metadata(context);
  std::size_t total = 0;
  while (auto request = co_await reader.read()) {
    if (request->expect_compressed().value()) co_return not_compressed();
    total += request->payload().body().size();
  }
  StreamingInputCallResponse response;
  response.set_aggregated_payload_size(static_cast<int>(total));
  co_return response;
}

farcall::Task<farcall::Status> TestService::full_duplex_call(
    farcall::ServerContext& context,
    farcall::ServerStream<StreamingOutputCallRequest, StreamingOutputCallResponse>& stream) {
  echo_metadata(context);
  co_await stream.send_initial_metadata();
  while (auto request = co_await stream.read()) {
    farcall::Status status = co_await respond(*request, stream);
    if (!status.ok()) co_return status;
  }
  co_return farcall::Status();
}

farcall::Task<farcall::Status> TestService::half_duplex_call(
    farcall::ServerContext& context,
    farcall::ServerStream<StreamingOutputCallRequest, StreamingOutputCallResponse>& stream) {
  echo_metadata(context);
  std::vector<StreamingOutputCallRequest> requests;
  while (auto request = co_await stream.read()) requests.push_back(std::move(*request));
  for (const StreamingOutputCallRequest& request : requests) {
    farcall::Status status = co_await respond(request, stream);
    if (!status.ok()) co_return status;
  }
  co_return farcall::Status();
}

}  // namespace interop
