#pragma once

#include <farcall/blocking_stream.hpp>
#include <farcall/codegen/method.hpp>
#include <farcall/codegen/server_call.hpp>
#include <farcall/result.hpp>
#include <farcall/server_context.hpp>
#include <farcall/server_stream.hpp>
#include <farcall/status.hpp>
#include <farcall/task.hpp>

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>

/// What generated service classes are made of. Everything that can do without the types of a method is the
/// server's (server/handler_run.hpp): what is here is compiled for every method.
namespace farcall::codegen {

class ServiceBase;

/// What a handler has given back, where that lies: with a reply, or else a status.
struct Answer {
  const google::protobuf::MessageLite* reply = nullptr;
  Status* status = nullptr;
};

/// Room for what a handler returns, if that is not to stay in its coroutine: behind this, in the same memory.
struct alignas(std::max_align_t) KeptResult {
  [[nodiscard]] void* place() { return this + 1; }

  Answer answer;  ///< What lies there, once it does.
};

/// What the server keeps of one call for its handler, and what that leaves there.
struct Handling {
  Handling(ServiceBase& of_service, ServerCall& of_call, ServerContext& of_context)
      : service(of_service), call(of_call), context(of_context) {}

  ServiceBase& service;
  ServerCall& call;
  ServerContext& context;
  google::protobuf::MessageLite* request = nullptr;  ///< Null: the client streams.
  RootTask task;                                     ///< Of a coroutine handler.
  KeptResult* kept = nullptr;                        ///< For what a blocking handler returns.
  /// For the stream that a coroutine handler is given.
  alignas(void*) std::byte stream_place[2 * sizeof(void*)];
};

/// The request of a method whose client does not stream.
struct RequestType {
  std::size_t size = 0;
  /// At `place`, or on the arena if there is one.
  google::protobuf::MessageLite* (*make)(void* place, google::protobuf::Arena* arena) = nullptr;
};

/// What a handler returns: Result<Reply> or Status.
struct ReplyType {
  std::size_t size = 0;
  /// Of the handler's coroutine, in its place there.
  Answer (*in_task)(TaskPromiseBase& promise) = nullptr;
  /// The same moved to `place`.
  Answer (*move_out)(TaskPromiseBase& promise, void* place) = nullptr;
  void (*destroy)(void* place) = nullptr;
};

/// One method of a service: where it is called, and how a call of it is served.
struct MethodBinding {
  std::string_view path;  ///< "/package.Service/Method", in static storage.
  MethodKind kind = MethodKind::unary;
  bool blocking = false;                 ///< The handler is a plain function and runs on a pool thread.
  const RequestType* request = nullptr;  ///< Null: the client streams.
  const ReplyType* reply = nullptr;
  /// Makes the task of a coroutine handler; runs a blocking one.
  void (*handle)(Handling& handling) = nullptr;
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

/// What the methods of a generated service say that were not overridden.
[[nodiscard]] Status not_implemented(const char* method);
template <class Outcome>
Task<Outcome> unimplemented(const char* method) {
  co_return not_implemented(method);
}
extern template Task<Status> unimplemented<Status>(const char* method);

/// Of the methods whose handlers return a Status.
extern const ReplyType kStatusReply;  // NOLINT(readability-identifier-naming): a constant, but not constexpr

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

template <class Request>
google::protobuf::MessageLite* make_request(void* place, google::protobuf::Arena* arena) {
  if (arena != nullptr) [[unlikely]]
    return Request::default_instance().New(arena);
  return ::new (place) Request;
}
template <class Request>
requires(alignof(Request) <= alignof(std::max_align_t)) inline constexpr RequestType kRequest{
    sizeof(Request), &make_request<Request>};

inline Answer answer_of(Status& status) {
  return {nullptr, &status};
}
template <class Reply>
Answer answer_of(Result<Reply>& result) {
  return {result.ok() ? &*result : nullptr, &ResultAccess::status(result)};
}

template <class Outcome>
Answer answer_in_task(TaskPromiseBase& promise) {
  return answer_of(*static_cast<TaskPromise<Outcome>&>(promise).value);
}
template <class Outcome>
Answer move_out(TaskPromiseBase& promise, void* place) {
  return answer_of(*::new (place) Outcome(std::move(*static_cast<TaskPromise<Outcome>&>(promise).value)));
}
template <class Outcome>
void destroy(void* place) {
  static_cast<Outcome*>(place)->~Outcome();
}
template <class Outcome>
requires(alignof(Outcome) <= alignof(std::max_align_t)) inline constexpr ReplyType kReply{
    sizeof(Outcome), &answer_in_task<Outcome>, &move_out<Outcome>, &destroy<Outcome>};
/// The stream for a coroutine handler, which needs no end.
template <class Stream>
Stream& stream_for(Handling& handling) {
  static_assert(sizeof(Stream) <= sizeof(Handling::stream_place) && std::is_trivially_destructible_v<Stream>);
  return *::new (static_cast<void*>(handling.stream_place)) Stream(handling.call);
}

template <auto member>
auto& service_of(Handling& handling) {
  return static_cast<typename Of<member>::Service&>(handling.service);
}
template <auto member>
const auto& request_of(Handling& handling) {
  return static_cast<const typename Of<member>::Request&>(*handling.request);
}

template <auto member>
void begin_unary(Handling& handling) {
  handling.task.adopt((service_of<member>(handling).*member)(handling.context, request_of<member>(handling)));
}
template <auto member>
void begin_server_streaming(Handling& handling) {
  handling.task.adopt(
      (service_of<member>(handling).*member)(handling.context, request_of<member>(handling),
                                             stream_for<ServerWriter<typename Of<member>::Reply>>(handling)));
}
template <auto member, class Stream>
void begin_streaming(Handling& handling) {
  handling.task.adopt((service_of<member>(handling).*member)(handling.context, stream_for<Stream>(handling)));
}

template <auto member>
void call_unary(Handling& handling) {
  using Outcome = Result<typename Of<member>::Reply>;
  handling.kept->answer = answer_of(*::new (handling.kept->place()) Outcome(
      (service_of<member>(handling).*member)(handling.context, request_of<member>(handling))));
}
template <auto member>
void call_server_streaming(Handling& handling) {
  BlockingWriter<typename Of<member>::Reply> writer(handling.call);
  handling.kept->answer = answer_of(*::new (handling.kept->place()) Status(
      (service_of<member>(handling).*member)(handling.context, request_of<member>(handling), writer)));
}
template <auto member, class Outcome, class Stream>
void call_streaming(Handling& handling) {
  Stream stream(handling.call);
  handling.kept->answer = answer_of(*::new (handling.kept->place()) Outcome(
      (service_of<member>(handling).*member)(handling.context, stream)));
}

template <auto member>
inline constexpr const RequestType* kRequestOf = &kRequest<typename Of<member>::Request>;
template <auto member>
inline constexpr const ReplyType* kReplyOf = &kReply<Result<typename Of<member>::Reply>>;

}  // namespace detail

/// A MethodBinding for a virtual method of a service, such as `unary<&Service::get>("/package.Service/Get")`.
/// The handler's signature is checked: an override with other types does not compile.
template <auto member>
[[nodiscard]] constexpr MethodBinding unary(std::string_view path) {
  return {path,
          MethodKind::unary,
          false,
          detail::kRequestOf<member>,
          detail::kReplyOf<member>,
          &detail::begin_unary<member>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding server_streaming(std::string_view path) {
  return {path,          MethodKind::server_streaming,           false, detail::kRequestOf<member>,
          &kStatusReply, &detail::begin_server_streaming<member>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding client_streaming(std::string_view path) {
  using Stream = ServerReader<typename detail::Of<member>::Request>;
  return {path,    MethodKind::client_streaming, false,
          nullptr, detail::kReplyOf<member>,     &detail::begin_streaming<member, Stream>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding bidi_streaming(std::string_view path) {
  using Stream = ServerStream<typename detail::Of<member>::Request, typename detail::Of<member>::Reply>;
  return {path,          MethodKind::bidi_streaming,
          false,         nullptr,
          &kStatusReply, &detail::begin_streaming<member, Stream>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_unary(std::string_view path) {
  return {path,
          MethodKind::unary,
          true,
          detail::kRequestOf<member>,
          detail::kReplyOf<member>,
          &detail::call_unary<member>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_server_streaming(std::string_view path) {
  return {path,          MethodKind::server_streaming,          true, detail::kRequestOf<member>,
          &kStatusReply, &detail::call_server_streaming<member>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_client_streaming(std::string_view path) {
  using Stream = BlockingReader<typename detail::Of<member>::Request>;
  using Outcome = Result<typename detail::Of<member>::Reply>;
  return {path,    MethodKind::client_streaming, true,
          nullptr, detail::kReplyOf<member>,     &detail::call_streaming<member, Outcome, Stream>};
}
template <auto member>
[[nodiscard]] constexpr MethodBinding blocking_bidi_streaming(std::string_view path) {
  using Stream = BlockingStream<typename detail::Of<member>::Request, typename detail::Of<member>::Reply>;
  return {path,          MethodKind::bidi_streaming,
          true,          nullptr,
          &kStatusReply, &detail::call_streaming<member, Status, Stream>};
}

}  // namespace farcall::codegen
