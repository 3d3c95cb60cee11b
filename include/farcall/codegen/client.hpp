#pragma once

#include <farcall/buffer.hpp>
#include <farcall/call_options.hpp>
#include <farcall/channel.hpp>
#include <farcall/client_stream.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/op.hpp>
#include <farcall/result.hpp>

#include <optional>
#include <utility>

/// What generated clients are made of.
namespace farcall::codegen {

/// A call that begins with its `reply` step, for MethodKind::unary. `request` has its prefix.
[[nodiscard]] Ref<ClientCall> make_call(Channel& channel, const ClientMethod& method, CallOptions&& options,
                                        Buffer request);
/// A call that begins now. `request`: of a server-streaming call, otherwise none.
[[nodiscard]] Ref<ClientCall> start_call(Channel& channel, const ClientMethod& method, CallOptions&& options,
                                         std::optional<Buffer> request);

template <class Request>
Buffer serialize_request(const Request& request) {
  return serialize(request);
}

/// The outcome of a call with one response; parsed on the thread that waited for it.
template <class Reply>
Result<Reply> take_reply(OpSource& source) {
  ClientCall& call = static_cast<ClientCall&>(source);
  Status status = call.take_status();
  if (!status.ok()) return status;
  std::optional<Buffer> message = call.take_message();
  Reply reply;
  if (!message || !parse(message->view(), reply))
    return Status::internal("the reply is not a " + reply.GetTypeName());
  return reply;
}

/// The next message of a stream. One that cannot be parsed ends the call with INTERNAL.
template <class Reply>
std::optional<Reply> take_message(OpSource& source) {
  ClientCall& call = static_cast<ClientCall&>(source);
  std::optional<Buffer> message = call.take_message();
  if (!message) return std::nullopt;
  std::optional<Reply> reply(std::in_place);
  if (!parse(message->view(), *reply)) {
    call.fail(Status::internal("a message of the reply is not a " + reply->GetTypeName()));
    return std::nullopt;
  }
  return reply;
}

/// The typed faces of a call: over the real one in the functions below, over a scripted one in tests.
template <class Reply>
ClientReader<Reply> reader_on(Ref<ClientCall> call) {
  return ClientReader<Reply>(ClientCallHandle(std::move(call)), &take_message<Reply>);
}
template <class Request, class Reply>
ClientWriter<Request, Reply> writer_on(Ref<ClientCall> call) {
  return ClientWriter<Request, Reply>(ClientCallHandle(std::move(call)), &serialize_request<Request>,
                                      &take_reply<Reply>);
}
template <class Request, class Reply>
ClientStream<Request, Reply> stream_on(Ref<ClientCall> call) {
  return ClientStream<Request, Reply>(ClientCallHandle(std::move(call)), &serialize_request<Request>,
                                      &take_message<Reply>);
}

/// The request is serialized here: it need not outlive this function. Nothing is sent before the Op is
/// awaited.
template <class Reply, class Request>
Op<Result<Reply>> call_unary(Channel& channel, const ClientMethod& method, const Request& request,
                             CallOptions&& options) {
  return Op<Result<Reply>>(make_call(channel, method, std::move(options), serialize_request(request)),
                           OpStep::reply, &take_reply<Reply>);
}

/// Sends the request at once.
template <class Reply, class Request>
ClientReader<Reply> call_server_streaming(Channel& channel, const ClientMethod& method,
                                          const Request& request, CallOptions&& options) {
  return reader_on<Reply>(start_call(channel, method, std::move(options), serialize_request(request)));
}

template <class Request, class Reply>
ClientWriter<Request, Reply> call_client_streaming(Channel& channel, const ClientMethod& method,
                                                   CallOptions&& options) {
  return writer_on<Request, Reply>(start_call(channel, method, std::move(options), std::nullopt));
}

template <class Request, class Reply>
ClientStream<Request, Reply> call_bidi_streaming(Channel& channel, const ClientMethod& method,
                                                 CallOptions&& options) {
  return stream_on<Request, Reply>(start_call(channel, method, std::move(options), std::nullopt));
}

}  // namespace farcall::codegen
