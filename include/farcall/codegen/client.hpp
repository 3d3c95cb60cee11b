#pragma once

#include <farcall/buffer.hpp>
#include <farcall/call_options.hpp>
#include <farcall/channel.hpp>
#include <farcall/client_stream.hpp>
#include <farcall/codec.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/op.hpp>
#include <farcall/result.hpp>

#include <memory>
#include <optional>
#include <utility>

/// What generated clients are made of.
namespace farcall::codegen {

/// What a stub keeps of its channel. Once that is destroyed, calls end with CANCELLED.
class ChannelHandle {
 public:
  ChannelHandle(const Channel& channel);
  ChannelHandle(const ChannelHandle& other);
  ChannelHandle& operator=(const ChannelHandle& other);
  ~ChannelHandle();

  [[nodiscard]] client::CoreSet& cores() const { return *cores_; }
  /// What the messages of a call travel in; null: protobuf.
  [[nodiscard]] const Codec* codec_for(const CallOptions& options) const {
    return options.codec() ? options.codec().get() : codec_;
  }

 private:
  std::shared_ptr<client::CoreSet> cores_;
  const Codec* codec_;  // of the channel's options
};

// Calls without the types of their messages: all that can be compiled once. A Buffer is a message in whatever
// form it is to have.

/// A call that begins with its `reply` step, for MethodKind::unary. Its request goes into `message`.
[[nodiscard]] Ref<ClientCall> make_call(const ChannelHandle& channel, const ClientMethod& method,
                                        CallOptions&& options);
/// The request of a call that has not begun.
void put_request(ClientCall& call, const Codec* codec, const google::protobuf::MessageLite& request);
void put_request(ClientCall& call, const Codec* codec, const Buffer& request);
/// Both.
[[nodiscard]] Ref<OpSource> make_call(const ChannelHandle& channel, const ClientMethod& method,
                                      const google::protobuf::MessageLite& request, CallOptions&& options);
[[nodiscard]] Ref<OpSource> make_call(const ChannelHandle& channel, const ClientMethod& method,
                                      const Buffer& request, CallOptions&& options);

/// A call that begins now, of a method whose client streams.
[[nodiscard]] Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method,
                                         CallOptions&& options);
/// The same of a server-streaming one.
[[nodiscard]] Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method,
                                         const google::protobuf::MessageLite& request, CallOptions&& options);
[[nodiscard]] Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method,
                                         const Buffer& request, CallOptions&& options);

/// After `reply`: the outcome of a unary call, and the reply in `reply` if that is OK.
[[nodiscard]] Status take_unary(OpSource& source, google::protobuf::MessageLite& reply);
[[nodiscard]] Status take_unary(OpSource& source, Buffer& reply);
/// The same after `finish` of a stream with one response.
[[nodiscard]] Status take_one(OpSource& source, google::protobuf::MessageLite& reply);
[[nodiscard]] Status take_one(OpSource& source, Buffer& reply);
/// The next message of a stream. False: no more follow; one that cannot be parsed ends the call.
[[nodiscard]] bool take_next(OpSource& source, google::protobuf::MessageLite& message);
[[nodiscard]] bool take_next(OpSource& source, Buffer& message);

/// What an Op fetches: parsed on the thread that waited for it.
template <class Reply>
Result<Reply> take_unary_reply(OpSource& source) {
  Result<Reply> reply(std::in_place);
  if (Status status = take_unary(source, *reply); !status.ok())
    ResultAccess::replace(reply, std::move(status));
  return reply;
}
template <class Reply>
Result<Reply> take_reply(OpSource& source) {
  Result<Reply> reply(std::in_place);
  if (Status status = take_one(source, *reply); !status.ok()) ResultAccess::replace(reply, std::move(status));
  return reply;
}
template <class Reply>
std::optional<Reply> take_message(OpSource& source) {
  std::optional<Reply> message(std::in_place);
  if (!take_next(source, *message)) message.reset();
  return message;
}

/// The typed faces of a call: over the real one in the functions below, over a scripted one in tests.
template <class Reply>
ClientReader<Reply> reader_on(Ref<ClientCall>&& call) {
  return ClientReader<Reply>(std::move(call), &take_message<Reply>);
}
template <class Request, class Reply>
ClientWriter<Request, Reply> writer_on(Ref<ClientCall>&& call) {
  return ClientWriter<Request, Reply>(std::move(call), &take_reply<Reply>);
}
template <class Request, class Reply>
ClientStream<Request, Reply> stream_on(Ref<ClientCall>&& call) {
  return ClientStream<Request, Reply>(std::move(call), &take_message<Reply>);
}

/// The request is serialized here: it need not outlive this function. Nothing is sent before the Op is
/// awaited.
template <class Reply, class Request>
Op<Result<Reply>> call_unary(const ChannelHandle& channel, const ClientMethod& method, const Request& request,
                             CallOptions&& options) {
  return Op<Result<Reply>>(make_call(channel, method, request, std::move(options)), OpStep::reply,
                           &take_unary_reply<Reply>);
}

/// Sends the request at once.
template <class Reply, class Request>
ClientReader<Reply> call_server_streaming(const ChannelHandle& channel, const ClientMethod& method,
                                          const Request& request, CallOptions&& options) {
  return reader_on<Reply>(start_call(channel, method, request, std::move(options)));
}

template <class Request, class Reply>
ClientWriter<Request, Reply> call_client_streaming(const ChannelHandle& channel, const ClientMethod& method,
                                                   CallOptions&& options) {
  return writer_on<Request, Reply>(start_call(channel, method, std::move(options)));
}

template <class Request, class Reply>
ClientStream<Request, Reply> call_bidi_streaming(const ChannelHandle& channel, const ClientMethod& method,
                                                 CallOptions&& options) {
  return stream_on<Request, Reply>(start_call(channel, method, std::move(options)));
}

}  // namespace farcall::codegen
