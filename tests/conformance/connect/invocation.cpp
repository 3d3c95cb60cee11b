#include "invocation.hpp"

#include "connectrpc/conformance/v1/service.farcall.hpp"
#include "conversion.hpp"

#include <farcall/call_options.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace conformance {
namespace {

using std::chrono::milliseconds;
using Client = suite::ConformanceService::Client;
using Outcome = suite::ClientResponseResult;
using Cancel = suite::ClientCompatRequest::Cancel;

/// What one case asks for, taken apart. Outlives the call.
class Case {
 public:
  explicit Case(const suite::ClientCompatRequest& request) : request_(request) {
    if (request.has_timeout_ms()) options_.timeout(milliseconds(request.timeout_ms()));
    if (request.message_receive_limit() > 0)
      options_.max_receive_message_size(request.message_receive_limit());
    for_each_value(request.request_headers(),
                   [this](auto name, auto value) { options_.metadata(name, value); });
    options_.collect(metadata_);
  }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  [[nodiscard]] farcall::CallOptions options() const { return options_; }
  [[nodiscard]] int messages() const { return request_.request_messages_size(); }
  template <class Request>
  [[nodiscard]] Request message(int i) const {
    Request message;
    if (!request_.request_messages(i).UnpackTo(&message))
      throw std::runtime_error("a request message is no " + message.GetTypeName());
    return message;
  }
  template <class Request>
  [[nodiscard]] Request only_message() const {
    if (messages() != 1) throw std::runtime_error("a call with one request was given another number of them");
    return message<Request>(0);
  }
  [[nodiscard]] farcall::Sleep request_delay() const {
    return farcall::sleep(milliseconds(request_.request_delay_ms()));
  }
  [[nodiscard]] bool has_request_delay() const { return request_.request_delay_ms() > 0; }
  [[nodiscard]] bool full_duplex() const {
    return request_.stream_type() == suite::STREAM_TYPE_FULL_DUPLEX_BIDI_STREAM;
  }

  [[nodiscard]] bool cancels_before_close() const { return cancel_timing() == Cancel::kBeforeCloseSend; }
  /// How long after the end of the requests; nothing if the call is not to be cancelled there.
  [[nodiscard]] std::optional<milliseconds> cancels_after_close() const {
    if (!request_.has_cancel()) return std::nullopt;
    if (cancel_timing() == Cancel::kAfterCloseSendMs)
      return milliseconds(request_.cancel().after_close_send_ms());
    if (cancel_timing() == Cancel::CANCEL_TIMING_NOT_SET) return milliseconds(0);
    return std::nullopt;
  }
  [[nodiscard]] bool cancels_after(int responses) const {
    return cancel_timing() == Cancel::kAfterNumResponses &&
           request_.cancel().after_num_responses() == static_cast<std::uint32_t>(responses);
  }

  /// What the server's answer came to, besides its messages.
  void conclude(const farcall::Status& status, Outcome& outcome) const {
    *outcome.mutable_response_headers() = to_suite(metadata_.initial);
    *outcome.mutable_response_trailers() = to_suite(metadata_.trailing);
    if (!status.ok()) *outcome.mutable_error() = to_suite(status);
  }

 private:
  [[nodiscard]] Cancel::CancelTimingCase cancel_timing() const {
    return request_.has_cancel() ? request_.cancel().cancel_timing_case() : Cancel::CANCEL_TIMING_NOT_SET;
  }

  const suite::ClientCompatRequest& request_;
  farcall::CallOptions options_;
  farcall::ResponseMetadata metadata_;
};

farcall::Task<void> cancel_later(farcall::codegen::Ref<farcall::codegen::ClientCall> call,
                                 milliseconds after) {
  if (after.count() > 0) co_await farcall::sleep(after);
  call->cancel("cancelled by the client");
}

/// A call with one request and one response. The stubs end such a call when its operation is destroyed; to
/// see the status that the cancelled call has itself, it is made of the same parts as they are.
template <class Request, class Response>
farcall::Task<Outcome> call_unary(farcall::Runtime& runtime, farcall::Channel& channel,
                                  farcall::codegen::ClientMethod method, const Case& wanted) {
  namespace codegen = farcall::codegen;
  const auto call = codegen::make_call(channel, method, wanted.options());
  codegen::put_request(*call, nullptr, wanted.only_message<Request>());
  if (const auto after = wanted.cancels_after_close()) runtime.spawn(cancel_later(call, *after));
  farcall::Op<farcall::Result<Response>> operation(call, codegen::OpStep::reply,
                                                   &codegen::take_unary_reply<Response>);
  const farcall::Result<Response> response = co_await operation;
  Outcome outcome;
  if constexpr (requires { response->payload(); }) {
    if (response.ok()) *outcome.add_payloads() = response->payload();
  }
  wanted.conclude(response.status(), outcome);
  co_return outcome;
}

template <class Stream>
farcall::Task<void> cancel_after_close(Stream& stream, const Case& wanted) {
  const auto after = wanted.cancels_after_close();
  if (!after) co_return;
  if (after->count() > 0) co_await farcall::sleep(*after);
  stream.cancel();
}

/// Reads one response; false when there is none any more.
template <class Stream>
farcall::Task<bool> read_one(Stream& stream, const Case& wanted, Outcome& outcome) {
  auto response = co_await stream.read();
  if (!response) co_return false;
  *outcome.add_payloads() = response->payload();
  if (wanted.cancels_after(outcome.payloads_size())) stream.cancel();
  co_return true;
}

template <class Stream>
farcall::Task<void> read_rest(Stream& stream, const Case& wanted, Outcome& outcome) {
  while (co_await read_one(stream, wanted, outcome)) {
  }
  const farcall::Status status = co_await stream.finish();
  wanted.conclude(status, outcome);
}

/// Writes message `i`. False: the call was over before; the outcome says how many were not sent.
template <class Request, class Stream>
farcall::Task<bool> write_one(Stream& stream, const Case& wanted, int i, Outcome& outcome) {
  if (wanted.has_request_delay()) co_await wanted.request_delay();
  const Request message = wanted.message<Request>(i);
  if (co_await stream.write(message) == farcall::WriteResult::accepted) co_return true;
  outcome.set_num_unsent_requests(wanted.messages() - i);
  co_return false;
}

farcall::Task<Outcome> call_server_stream(farcall::Channel& channel, const Case& wanted) {
  Client client(channel);
  auto stream = client.server_stream(wanted.only_message<suite::ServerStreamRequest>(), wanted.options());
  co_await cancel_after_close(stream, wanted);
  Outcome outcome;
  co_await read_rest(stream, wanted, outcome);
  co_return outcome;
}

farcall::Task<Outcome> call_client_stream(farcall::Channel& channel, const Case& wanted) {
  Client client(channel);
  auto stream = client.client_stream(wanted.options());
  Outcome outcome;
  for (int i = 0; i < wanted.messages(); ++i) {
    if (!co_await write_one<suite::ClientStreamRequest>(stream, wanted, i, outcome)) break;
  }
  if (wanted.cancels_before_close()) {
    stream.cancel();
  } else {
    co_await stream.close_send();
    co_await cancel_after_close(stream, wanted);
  }
  const auto response = co_await stream.finish();
  if (response.ok()) *outcome.add_payloads() = response->payload();
  wanted.conclude(response.status(), outcome);
  co_return outcome;
}

farcall::Task<Outcome> call_bidi_stream(farcall::Channel& channel, const Case& wanted) {
  Client client(channel);
  auto stream = client.bidi_stream(wanted.options());
  Outcome outcome;
  for (int i = 0; i < wanted.messages(); ++i) {
    if (!co_await write_one<suite::BidiStreamRequest>(stream, wanted, i, outcome)) break;
    if (wanted.full_duplex() && !co_await read_one(stream, wanted, outcome)) break;
  }
  if (wanted.cancels_before_close()) {
    stream.cancel();
  } else {
    co_await stream.close_send();
    co_await cancel_after_close(stream, wanted);
  }
  co_await read_rest(stream, wanted, outcome);
  co_return outcome;
}

farcall::Task<Outcome> call(farcall::Runtime& runtime, farcall::Channel& channel, const std::string& method,
                            const Case& wanted) {
  using farcall::codegen::ClientMethod;
  using farcall::codegen::MethodKind;
  if (method == "Unary") {
    const ClientMethod unary("/connectrpc.conformance.v1.ConformanceService/Unary", MethodKind::unary);
    co_return co_await call_unary<suite::UnaryRequest, suite::UnaryResponse>(runtime, channel, unary, wanted);
  }
  if (method == "Unimplemented") {
    const ClientMethod missing("/connectrpc.conformance.v1.ConformanceService/Unimplemented",
                               MethodKind::unary);
    co_return co_await call_unary<suite::UnimplementedRequest, suite::UnimplementedResponse>(runtime, channel,
                                                                                             missing, wanted);
  }
  if (method == "ServerStream") co_return co_await call_server_stream(channel, wanted);
  if (method == "ClientStream") co_return co_await call_client_stream(channel, wanted);
  if (method == "BidiStream") co_return co_await call_bidi_stream(channel, wanted);
  throw std::runtime_error("there is no method " + method + " to call");
}

}  // namespace

farcall::Task<suite::ClientCompatResponse> invoke(farcall::Runtime& runtime,
                                                  suite::ClientCompatRequest request) {
  suite::ClientCompatResponse response;
  response.set_test_name(request.test_name());
  try {
    farcall::Channel channel(runtime, request.host() + ":" + std::to_string(request.port()));
    const Case wanted(request);
    *response.mutable_response() = co_await call(runtime, channel, request.method(), wanted);
  } catch (const std::exception& error) {
    response.mutable_error()->set_message(error.what());
  }
  co_return response;
}

}  // namespace conformance
