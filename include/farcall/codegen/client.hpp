#pragma once

#include <farcall/buffer.hpp>
#include <farcall/call_options.hpp>
#include <farcall/channel.hpp>
#include <farcall/client_stream.hpp>
#include <farcall/codec.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/op.hpp>
#include <farcall/result.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

/// What generated clients are made of.
namespace farcall::codegen {

/// What a stub keeps of its channel. Once that is destroyed, calls end with CANCELLED.
class ChannelHandle {
 public:
  ChannelHandle(const Channel& channel);

  [[nodiscard]] client::CoreSet& cores() const { return *cores_; }
  /// What the messages of a call travel in; null: protobuf.
  [[nodiscard]] const Codec* codec_for(const CallOptions& options) const {
    return options.codec() ? options.codec().get() : codec_;
  }

 private:
  std::shared_ptr<client::CoreSet> cores_;
  const Codec* codec_;  // of the channel's options
};

/// A call that begins with its `reply` step, for MethodKind::unary. Its request goes into `message`.
[[nodiscard]] Ref<ClientCall> make_call(const ChannelHandle& channel, const ClientMethod& method,
                                        CallOptions&& options);
/// A call that begins now. `request`: of a server-streaming call, with its prefix; otherwise none.
[[nodiscard]] Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method,
                                         CallOptions&& options, std::optional<Result<Buffer>> request);

template <class Request>
Result<Buffer> serialize_request(const Codec* codec, const Request& request) {
  if (codec == nullptr) [[likely]]
    return serialize(request);
  return encode(*codec, request);
}

/// The request of a call that has not begun.
template <class Request>
void put_request(ClientCall& call, const Codec* codec, const Request& request) {
  if (codec == nullptr) [[likely]]
    return serialize(request, call.message());
  Result<Buffer> encoded = encode(*codec, request);
  if (encoded.ok()) {
    call.message().hold(std::move(*encoded));
  } else {
    call.refuse(std::move(encoded).status());
  }
}

/// What a call received. `what` is for the status, if it is not a Reply.
template <class Reply>
Result<Reply> parse_reply(const Codec* codec, Buffer message, std::string_view what) {
  if constexpr (std::same_as<Reply, Buffer>) {
    return message;
  } else {
    Reply reply;
    if (codec == nullptr) [[likely]] {
      if (!parse(message.view(), reply)) return not_a(what, reply);
    } else if (Status parsed = decode(*codec, message.view(), reply); !parsed.ok()) {
      return parsed;
    }
    return reply;
  }
}

/// The outcome of a call with one response; parsed on the thread that waited for it.
template <class Reply>
Result<Reply> take_reply(OpSource& source) {
  ClientCall& call = static_cast<ClientCall&>(source);
  Status status = call.take_status();
  if (!status.ok()) return status;
  std::optional<Buffer> message = call.take_message();
  // OK means that there was one.
  if (!message) return Status::failed_precondition("the reply of this call was given out before");
  return parse_reply<Reply>(call.codec(), std::move(*message), "the reply");
}

/// The same for a unary call.
template <class Reply>
Result<Reply> take_unary_reply(OpSource& source) {
  ClientCall& call = static_cast<ClientCall&>(source);
  if (Status status = call.take_status(); !status.ok()) return status;
  if constexpr (std::same_as<Reply, Buffer>) {
    return call.message().take();
  } else {
    Result<Reply> reply(std::in_place);
    const std::span<const std::byte> bytes = call.message().view();
    if (call.codec() == nullptr) [[likely]] {
      if (!parse(bytes, *reply)) reply = not_a("the reply", *reply);
    } else if (Status parsed = decode(*call.codec(), bytes, *reply); !parsed.ok()) {
      reply = std::move(parsed);
    }
    return reply;
  }
}

/// The next message of a stream. One that cannot be parsed ends the call.
template <class Reply>
std::optional<Reply> take_message(OpSource& source) {
  ClientCall& call = static_cast<ClientCall&>(source);
  std::optional<Buffer> message = call.take_message();
  if (!message) return std::nullopt;
  if constexpr (std::same_as<Reply, Buffer>) {
    return message;
  } else {
    std::optional<Reply> reply(std::in_place);
    Status parsed;
    if (call.codec() == nullptr) [[likely]] {
      if (parse(message->view(), *reply)) return reply;
      parsed = not_a("a message of the reply", *reply);
    } else {
      parsed = decode(*call.codec(), message->view(), *reply);
      if (parsed.ok()) return reply;
    }
    call.fail(std::move(parsed));
    return std::nullopt;
  }
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
Op<Result<Reply>> call_unary(const ChannelHandle& channel, const ClientMethod& method, const Request& request,
                             CallOptions&& options) {
  const Codec* codec = channel.codec_for(options);
  Ref<ClientCall> call = make_call(channel, method, std::move(options));
  put_request(*call, codec, request);
  return Op<Result<Reply>>(std::move(call), OpStep::reply, &take_unary_reply<Reply>);
}

/// Sends the request at once.
template <class Reply, class Request>
ClientReader<Reply> call_server_streaming(const ChannelHandle& channel, const ClientMethod& method,
                                          const Request& request, CallOptions&& options) {
  const Codec* codec = channel.codec_for(options);
  return reader_on<Reply>(start_call(channel, method, std::move(options), serialize_request(codec, request)));
}

template <class Request, class Reply>
ClientWriter<Request, Reply> call_client_streaming(const ChannelHandle& channel, const ClientMethod& method,
                                                   CallOptions&& options) {
  return writer_on<Request, Reply>(start_call(channel, method, std::move(options), std::nullopt));
}

template <class Request, class Reply>
ClientStream<Request, Reply> call_bidi_streaming(const ChannelHandle& channel, const ClientMethod& method,
                                                 CallOptions&& options) {
  return stream_on<Request, Reply>(start_call(channel, method, std::move(options), std::nullopt));
}

}  // namespace farcall::codegen
