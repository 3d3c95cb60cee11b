// What the streams of handlers do with their messages, whatever the type of those.

#include "server/request_message.hpp"

#include <farcall/blocking_stream.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/server_stream.hpp>

#include <google/protobuf/message_lite.h>

#include <stdexcept>
#include <utility>

namespace farcall::codegen {
namespace {

template <class Message>
bool read_either(ServerCall& call, std::span<const std::byte> message, Message& request) {
  const Status parsed = server::parse_request(call.codec(), message, request);
  if (parsed.ok()) return true;
  call.fail(parsed);
  return false;
}

template <class Message>
bool blocking_read_either(ServerCall& call, Message& request) {
  Buffer message;
  switch (call.blocking_read(message)) {
    case ReadOutcome::message:
      break;
    case ReadOutcome::end:
      return false;
    case ReadOutcome::pending:
    case ReadOutcome::cancelled:
      throw CallCancelled();
  }
  Status parsed = server::parse_request(call.codec(), message.view(), request);
  if (parsed.ok()) return true;
  call.blocking_fail(std::move(parsed));
  throw CallCancelled();
}

template <class Message>
Buffer blocking_serialized(ServerCall& call, const Message& reply) {
  if (call.codec() == nullptr) [[likely]]
    return serialize(reply);
  Result<Buffer> encoded = encode(*call.codec(), reply);
  if (encoded.ok()) return std::move(*encoded);
  call.blocking_fail(std::move(encoded).status());
  throw CallCancelled();
}

}  // namespace

bool read_request(ServerCall& call, std::span<const std::byte> message,
                  google::protobuf::MessageLite& request) {
  return read_either(call, message, request);
}
bool read_request(ServerCall& call, std::span<const std::byte> message, Buffer& request) {
  return read_either(call, message, request);
}

void EncodedReply::encode_with(ServerCall& call, const google::protobuf::MessageLite& reply) {
  Result<Buffer> encoded = encode(*call.codec(), reply);
  if (encoded.ok()) {
    large_ = std::move(*encoded);
  } else {
    call.fail(encoded.status());
  }
}
/// Never refused.
void EncodedReply::encode_with(ServerCall& call, const Buffer& reply) {
  large_ = std::move(*encode(*call.codec(), reply));
}

void EncodedReply::refuse_second_time() {
  throw std::logic_error("this write was awaited already: write the reply again to send it twice");
}

bool blocking_read(ServerCall& call, google::protobuf::MessageLite& request) {
  return blocking_read_either(call, request);
}
bool blocking_read(ServerCall& call, Buffer& request) {
  return blocking_read_either(call, request);
}

void blocking_write(ServerCall& call, const google::protobuf::MessageLite& reply) {
  if (!call.blocking_write(blocking_serialized(call, reply))) throw CallCancelled();
}
void blocking_write(ServerCall& call, const Buffer& reply) {
  if (!call.blocking_write(blocking_serialized(call, reply))) throw CallCancelled();
}

void blocking_send_initial_metadata(ServerCall& call) {
  if (!call.blocking_send_initial_metadata()) throw CallCancelled();
}

}  // namespace farcall::codegen
