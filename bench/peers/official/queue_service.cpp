#include "queue_service.hpp"

#include "returned_metadata.hpp"

#include <cstdlib>
#include <memory>
#include <optional>

namespace {

/// So many calls of a method wait for a client; each that comes is replaced.
constexpr int kWaiting = 128;

/// A place for one call after another: the queue gives it back when a call has come and when that has ended.
class Place {
 public:
  Place() = default;
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  virtual ~Place() = default;
  virtual void proceed(bool ok) = 0;
};

/// `request_call` asks the service for a call; `serve` fills in the reply.
template <class Request, class Reply, class Ask, class Serve>
class UnaryPlace final : public Place {
 public:
  UnaryPlace(Ask ask, Serve serve) : ask_(ask), serve_(serve) { wait(); }

  void proceed(bool ok) override {
    if (!came_ && ok) {
      came_ = true;
      // As many wait as before, however many calls are under way.
      if (!replaced_) static_cast<void>(new UnaryPlace(ask_, serve_));
      replaced_ = true;
      Reply reply;
      serve_(*context_, request_, reply);
      responder_->Finish(reply, grpc::Status::OK, this);
      return;
    }
    std::unique_ptr<UnaryPlace> done(this);
  }

 private:
  void wait() {
    context_.emplace();
    responder_.emplace(&*context_);
    ask_(&*context_, &request_, &*responder_, this);
  }

  Ask ask_;
  Serve serve_;
  bool came_ = false;
  bool replaced_ = false;
  std::optional<grpc::ServerContext> context_;
  std::optional<grpc::ServerAsyncResponseWriter<Reply>> responder_;
  Request request_;
};

template <class Request, class Reply, class Ask, class Serve>
void open_places(Ask ask, Serve serve) {
  for (int i = 0; i < kWaiting; ++i)
    static_cast<void>(new UnaryPlace<Request, Reply, Ask, Serve>(ask, serve));
}

}  // namespace

QueueService::QueueService(grpc::ServerBuilder& builder) {
  builder.RegisterService(&service_);
  queue_ = builder.AddCompletionQueue();
}

void QueueService::run() {
  grpc::ServerCompletionQueue* queue = queue_.get();
  Registered& service = service_;
  open_places<benchmark::SumRequest, benchmark::SumReply>(
      [&service, queue](auto* context, auto* request, auto* responder, void* tag) {
        service.RequestGetSum(context, request, responder, queue, queue, tag);
      },
      [](grpc::ServerContext& context, const benchmark::SumRequest& request, benchmark::SumReply& reply) {
        if (request.return_metadata()) return_metadata(context);
        reply.set_result(request.a() + request.b());
      });
  open_places<benchmark::Blob, benchmark::Blob>(
      [&service, queue](auto* context, auto* request, auto* responder, void* tag) {
        service.RequestEcho(context, request, responder, queue, queue, tag);
      },
      [](grpc::ServerContext&, const benchmark::Blob& request, benchmark::Blob& reply) { reply = request; });
  open_places<benchmark::ComplexMessage, benchmark::ComplexMessage>(
      [&service, queue](auto* context, auto* request, auto* responder, void* tag) {
        service.RequestComplex(context, request, responder, queue, queue, tag);
      },
      [](grpc::ServerContext&, const benchmark::ComplexMessage& request, benchmark::ComplexMessage& reply) {
        reply = request;
      });
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Place*>(tag)->proceed(ok);
  std::exit(1);
}
