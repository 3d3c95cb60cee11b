#include "service.hpp"

#include "conversion.hpp"

#include <farcall/sleep.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace conformance {
namespace {

using RequestInfo = suite::ConformancePayload::RequestInfo;

void set_metadata(farcall::ServerContext& context, const SuiteHeaders& headers,
                  const SuiteHeaders& trailers) {
  for_each_value(headers, [&](auto name, auto value) { context.add_initial_metadata(name, value); });
  for_each_value(trailers, [&](auto name, auto value) { context.add_trailing_metadata(name, value); });
}

/// What was seen of the call, without its requests.
RequestInfo describe(farcall::ServerContext& context) {
  RequestInfo info;
  *info.mutable_request_headers() = to_suite(context.metadata());
  if (const auto deadline = context.deadline()) {
    const auto left = *deadline - std::chrono::steady_clock::now();
    info.set_timeout_ms(std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
  }
  return info;
}

farcall::Sleep delay(std::uint32_t milliseconds) {
  return farcall::sleep(std::chrono::milliseconds(milliseconds));
}

/// What a method with one response answers. `info` tells of the call and its requests.
template <class Response>
farcall::Task<farcall::Result<Response>> answer(farcall::ServerContext& context,
                                                const suite::UnaryResponseDefinition& wanted,
                                                RequestInfo info) {
  set_metadata(context, wanted.response_headers(), wanted.response_trailers());
  if (wanted.response_delay_ms() > 0) co_await delay(wanted.response_delay_ms());
  if (wanted.has_error()) co_return to_status(wanted.error(), &info);
  Response response;
  response.mutable_payload()->set_data(wanted.response_data());
  *response.mutable_payload()->mutable_request_info() = std::move(info);
  co_return response;
}

/// The responses of a method that streams them, one after the other.
template <class Response>
class Responses {
 public:
  Responses(const suite::StreamResponseDefinition& wanted, farcall::ServerWriter<Response>& writer)
      : wanted_(wanted), writer_(writer) {}

  [[nodiscard]] bool any_left() const { return sent_ < wanted_.response_data_size(); }
  [[nodiscard]] bool none_sent() const { return sent_ == 0; }

  /// The next one; `info` goes with it unless null.
  farcall::Task<void> send(const RequestInfo* info) {
    Response response;
    response.mutable_payload()->set_data(wanted_.response_data(sent_++));
    if (info != nullptr) *response.mutable_payload()->mutable_request_info() = *info;
    if (wanted_.response_delay_ms() > 0) co_await delay(wanted_.response_delay_ms());
    co_await writer_.write(response);
  }

  /// Those that are left, `info` with the very first, and the status that ends the call.
  farcall::Task<farcall::Status> end(const RequestInfo& info) {
    while (any_left()) co_await send(none_sent() ? &info : nullptr);
    if (!wanted_.has_error()) co_return farcall::Status();
    co_return to_status(wanted_.error(), none_sent() ? &info : nullptr);
  }

 private:
  const suite::StreamResponseDefinition& wanted_;
  farcall::ServerWriter<Response>& writer_;
  int sent_ = 0;
};

}  // namespace

farcall::Task<farcall::Result<suite::UnaryResponse>> Service::unary(farcall::ServerContext& context,
                                                                    const suite::UnaryRequest& request) {
  RequestInfo info = describe(context);
  info.add_requests()->PackFrom(request);
  co_return co_await answer<suite::UnaryResponse>(context, request.response_definition(), std::move(info));
}

farcall::Task<farcall::Result<suite::IdempotentUnaryResponse>> Service::idempotent_unary(
    farcall::ServerContext& context, const suite::IdempotentUnaryRequest& request) {
  RequestInfo info = describe(context);
  info.add_requests()->PackFrom(request);
  co_return co_await answer<suite::IdempotentUnaryResponse>(context, request.response_definition(),
                                                            std::move(info));
}

farcall::Task<farcall::Status> Service::server_stream(
    farcall::ServerContext& context, const suite::ServerStreamRequest& request,
    farcall::ServerWriter<suite::ServerStreamResponse>& writer) {
  if (!request.has_response_definition()) co_return farcall::Status();
  const suite::StreamResponseDefinition& wanted = request.response_definition();
  set_metadata(context, wanted.response_headers(), wanted.response_trailers());
  RequestInfo info = describe(context);
  info.add_requests()->PackFrom(request);
  if (wanted.response_data_size() > 0) co_await writer.send_initial_metadata();
  Responses<suite::ServerStreamResponse> responses(wanted, writer);
  co_return co_await responses.end(info);
}

farcall::Task<farcall::Result<suite::ClientStreamResponse>> Service::client_stream(
    farcall::ServerContext& context, farcall::ServerReader<suite::ClientStreamRequest>& reader) {
  RequestInfo info = describe(context);
  suite::UnaryResponseDefinition wanted;
  while (auto request = co_await reader.read()) {
    if (info.requests().empty()) wanted = request->response_definition();
    info.add_requests()->PackFrom(*request);
  }
  co_return co_await answer<suite::ClientStreamResponse>(context, wanted, std::move(info));
}

farcall::Task<farcall::Status> Service::bidi_stream(
    farcall::ServerContext& context,
    farcall::ServerStream<suite::BidiStreamRequest, suite::BidiStreamResponse>& stream) {
  RequestInfo info = describe(context);
  const std::optional<suite::BidiStreamRequest> first = co_await stream.read();
  if (!first) co_return farcall::Status();
  const suite::StreamResponseDefinition& wanted = first->response_definition();
  set_metadata(context, wanted.response_headers(), wanted.response_trailers());
  if (wanted.response_data_size() > 0) co_await stream.send_initial_metadata();

  Responses<suite::BidiStreamResponse> responses(wanted, stream);
  std::optional<suite::BidiStreamRequest> request = first;
  while (request) {
    info.add_requests()->PackFrom(*request);
    if (first->full_duplex()) {
      if (!responses.any_left()) break;
      co_await responses.send(&info);
      info.Clear();  // the next one tells of the requests since this one only
    }
    request = co_await stream.read();
  }
  co_return co_await responses.end(info);
}

}  // namespace conformance
