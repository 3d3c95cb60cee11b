// What generated clients and their streams do, whatever the types of the messages.

#include "client/call.hpp"
#include "client/core_set.hpp"
#include "rpc/message_view.hpp"
#include "rpc/parse.hpp"

#include <farcall/buffer.hpp>
#include <farcall/client_stream.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/codegen/client_call.hpp>
#include <farcall/codegen/protobuf.hpp>

#include <google/protobuf/message_lite.h>

#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace farcall::codegen {
namespace {

ClientCall& call_of(OpSource& source) {
  return static_cast<ClientCall&>(source);
}
/// Of a unary call, which is always made here.
client::Call& unary_call_of(OpSource& source) {
  return static_cast<client::Call&>(source);
}

template <class Message>
Result<Buffer> serialized(const Codec* codec, const Message& message) {
  if (codec == nullptr) [[likely]]
    return serialize(message);
  return encode(*codec, message);
}

Ref<client::Call> new_call(const ChannelHandle& channel, const ClientMethod& method, CallOptions&& options) {
  return Ref<client::Call>(
      std::make_unique<client::Call>(channel.cores().pick(), method, std::move(options)));
}

template <class Message>
void put_either(ClientCall& call, const Codec* codec, const Message& request) {
  if (codec == nullptr) [[likely]]
    return serialize(request, call.message());
  Result<Buffer> encoded = encode(*codec, request);
  if (encoded.ok()) {
    call.message().hold(std::move(*encoded));
  } else {
    call.refuse(std::move(encoded).status());
  }
}

template <class Message>
Ref<OpSource> make_either(const ChannelHandle& channel, const ClientMethod& method, const Message& request,
                          CallOptions&& options) {
  const Codec* codec = channel.codec_for(options);
  Ref<client::Call> call = new_call(channel, method, std::move(options));
  put_either(*call, codec, request);
  return call;
}

template <class Message>
Ref<ClientCall> start_either(const ChannelHandle& channel, const ClientMethod& method, const Message& request,
                             CallOptions&& options) {
  Result<Buffer> message = serialized(channel.codec_for(options), request);
  Ref<client::Call> call = new_call(channel, method, std::move(options));
  call->take_request(std::move(message));
  call->launch();
  return call;
}

/// OK, or why `message` does not hold a message. `what` is for the status.
Status fill_in(google::protobuf::MessageLite& message, const Codec* codec, std::span<const std::byte> bytes,
               std::string_view what) {
  if (codec != nullptr) [[unlikely]]
    return decode(*codec, bytes, message);
  if (parse(bytes, message)) [[likely]]
    return Status();
  return not_a(what, message);
}

/// The same with a reply that is in several pieces, of which codecs know nothing.
Status fill_in_pieces(google::protobuf::MessageLite& reply, const Codec* codec,
                      const rpc::MessageView& bytes) {
  if (codec != nullptr) return decode(*codec, bytes.copy().view(), reply);
  return rpc::parse(bytes, reply) ? Status() : not_a("the reply", reply);
}

template <class Message>
Op<WriteResult> write_either(const Ref<ClientCall>& call, const Message& request) {
  Result<Buffer> made = serialized(call->codec(), request);
  Buffer message;
  if (made.ok()) {
    message = std::move(*made);
  } else {
    call->fail(std::move(made).status());
  }
  return Op<WriteResult>(
      call, OpStep::write, +[](OpSource& source) { return call_of(source).take_write_result(OpStep::write); },
      std::move(message));
}

/// After a step that gives the status; the message, if that is OK.
Status take_only_message(ClientCall& call, std::optional<Buffer>& message) {
  Status status = call.take_status();
  if (!status.ok()) return status;
  message = call.take_message();
  // OK means that there was one.
  if (!message) return Status::failed_precondition("the reply of this call was given out before");
  return status;
}

}  // namespace

Ref<ClientCall> make_call(const ChannelHandle& channel, const ClientMethod& method, CallOptions&& options) {
  return new_call(channel, method, std::move(options));
}

void put_request(ClientCall& call, const Codec* codec, const google::protobuf::MessageLite& request) {
  put_either(call, codec, request);
}
void put_request(ClientCall& call, const Codec* codec, const Buffer& request) {
  put_either(call, codec, request);
}

Ref<OpSource> make_call(const ChannelHandle& channel, const ClientMethod& method,
                        const google::protobuf::MessageLite& request, CallOptions&& options) {
  return make_either(channel, method, request, std::move(options));
}
Ref<OpSource> make_call(const ChannelHandle& channel, const ClientMethod& method, const Buffer& request,
                        CallOptions&& options) {
  return make_either(channel, method, request, std::move(options));
}

Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method, CallOptions&& options) {
  Ref<client::Call> call = new_call(channel, method, std::move(options));
  call->launch();
  return call;
}
Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method,
                           const google::protobuf::MessageLite& request, CallOptions&& options) {
  return start_either(channel, method, request, std::move(options));
}
Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method, const Buffer& request,
                           CallOptions&& options) {
  return start_either(channel, method, request, std::move(options));
}

Status take_unary(OpSource& source, google::protobuf::MessageLite& reply) {
  client::Call& call = unary_call_of(source);
  Status status = call.take_status();
  if (!status.ok()) return status;
  const rpc::MessageView bytes = call.reply();
  if (bytes.is_whole()) [[likely]]
    return fill_in(reply, call.codec(), bytes.whole(), "the reply");
  return fill_in_pieces(reply, call.codec(), bytes);
}
Status take_unary(OpSource& source, Buffer& reply) {
  client::Call& call = unary_call_of(source);
  Status status = call.take_status();
  if (status.ok()) reply = call.take_reply();
  return status;
}

Status take_one(OpSource& source, google::protobuf::MessageLite& reply) {
  ClientCall& call = call_of(source);
  std::optional<Buffer> message;
  Status status = take_only_message(call, message);
  if (!status.ok()) return status;
  return fill_in(reply, call.codec(), message->view(), "the reply");
}
Status take_one(OpSource& source, Buffer& reply) {
  std::optional<Buffer> message;
  Status status = take_only_message(call_of(source), message);
  if (status.ok()) reply = std::move(*message);
  return status;
}

bool take_next(OpSource& source, google::protobuf::MessageLite& message) {
  ClientCall& call = call_of(source);
  const std::optional<Buffer> bytes = call.take_message();
  if (!bytes) return false;
  Status parsed = fill_in(message, call.codec(), bytes->view(), "a message of the reply");
  if (parsed.ok()) return true;
  call.fail(std::move(parsed));
  return false;
}
bool take_next(OpSource& source, Buffer& message) {
  std::optional<Buffer> bytes = call_of(source).take_message();
  if (bytes) message = std::move(*bytes);
  return bytes.has_value();
}

ClientCallHandle& ClientCallHandle::operator=(ClientCallHandle&& other) noexcept {
  ClientCallHandle old(std::move(*this));
  call_ = std::move(other.call_);
  return *this;
}

ClientCallHandle::~ClientCallHandle() {
  if (call_) call_->cancel("the client destroyed the stream before the call had ended");
}

const Ref<ClientCall>& ClientCallHandle::call() const {
  if (!call_) throw std::logic_error("farcall: this stream was moved away");
  return call_;
}

Op<Metadata> ClientStreamBase::initial_metadata() {
  return Op<Metadata>(
      handle_.call(), OpStep::headers, +[](OpSource& call) { return call_of(call).take_initial_metadata(); });
}

const Metadata& ClientStreamBase::trailing_metadata() const {
  return handle_.call()->trailing_metadata();
}

void ClientStreamBase::cancel() {
  handle_.call()->cancel("cancelled by the client");
}

Op<WriteResult> ClientStreamBase::start_write(const google::protobuf::MessageLite& request) {
  return write_either(handle_.call(), request);
}
Op<WriteResult> ClientStreamBase::start_write(const Buffer& request) {
  return write_either(handle_.call(), request);
}

Op<WriteResult> ClientStreamBase::start_close_send() {
  return Op<WriteResult>(
      handle_.call(), OpStep::close_send,
      +[](OpSource& call) { return call_of(call).take_write_result(OpStep::close_send); });
}

Op<Status> ClientStreamBase::start_finish() {
  return Op<Status>(
      handle_.call(), OpStep::finish, +[](OpSource& call) { return call_of(call).take_status(); });
}

}  // namespace farcall::codegen
