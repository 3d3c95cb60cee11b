#include <farcall/buffer.hpp>
#include <farcall/codegen/message_room.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/status.hpp>

#include <google/protobuf/message_lite.h>

#include <string>
#include <string_view>

namespace farcall::codegen {
namespace {

template <class Message>
Buffer serialized(const Message& message) {
  const std::size_t size = serialized_size(message);
  if (size == kUnserializable) return {};
  Buffer buffer(kMessagePrefixSize + size);
  serialize_to(buffer.data(), size, message);
  return buffer;
}

template <class Message>
void serialize_into(MessageRoom& room, const Message& message) {
  const std::size_t size = serialized_size(message);
  if (size != kUnserializable) serialize_to(room.prepare(kMessagePrefixSize + size), size, message);
}

}  // namespace

Buffer serialize(const google::protobuf::MessageLite& message) {
  return serialized(message);
}
Buffer serialize(const Buffer& message) {
  return serialized(message);
}

void serialize(const google::protobuf::MessageLite& message, MessageRoom& room) {
  serialize_into(room, message);
}
void serialize(const Buffer& message, MessageRoom& room) {
  serialize_into(room, message);
}

Status not_a(std::string_view what, const google::protobuf::MessageLite& message) {
  return Status::internal(std::string(what) + " is not a " + message.GetTypeName());
}
Status not_a(std::string_view what, const Buffer& /*message*/) {
  return Status::internal(std::string(what) + " is not a message");
}

}  // namespace farcall::codegen
