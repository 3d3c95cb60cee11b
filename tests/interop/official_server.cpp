// grpc.testing.TestService on the official C++ library, for farcall's client to call. Ends on SIGTERM.

#include "grpc/testing/test.grpc.pb.h"

#include <csignal>
#include <cstdio>
#include <grpcpp/grpcpp.h>
#include <memory>
#include <string>

namespace {

using grpc::testing::Empty;
using grpc::testing::SimpleRequest;
using grpc::testing::SimpleResponse;
using grpc::testing::StreamingInputCallRequest;
using grpc::testing::StreamingInputCallResponse;
using grpc::testing::StreamingOutputCallRequest;
using grpc::testing::StreamingOutputCallResponse;

void echo_metadata(grpc::ServerContext& context) {
  const auto& metadata = context.client_metadata();
  auto initial = metadata.find("x-grpc-test-echo-initial");
  if (initial != metadata.end()) {
    context.AddInitialMetadata("x-grpc-test-echo-initial",
                               std::string(initial->second.data(), initial->second.size()));
  }
  auto trailing = metadata.find("x-grpc-test-echo-trailing-bin");
  if (trailing != metadata.end()) {
    context.AddTrailingMetadata("x-grpc-test-echo-trailing-bin",
                                std::string(trailing->second.data(), trailing->second.size()));
  }
}

template <class Request>
grpc::Status requested_status(const Request& request) {
  if (!request.has_response_status()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(request.response_status().code()),
          request.response_status().message()};
}

template <class Writer>
void respond(const StreamingOutputCallRequest& request, Writer& writer) {
  for (const auto& parameters : request.response_parameters()) {
    StreamingOutputCallResponse response;
    response.mutable_payload()->set_body(std::string(static_cast<std::size_t>(parameters.size()), '\0'));
    writer.Write(response);
  }
}

class Service final : public grpc::testing::TestService::Service {
  grpc::Status EmptyCall(grpc::ServerContext*, const Empty*, Empty*) override { return grpc::Status::OK; }

  grpc::Status UnaryCall(grpc::ServerContext* context, const SimpleRequest* request,
                         SimpleResponse* response) override {
    echo_metadata(*context);
    response->mutable_payload()->set_body(
        std::string(static_cast<std::size_t>(request->response_size()), '\0'));
    return requested_status(*request);
  }

  grpc::Status StreamingOutputCall(grpc::ServerContext* context, const StreamingOutputCallRequest* request,
                                   grpc::ServerWriter<StreamingOutputCallResponse>* writer) override {
    echo_metadata(*context);
    respond(*request, *writer);
    return requested_status(*request);
  }

  grpc::Status StreamingInputCall(grpc::ServerContext*, grpc::ServerReader<StreamingInputCallRequest>* reader,
                                  StreamingInputCallResponse* response) override {
    std::size_t total = 0;
    StreamingInputCallRequest request;
    while (reader->Read(&request)) total += request.payload().body().size();
    response->set_aggregated_payload_size(static_cast<int>(total));
    return grpc::Status::OK;
  }

  grpc::Status FullDuplexCall(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<StreamingOutputCallResponse, StreamingOutputCallRequest>* stream) override {
    echo_metadata(*context);
    StreamingOutputCallRequest request;
    while (stream->Read(&request)) {
      respond(request, *stream);
      grpc::Status status = requested_status(request);
      if (!status.ok()) return status;
    }
    return grpc::Status::OK;
  }
};

}  // namespace

int main() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the library starts its threads

  Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) {
    std::fprintf(stderr, "official_server: cannot listen on 127.0.0.1\n");
    return 1;
  }
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  int received = 0;
  sigwait(&signals, &received);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
  return 0;
}
