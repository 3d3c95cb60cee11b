#include "server/handler_run.hpp"

#include "server/call.hpp"
#include "server/request_message.hpp"

#include <farcall/buffer.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/result.hpp>
#include <farcall/status.hpp>

#include <google/protobuf/message_lite.h>

#include <coroutine>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace farcall::server {
namespace {

/// A serialized request of this size is worth freeing a moment earlier.
constexpr std::size_t kLargeRequest = 16 * 1024;

/// Rounded up, so that anything may follow.
constexpr std::size_t room_for(std::size_t size) {
  return (size + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
}
/// Where the request lies.
constexpr std::size_t kRequestOffset = room_for(sizeof(HandlerRun));

void finish(Call& call, const codegen::Answer& answer) {
  if (answer.reply == nullptr) return call.finish(std::move(*answer.status));
  const google::protobuf::MessageLite& reply = *answer.reply;
  if (call.ServerCall::codec() == nullptr) [[likely]] {
    const std::size_t size = codegen::serialized_size(reply);
    std::byte* place =
        size == codegen::kUnserializable ? nullptr : call.place_reply(codegen::kMessagePrefixSize + size);
    if (place != nullptr) return codegen::serialize_to(place, size, reply);
    return call.finish(codegen::serialize(reply));
  }
  Result<Buffer> encoded = codegen::encode(*call.ServerCall::codec(), reply);
  if (!encoded.ok()) return call.finish(std::move(encoded).status());
  call.finish(std::move(*encoded));
}

}  // namespace

inline Call& HandlerRun::call() const {
  return static_cast<Call&>(handling_.call);
}

/// Runs the handler on a pool thread, or inline, while a coroutine waits. Cancellation does not interrupt it:
/// a cancelled coroutine is unwound when the function has returned.
class HandlerRun::PoolTrip final : private codegen::PoolWork, private UninterruptedWait {
 public:
  explicit PoolTrip(HandlerRun& run) : run_(run) {}

  bool await_ready() {
    if (run_.method_.kind != MethodKind::unary || !run_.call().runs_blocking_inline()) return false;
    run_.method_.handle(run_.handling_);
    return true;
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    begin(waiting);
    run_.call().run_on_pool(*this);
  }
  void await_resume() {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  void run() noexcept override {
    try {
      run_.method_.handle(run_.handling_);
    } catch (...) {
      error_ = std::current_exception();
    }
  }
  void finished() override { end(); }

  HandlerRun& run_;
  std::exception_ptr error_;
};

Task<void> HandlerRun::run_on_pool(HandlerRun& run) {
  co_await PoolTrip(run);
}

std::unique_ptr<HandlerRun> HandlerRun::make(const codegen::MethodBinding& method,
                                             codegen::ServiceBase& service, Call& call,
                                             const rpc::MessageView& request) {
  if (method.request == nullptr)
    return make_empty(method, service, call, sizeof(HandlerRun), method.blocking);
  // What a coroutine returns stays there, unless it is to outlive the coroutine and the request: see
  // `conclude`.
  const bool keeps_result =
      method.blocking || (request.size() >= kLargeRequest && method.kind == MethodKind::unary);
  std::unique_ptr<HandlerRun> run = make_empty(
      method, service, call, kRequestOffset + (call.arena() ? 0 : method.request->size), keeps_result);
  google::protobuf::MessageLite& message = *method.request->make(run->behind(kRequestOffset), call.arena());
  run->handling_.request = &message;
  const Status parsed = parse_request(call.ServerCall::codec(), request, message);
  if (parsed.ok()) [[likely]]
    return run;
  call.fail(parsed);
  return nullptr;
}

/// With `size` bytes, and room for the result behind them if it is to be kept.
std::unique_ptr<HandlerRun> HandlerRun::make_empty(const codegen::MethodBinding& method,
                                                   codegen::ServiceBase& service, Call& call,
                                                   std::size_t size, bool keeps_result) {
  const std::size_t result_offset = room_for(size);
  const Size whole{keeps_result ? result_offset + sizeof(codegen::KeptResult) + method.reply->size : size};
  std::unique_ptr<HandlerRun> run(new (whole) HandlerRun(whole, method, service, call));
  if (keeps_result) run->handling_.kept = ::new (run->behind(result_offset)) codegen::KeptResult;
  return run;
}

HandlerRun::HandlerRun(Size size, const codegen::MethodBinding& method, codegen::ServiceBase& service,
                       Call& call)
    : method_(method), handling_(service, call, call), size_(size) {
  count_pool_trips(call.pool_trips());
}

HandlerRun::~HandlerRun() {
  handling_.task.destroy();  // it works on the others
  if (handling_.kept != nullptr && handling_.kept->answer.status != nullptr) [[unlikely]]
    method_.reply->destroy(handling_.kept->place());
  end_request();
}

void* HandlerRun::operator new(std::size_t /*itself*/, Size size) {
  return allocate_frame(size.bytes);
}

void HandlerRun::operator delete(void* memory, Size size) noexcept {
  free_frame(memory, size.bytes);
}

void HandlerRun::operator delete(HandlerRun* run, std::destroying_delete_t) noexcept {
  const Size size = run->size_;
  run->~HandlerRun();
  free_frame(run, size.bytes);
}

std::coroutine_handle<> HandlerRun::finished() {
  call().on_handler_finished();
  return std::noop_coroutine();
}

void HandlerRun::unwind() {
  call().unwind_later();
}

void* HandlerRun::behind(std::size_t offset) {
  return reinterpret_cast<std::byte*>(this) + offset;
}

void HandlerRun::end_request() noexcept {
  if (handling_.request != nullptr && handling_.call.arena() == nullptr) std::destroy_at(handling_.request);
  handling_.request = nullptr;
}

void HandlerRun::start() {
  if (method_.blocking) [[unlikely]] {
    handling_.task.adopt(run_on_pool(*this));
  } else {
    method_.handle(handling_);
  }
  handling_.task.start(*this);
}

void HandlerRun::conclude() {
  handling_.task.rethrow();
  codegen::KeptResult* kept = handling_.kept;
  if (kept == nullptr) [[likely]]
    return finish(call(), method_.reply->in_task(handling_.task.promise()));
  // The request is not to lie beside the reply and the reply's bytes; first goes the handler, which may use
  // it.
  if (!method_.blocking) kept->answer = method_.reply->move_out(handling_.task.promise(), kept->place());
  handling_.task.destroy();
  end_request();
  finish(call(), kept->answer);
}

}  // namespace farcall::server

namespace farcall::codegen {

constinit const ReplyType kStatusReply = detail::kReply<Status>;

template Task<Status> unimplemented<Status>(const char* method);

Status not_implemented(const char* method) {
  return Status::unimplemented(std::string(method) + " is not implemented by this server");
}

}  // namespace farcall::codegen
