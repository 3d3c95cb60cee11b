#pragma once

#include <farcall/blocking_stream.hpp>
#include <farcall/buffer.hpp>
#include <farcall/codegen/handler_run.hpp>
#include <farcall/codegen/method.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/result.hpp>
#include <farcall/server_context.hpp>
#include <farcall/server_stream.hpp>
#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <google/protobuf/arena.h>

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

/// What generated service classes are made of.
namespace farcall::codegen {

class ServiceBase;

/// One method of a service: where it is called, and how a call of it is served.
struct MethodBinding {
  std::string_view path;  ///< "/package.Service/Method", in static storage.
  MethodKind kind = MethodKind::unary;
  /// Makes ready to begin. Null if the request could not be parsed; the call has failed then.
  std::unique_ptr<HandlerRun> (*run)(ServiceBase& service, ServerCall& call) = nullptr;
  bool blocking = false;  ///< The handler is a plain function and runs on a pool thread.
};

/// The base of every generated service, coroutine or blocking. A service outlives the server that it was
/// added to, and its methods are called on several threads at the same time (one for each event loop or pool
/// thread).
class ServiceBase {
 public:
  ServiceBase() = default;
  ServiceBase(const ServiceBase&) = delete;
  ServiceBase& operator=(const ServiceBase&) = delete;
  virtual ~ServiceBase() = default;

  [[nodiscard]] virtual std::string_view service_name() const = 0;
  /// In static storage.
  [[nodiscard]] virtual std::span<const MethodBinding> methods() const = 0;
};

namespace detail {

/// Takes a handler's signature apart.
template <class Member>
struct Signature;

template <class S, class Q, class R>
struct Signature<Task<Result<R>> (S::*)(ServerContext&, const Q&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Task<Status> (S::*)(ServerContext&, const Q&, ServerWriter<R>&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Task<Result<R>> (S::*)(ServerContext&, ServerReader<Q>&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Task<Status> (S::*)(ServerContext&, ServerStream<Q, R>&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Result<R> (S::*)(ServerContext&, const Q&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Status (S::*)(ServerContext&, const Q&, BlockingWriter<R>&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Result<R> (S::*)(ServerContext&, BlockingReader<Q>&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};
template <class S, class Q, class R>
struct Signature<Status (S::*)(ServerContext&, BlockingStream<Q, R>&)> {
  using Service = S;
  using Request = Q;
  using Reply = R;
};

template <auto member>
using Of = Signature<decltype(member)>;

/// Awaits a handler and leaves what it returned where that lies, in the handler's coroutine, instead of
/// moving it out: moving a message costs more than the call around it.
template <class T>
struct Outcome {
  typename Task<T>::Awaiter handler;

  explicit Outcome(const Task<T>& task) : handler(task.operator co_await()) {}
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    return handler.await_suspend(parent);
  }
  T& await_resume() {
    auto& promise = handler.handle.promise();
    if (promise.exception) std::rethrow_exception(promise.exception);
    return *promise.value;
  }
};

/// The one request of a call: in the handler's frame, or on the call's arena.
template <class Request>
class RequestSlot {
 public:
  explicit RequestSlot(ServerCall& call) {
    if (call.arena() == nullptr) [[likely]] {
      request_ = &local_.emplace();
    } else {
      request_ = make_on(*call.arena());
    }
  }
  RequestSlot(const RequestSlot&) = delete;
  RequestSlot& operator=(const RequestSlot&) = delete;

  [[nodiscard]] Request& operator*() { return *request_; }
  /// Destroys it, unless it is the arena's: it is not to be used any more.
  void end() { local_.reset(); }

 private:
  static Request* make_on(google::protobuf::Arena& arena) {
#if GOOGLE_PROTOBUF_VERSION >= 4025000
    return google::protobuf::Arena::Create<Request>(&arena);
#else
    return google::protobuf::Arena::CreateMessage<Request>(&arena);
#endif
  }

  std::optional<Request> local_;
  Request* request_;
};

/// A serialized request of this size is worth freeing a moment earlier.
inline constexpr std::size_t kLargeRequest = 16 * 1024;

template <class Reply>
void finish(ServerCall& call, Result<Reply>& result) {
  if (!result.ok()) return call.finish(std::move(result).status());
  if (call.codec() == nullptr) [[likely]] {
    const std::size_t size = serialized_size(*result);
    std::byte* place = size == kUnserializable ? nullptr : call.place_reply(kMessagePrefixSize + size);
    if (place != nullptr) return serialize_to(place, size, *result);
    return call.finish(serialize(*result));
  }
  Result<Buffer> encoded = encode(*call.codec(), *result);
  if (!encoded.ok()) return call.finish(std::move(encoded).status());
  call.finish(std::move(*encoded));
}

/// A unary call: its request, and the handler as the root of the tree, with no coroutine around it.
template <auto member>
class UnaryRun final : public HandlerRun {
 public:
  UnaryRun(ServiceBase& service, ServerCall& call)
      : HandlerRun(true), service_(service), call_(call), request_(call) {}

  [[nodiscard]] Status parse() {
    is_large_ = call_.request().size() >= kLargeRequest;
    return parse_request(call_.codec(), call_.request(), *request_);
  }
  void start(TaskScope& scope) override {
    auto& service = static_cast<typename Of<member>::Service&>(service_);
    handler_ = (service.*member)(call_.context(), *request_);
    handler_.start(scope);
  }
  void conclude() override {
    if (!is_large_) [[likely]]
      return finish(call_, handler_.result());
    // It is not to lie beside the reply and the reply's bytes; first goes the handler, which may use it.
    Result<typename Of<member>::Reply> result = std::move(handler_.result());
    handler_ = {};
    request_.end();
    finish(call_, result);
  }

 private:
  ServiceBase& service_;
  ServerCall& call_;
  RequestSlot<typename Of<member>::Request> request_;
  Task<Result<typename Of<member>::Reply>> handler_;  // goes before what it works on
  bool is_large_ = false;
};

template <auto member>
std::unique_ptr<HandlerRun> run_unary(ServiceBase& service, ServerCall& call) {
  auto run = std::make_unique<UnaryRun<member>>(service, call);
  if (const Status parsed = run->parse(); !parsed.ok()) {
    call.fail(parsed);
    return nullptr;
  }
  return run;
}

/// A call whose every step is one coroutine's.
template <Task<void> (*coroutine)(ServiceBase&, ServerCall&)>
std::unique_ptr<HandlerRun> run_coroutine(ServiceBase& service, ServerCall& call) {
  return std::make_unique<CoroutineRun>(coroutine(service, call));
}

template <auto member>
Task<void> run_server_streaming(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  RequestSlot<typename Of<member>::Request> request(call);
  if (const Status parsed = parse_request(call.codec(), call.request(), *request); !parsed.ok()) {
    call.fail(parsed);
    co_return;
  }
  ServerWriter<typename Of<member>::Reply> writer(call);
  auto handler = (service.*member)(call.context(), *request, writer);
  call.finish(std::move(co_await Outcome(handler)));
}

template <auto member>
Task<void> run_client_streaming(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  ServerReader<typename Of<member>::Request> reader(call);
  auto handler = (service.*member)(call.context(), reader);
  finish(call, co_await Outcome(handler));
}

template <auto member>
Task<void> run_bidi_streaming(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  ServerStream<typename Of<member>::Request, typename Of<member>::Reply> stream(call);
  auto handler = (service.*member)(call.context(), stream);
  call.finish(std::move(co_await Outcome(handler)));
}

template <auto member>
Task<void> run_blocking_unary(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  RequestSlot<typename Of<member>::Request> request(call);
  if (const Status parsed = parse_request(call.codec(), call.request(), *request); !parsed.ok()) {
    call.fail(parsed);
    co_return;
  }
  std::optional<Result<typename Of<member>::Reply>> result;
  auto work = [&] { result.emplace((service.*member)(call.context(), *request)); };
  co_await PoolAwaiter<decltype(work)>(call, work, true);
  request.end();  // not to lie beside the reply's bytes
  finish(call, *result);
}

template <auto member>
Task<void> run_blocking_server_streaming(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  RequestSlot<typename Of<member>::Request> request(call);
  if (const Status parsed = parse_request(call.codec(), call.request(), *request); !parsed.ok()) {
    call.fail(parsed);
    co_return;
  }
  Status status;
  auto work = [&] {
    BlockingWriter<typename Of<member>::Reply> writer(call);
    status = (service.*member)(call.context(), *request, writer);
  };
  co_await PoolAwaiter<decltype(work)>(call, work, false);
  call.finish(std::move(status));
}

template <auto member>
Task<void> run_blocking_client_streaming(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  std::optional<Result<typename Of<member>::Reply>> result;
  auto work = [&] {
    BlockingReader<typename Of<member>::Request> reader(call);
    result.emplace((service.*member)(call.context(), reader));
  };
  co_await PoolAwaiter<decltype(work)>(call, work, false);
  finish(call, *result);
}

template <auto member>
Task<void> run_blocking_bidi_streaming(ServiceBase& base, ServerCall& call) {
  auto& service = static_cast<typename Of<member>::Service&>(base);
  Status status;
  auto work = [&] {
    BlockingStream<typename Of<member>::Request, typename Of<member>::Reply> stream(call);
    status = (service.*member)(call.context(), stream);
  };
  co_await PoolAwaiter<decltype(work)>(call, work, false);
  call.finish(std::move(status));
}

}  // namespace detail

/// A MethodBinding for a virtual method of a service, such as `unary<&Service::get>("/package.Service/Get")`.
/// The handler's signature is checked: an override with other types does not compile.
template <auto member>
[[nodiscard]] constexpr MethodBinding unary(std::string_view path) {
  return {path, MethodKind::unary, &detail::run_unary<member>, false};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding server_streaming(std::string_view path) {
  return {path, MethodKind::server_streaming, &detail::run_coroutine<&detail::run_server_streaming<member>>,
          false};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding client_streaming(std::string_view path) {
  return {path, MethodKind::client_streaming, &detail::run_coroutine<&detail::run_client_streaming<member>>,
          false};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding bidi_streaming(std::string_view path) {
  return {path, MethodKind::bidi_streaming, &detail::run_coroutine<&detail::run_bidi_streaming<member>>,
          false};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_unary(std::string_view path) {
  return {path, MethodKind::unary, &detail::run_coroutine<&detail::run_blocking_unary<member>>, true};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_server_streaming(std::string_view path) {
  return {path, MethodKind::server_streaming,
          &detail::run_coroutine<&detail::run_blocking_server_streaming<member>>, true};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_client_streaming(std::string_view path) {
  return {path, MethodKind::client_streaming,
          &detail::run_coroutine<&detail::run_blocking_client_streaming<member>>, true};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_bidi_streaming(std::string_view path) {
  return {path, MethodKind::bidi_streaming,
          &detail::run_coroutine<&detail::run_blocking_bidi_streaming<member>>, true};
}

}  // namespace farcall::codegen
