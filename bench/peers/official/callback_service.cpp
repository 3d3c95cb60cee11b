#include "callback_service.hpp"

#include "returned_metadata.hpp"

#include <cstdint>
#include <memory>

namespace {

/// Reactors end themselves, as the library wants it: they own themselves from the call's begin to OnDone.
class SumStreamer final : public grpc::ServerWriteReactor<benchmark::SumReply> {
 public:
  explicit SumStreamer(const benchmark::StreamRequest& request) : left_(request.count()) {
    reply_.set_result(request.a() + request.b());
    next();
  }

  void OnWriteDone(bool ok) override {
    if (!ok) left_ = 0;
    next();
  }
  void OnDone() override { std::unique_ptr<SumStreamer> done(this); }

 private:
  void next() {
    if (left_-- > 0) {
      StartWrite(&reply_);
    } else {
      Finish(grpc::Status::OK);
    }
  }

  std::int32_t left_;
  benchmark::SumReply reply_;
};

class SumCollector final : public grpc::ServerReadReactor<benchmark::SumRequest> {
 public:
  explicit SumCollector(benchmark::SumReply& reply) : reply_(reply) { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (ok) {
      total_ += request_.a() + request_.b();
      StartRead(&request_);
      return;
    }
    reply_.set_result(total_);
    Finish(grpc::Status::OK);
  }
  void OnDone() override { std::unique_ptr<SumCollector> done(this); }

 private:
  benchmark::SumReply& reply_;
  benchmark::SumRequest request_;
  std::int32_t total_ = 0;
};

class SumEcho final : public grpc::ServerBidiReactor<benchmark::SumRequest, benchmark::SumReply> {
 public:
  SumEcho() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    reply_.set_result(request_.a() + request_.b());
    StartWrite(&reply_);
  }
  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    StartRead(&request_);
  }
  void OnDone() override { std::unique_ptr<SumEcho> done(this); }

 private:
  benchmark::SumRequest request_;
  benchmark::SumReply reply_;
};

grpc::ServerUnaryReactor* finish(grpc::CallbackServerContext& context) {
  grpc::ServerUnaryReactor* reactor = context.DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* CallbackService::GetSum(grpc::CallbackServerContext* context,
                                                  const benchmark::SumRequest* request,
                                                  benchmark::SumReply* reply) {
  if (request->return_metadata()) return_metadata(*context);
  reply->set_result(request->a() + request->b());
  return finish(*context);
}

grpc::ServerWriteReactor<benchmark::SumReply>* CallbackService::StreamSum(
    grpc::CallbackServerContext*, const benchmark::StreamRequest* request) {
  return new SumStreamer(*request);
}

grpc::ServerReadReactor<benchmark::SumRequest>* CallbackService::CollectSum(grpc::CallbackServerContext*,
                                                                            benchmark::SumReply* reply) {
  return new SumCollector(*reply);
}

grpc::ServerBidiReactor<benchmark::SumRequest, benchmark::SumReply>* CallbackService::EchoSum(
    grpc::CallbackServerContext*) {
  return new SumEcho;
}

grpc::ServerUnaryReactor* CallbackService::Echo(grpc::CallbackServerContext* context,
                                                const benchmark::Blob* request, benchmark::Blob* reply) {
  *reply = *request;
  return finish(*context);
}

grpc::ServerUnaryReactor* CallbackService::Complex(grpc::CallbackServerContext* context,
                                                   const benchmark::ComplexMessage* request,
                                                   benchmark::ComplexMessage* reply) {
  *reply = *request;
  return finish(*context);
}
