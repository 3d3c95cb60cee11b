#include "cases.hpp"

#include "checks.hpp"
#include "grpc/testing/test.farcall.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <utility>

namespace interop {
namespace {

using namespace std::chrono_literals;
using farcall::CallOptions;
using farcall::StatusCode;
using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using Client = grpc::testing::TestService::Client;

void check_large_response(const farcall::Result<SimpleResponse>& response) {
  check_status(response.status(), StatusCode::ok);
  check(response->payload().body() == std::string(314'159, '\0'), "the response is not 314159 zero bytes");
}

StreamingOutputCallRequest output_request(std::initializer_list<int> sizes, int payload_size) {
  StreamingOutputCallRequest request;
  for (int size : sizes) request.add_response_parameters()->set_size(size);
  request.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(payload_size), '\0');
  return request;
}

void check_size(const std::optional<StreamingOutputCallResponse>& response, int size) {
  check(response.has_value(), "the stream ended before its time");
  check(response->payload().body().size() == static_cast<std::size_t>(size),
        "expected " + std::to_string(size) + " bytes, got " +
            std::to_string(response->payload().body().size()));
}

void empty_unary(farcall::Channel& channel) {
  check_status(Client(channel).empty_call(Empty(), bounded()).get().status(), StatusCode::ok);
}

void large_unary_case(farcall::Channel& channel) {
  large_unary(channel);
}

void client_streaming(farcall::Channel& channel) {
  auto stream = Client(channel).streaming_input_call(bounded());
  for (std::size_t size : {27'182u, 8u, 1'828u, 45'904u}) {
    StreamingInputCallRequest request;
    request.mutable_payload()->mutable_body()->assign(size, '\0');
    stream.write(request).get();
  }
  auto response = stream.finish().get();
  check_status(response.status(), StatusCode::ok);
  check(response->aggregated_payload_size() == 74'922,
        "expected 74922 bytes in all, got " + std::to_string(response->aggregated_payload_size()));
}

void server_streaming(farcall::Channel& channel) {
  auto stream =
      Client(channel).streaming_output_call(output_request({31'415, 9, 2'653, 58'979}, 0), bounded());
  for (int size : {31'415, 9, 2'653, 58'979}) check_size(stream.read().get(), size);
  check(!stream.read().get().has_value(), "more than four responses came");
  check_status(stream.finish().get(), StatusCode::ok);
}

void ping_pong(farcall::Channel& channel) {
  auto stream = Client(channel).full_duplex_call(bounded());
  const std::array<std::pair<int, int>, 4> rounds = {
      {{27'182, 31'415}, {8, 9}, {1'828, 2'653}, {45'904, 58'979}}};
  for (auto [request_size, response_size] : rounds) {
    stream.write(output_request({response_size}, request_size)).get();
    check_size(stream.read().get(), response_size);
  }
  stream.close_send().get();
  check(!stream.read().get().has_value(), "a response came that nobody had asked for");
  check_status(stream.finish().get(), StatusCode::ok);
}

void empty_stream(farcall::Channel& channel) {
  auto stream = Client(channel).full_duplex_call(bounded());
  stream.close_send().get();
  check(!stream.read().get().has_value(), "a response came to no request");
  check_status(stream.finish().get(), StatusCode::ok);
}

constexpr std::string_view kEchoInitial = "x-grpc-test-echo-initial";
constexpr std::string_view kEchoTrailing = "x-grpc-test-echo-trailing-bin";
constexpr std::string_view kInitialValue = "test_initial_metadata_value";
constexpr std::string_view kTrailingValue = "\xab\xab\xab";

CallOptions with_echoed_metadata() {
  return bounded().metadata(kEchoInitial, kInitialValue).metadata(kEchoTrailing, kTrailingValue);
}

void check_echoed(const farcall::Metadata& initial, const farcall::Metadata& trailing) {
  check(initial.find(kEchoInitial) == kInitialValue, "the initial metadata did not come back");
  check(trailing.find(kEchoTrailing) == kTrailingValue, "the trailing metadata did not come back");
}

void custom_metadata(farcall::Channel& channel) {
  farcall::ResponseMetadata metadata;
  check_large_response(
      Client(channel)
          .unary_call(simple_request(271'828, 314'159), with_echoed_metadata().collect(metadata))
          .get());
  check_echoed(metadata.initial, metadata.trailing);

  auto stream = Client(channel).full_duplex_call(with_echoed_metadata());
  stream.write(output_request({314'159}, 271'828)).get();
  check_size(stream.read().get(), 314'159);
  stream.close_send().get();
  farcall::Metadata initial = stream.initial_metadata().get();
  check_status(stream.finish().get(), StatusCode::ok);
  check_echoed(initial, stream.trailing_metadata());
}

void check_echoed_status(const farcall::Status& status, const std::string& message) {
  check_status(status, StatusCode::unknown);
  check(status.message() == message, "the message came back as \"" + status.message() + "\"");
}

void status_code_and_message(farcall::Channel& channel) {
  const std::string message = "test status message";
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  check_echoed_status(Client(channel).unary_call(request, bounded()).get().status(), message);

  auto stream = Client(channel).full_duplex_call(bounded());
  StreamingOutputCallRequest first;
  *first.mutable_response_status() = request.response_status();
  stream.write(first).get();
  stream.close_send().get();
  check_echoed_status(stream.finish().get(), message);
}

void special_status_message(farcall::Channel& channel) {
  const std::string message =
      "\t\ntest with whitespace\r\nand Unicode BMP \xe2\x98\xba and non-BMP \xf0\x9f\x98\x88\t\n";
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  check_echoed_status(Client(channel).unary_call(request, bounded()).get().status(), message);
}

void unimplemented_method(farcall::Channel& channel) {
  check_status(Client(channel).unimplemented_call(Empty(), bounded()).get().status(),
               StatusCode::unimplemented);
}

void unimplemented_service(farcall::Channel& channel) {
  grpc::testing::UnimplementedService::Client client(channel);
  check_status(client.unimplemented_call(Empty(), bounded()).get().status(), StatusCode::unimplemented);
}

void cancel_after_begin(farcall::Channel& channel) {
  auto stream = Client(channel).streaming_input_call(bounded());
  stream.cancel();
  check_status(stream.finish().get().status(), StatusCode::cancelled);
}

void cancel_after_first_response(farcall::Channel& channel) {
  auto stream = Client(channel).full_duplex_call(bounded());
  stream.write(output_request({31'415}, 27'182)).get();
  check_size(stream.read().get(), 31'415);
  stream.cancel();
  check_status(stream.finish().get(), StatusCode::cancelled);
}

void timeout_on_sleeping_server(farcall::Channel& channel) {
  auto stream = Client(channel).full_duplex_call(farcall::within(1ms));
  stream.write(output_request({}, 27'182)).get();
  // The sending side stays open, so the server has no reason to end the call.
  check(!stream.read().get().has_value(), "a response came that nobody had asked for");
  check_status(stream.finish().get(), StatusCode::deadline_exceeded);
}

}  // namespace

farcall::CallOptions bounded() {
  return farcall::within(30s);
}

void check(bool holds, const std::string& what) {
  if (!holds) throw CaseFailed(what);
}

void check_status(const farcall::Status& status, StatusCode expected) {
  check(status.code() == expected, "expected " + std::string(name(expected)) + ", got " + to_string(status));
}

SimpleRequest simple_request(int request_size, int response_size) {
  SimpleRequest request;
  request.set_response_size(response_size);
  request.mutable_payload()->mutable_body()->assign(static_cast<std::size_t>(request_size), '\0');
  return request;
}

void large_unary(farcall::Channel& channel, int request_size, int response_size) {
  auto response = Client(channel).unary_call(simple_request(request_size, response_size), bounded()).get();
  check_status(response.status(), StatusCode::ok);
  check(response->payload().body() == std::string(static_cast<std::size_t>(response_size), '\0'),
        "the response is not " + std::to_string(response_size) + " zero bytes");
}

const std::vector<Case>& standard_cases() {
  static const std::vector<Case> cases = {
      {"empty_unary", empty_unary},
      {"large_unary", large_unary_case},
      {"client_streaming", client_streaming},
      {"server_streaming", server_streaming},
      {"ping_pong", ping_pong},
      {"empty_stream", empty_stream},
      {"custom_metadata", custom_metadata},
      {"status_code_and_message", status_code_and_message},
      {"special_status_message", special_status_message},
      {"unimplemented_method", unimplemented_method},
      {"unimplemented_service", unimplemented_service},
      {"cancel_after_begin", cancel_after_begin},
      {"cancel_after_first_response", cancel_after_first_response},
      {"timeout_on_sleeping_server", timeout_on_sleeping_server},
  };
  return cases;
}

}  // namespace interop
