// gRPC's interoperability cases, called by the official C++ library: official_client HOST:PORT CASE.

#include "grpc/testing/test.grpc.pb.h"

#include <chrono>
#include <cstdio>
#include <functional>
#include <grpcpp/grpcpp.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;
using grpc::testing::TestService;

void check(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void check_status(const grpc::Status& status, grpc::StatusCode expected) {
  check(status.error_code() == expected, "expected status " + std::to_string(expected) + ", got " +
                                             std::to_string(status.error_code()) + ": " +
                                             status.error_message());
}

void bound(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
}

SimpleRequest large_request() {
  SimpleRequest request;
  request.set_response_size(314159);
  request.mutable_payload()->set_body(std::string(271828, '\0'));
  return request;
}

void check_large(const grpc::Status& status, const SimpleResponse& response) {
  check_status(status, grpc::StatusCode::OK);
  check(response.payload().body() == std::string(314159, '\0'), "the response is not 314159 zero bytes");
}

StreamingOutputCallRequest output_request(const std::vector<int>& sizes, std::size_t payload) {
  StreamingOutputCallRequest request;
  for (int size : sizes) request.add_response_parameters()->set_size(size);
  request.mutable_payload()->set_body(std::string(payload, '\0'));
  return request;
}

template <class Stream>
void check_read(Stream& stream, std::size_t size) {
  StreamingOutputCallResponse response;
  check(stream.Read(&response), "the stream ended before its time");
  check(response.payload().body().size() == size, "a response has the wrong size");
}

template <class Stream>
void check_end(Stream& stream) {
  StreamingOutputCallResponse response;
  check(!stream.Read(&response), "a response came that nobody had asked for");
}

void empty_unary(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  Empty reply;
  check_status(stub.EmptyCall(&context, Empty(), &reply), grpc::StatusCode::OK);
}

void large_unary(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  SimpleResponse response;
  grpc::Status status = stub.UnaryCall(&context, large_request(), &response);
  check_large(status, response);
}

void client_streaming(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  StreamingInputCallResponse response;
  auto writer = stub.StreamingInputCall(&context, &response);
  for (std::size_t size : {27182u, 8u, 1828u, 45904u}) {
    StreamingInputCallRequest request;
    request.mutable_payload()->set_body(std::string(size, '\0'));
    check(writer->Write(request), "a write failed");
  }
  writer->WritesDone();
  check_status(writer->Finish(), grpc::StatusCode::OK);
  check(response.aggregated_payload_size() == 74922, "the sizes add up to something else");
}

void server_streaming(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  auto reader = stub.StreamingOutputCall(&context, output_request({31415, 9, 2653, 58979}, 0));
  for (std::size_t size : {31415u, 9u, 2653u, 58979u}) check_read(*reader, size);
  check_end(*reader);
  check_status(reader->Finish(), grpc::StatusCode::OK);
}

void ping_pong(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  auto stream = stub.FullDuplexCall(&context);
  const std::vector<std::pair<std::size_t, int>> rounds = {
      {27182, 31415}, {8, 9}, {1828, 2653}, {45904, 58979}};
  for (auto [payload, size] : rounds) {
    check(stream->Write(output_request({size}, payload)), "a write failed");
    check_read(*stream, static_cast<std::size_t>(size));
  }
  stream->WritesDone();
  check_end(*stream);
  check_status(stream->Finish(), grpc::StatusCode::OK);
}

void empty_stream(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  auto stream = stub.FullDuplexCall(&context);
  stream->WritesDone();
  check_end(*stream);
  check_status(stream->Finish(), grpc::StatusCode::OK);
}

void ask_for_echo(grpc::ClientContext& context) {
  bound(context);
  context.AddMetadata("x-grpc-test-echo-initial", "test_initial_metadata_value");
  context.AddMetadata("x-grpc-test-echo-trailing-bin", "\xab\xab\xab");
}

void check_echo(const grpc::ClientContext& context) {
  auto initial = context.GetServerInitialMetadata().find("x-grpc-test-echo-initial");
  check(
      initial != context.GetServerInitialMetadata().end() && initial->second == "test_initial_metadata_value",
      "the initial metadata did not come back");
  auto trailing = context.GetServerTrailingMetadata().find("x-grpc-test-echo-trailing-bin");
  check(trailing != context.GetServerTrailingMetadata().end() && trailing->second == "\xab\xab\xab",
        "the trailing metadata did not come back");
}

void custom_metadata(TestService::Stub& stub) {
  {
    grpc::ClientContext context;
    ask_for_echo(context);
    SimpleResponse response;
    grpc::Status status = stub.UnaryCall(&context, large_request(), &response);
    check_large(status, response);
    check_echo(context);
  }
  grpc::ClientContext context;
  ask_for_echo(context);
  auto stream = stub.FullDuplexCall(&context);
  check(stream->Write(output_request({314159}, 271828)), "a write failed");
  check_read(*stream, 314159);
  stream->WritesDone();
  check_end(*stream);
  check_status(stream->Finish(), grpc::StatusCode::OK);
  check_echo(context);
}

void check_unary_status(TestService::Stub& stub, const std::string& message) {
  grpc::ClientContext context;
  bound(context);
  SimpleRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message(message);
  SimpleResponse response;
  grpc::Status status = stub.UnaryCall(&context, request, &response);
  check_status(status, grpc::StatusCode::UNKNOWN);
  check(status.error_message() == message, "the message came back as \"" + status.error_message() + "\"");
}

void status_code_and_message(TestService::Stub& stub) {
  check_unary_status(stub, "test status message");
  grpc::ClientContext context;
  bound(context);
  auto stream = stub.FullDuplexCall(&context);
  StreamingOutputCallRequest request;
  request.mutable_response_status()->set_code(2);
  request.mutable_response_status()->set_message("test status message");
  stream->Write(request);
  stream->WritesDone();
  check_end(*stream);
  grpc::Status status = stream->Finish();
  check_status(status, grpc::StatusCode::UNKNOWN);
  check(status.error_message() == "test status message", "the stream's message is another");
}

void special_status_message(TestService::Stub& stub) {
  check_unary_status(
      stub, "\t\ntest with whitespace\r\nand Unicode BMP \xe2\x98\xba and non-BMP \xf0\x9f\x98\x88\t\n");
}

void unimplemented_method(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  Empty reply;
  check_status(stub.UnimplementedCall(&context, Empty(), &reply), grpc::StatusCode::UNIMPLEMENTED);
}

void cancel_after_begin(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  StreamingInputCallResponse response;
  auto writer = stub.StreamingInputCall(&context, &response);
  context.TryCancel();
  check_status(writer->Finish(), grpc::StatusCode::CANCELLED);
}

void cancel_after_first_response(TestService::Stub& stub) {
  grpc::ClientContext context;
  bound(context);
  auto stream = stub.FullDuplexCall(&context);
  check(stream->Write(output_request({31415}, 27182)), "a write failed");
  check_read(*stream, 31415);
  context.TryCancel();
  check_status(stream->Finish(), grpc::StatusCode::CANCELLED);
}

void timeout_on_sleeping_server(TestService::Stub& stub) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(1));
  auto stream = stub.FullDuplexCall(&context);
  stream->Write(output_request({}, 27182));
  check_status(stream->Finish(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

void unimplemented_service(const std::shared_ptr<grpc::Channel>& channel) {
  auto stub = grpc::testing::UnimplementedService::NewStub(channel);
  grpc::ClientContext context;
  bound(context);
  Empty reply;
  check_status(stub->UnimplementedCall(&context, Empty(), &reply), grpc::StatusCode::UNIMPLEMENTED);
}

const std::map<std::string, void (*)(TestService::Stub&)> kCases = {
    {"empty_unary", empty_unary},
    {"large_unary", large_unary},
    {"client_streaming", client_streaming},
    {"server_streaming", server_streaming},
    {"ping_pong", ping_pong},
    {"empty_stream", empty_stream},
    {"custom_metadata", custom_metadata},
    {"status_code_and_message", status_code_and_message},
    {"special_status_message", special_status_message},
    {"unimplemented_method", unimplemented_method},
    {"cancel_after_begin", cancel_after_begin},
    {"cancel_after_first_response", cancel_after_first_response},
    {"timeout_on_sleeping_server", timeout_on_sleeping_server},
};

void run(const std::string& name, const std::string& address) {
  auto channel = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
  if (name == "unimplemented_service") return unimplemented_service(channel);
  auto found = kCases.find(name);
  check(found != kCases.end(), "there is no such case");
  auto stub = TestService::NewStub(channel);
  found->second(*stub);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: official_client HOST:PORT CASE\n");
    return 2;
  }
  try {
    run(argv[2], argv[1]);
  } catch (const std::exception& error) {
    std::printf("%s: FAILED: %s\n", argv[2], error.what());
    return 1;
  }
  std::printf("%s: passed\n", argv[2]);
  return 0;
}
