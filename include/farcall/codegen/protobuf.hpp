#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codec.hpp>
#include <farcall/codegen/message_room.hpp>
#include <farcall/result.hpp>
#include <farcall/status.hpp>

#include <climits>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

/// The one place where farcall meets protobuf: messages into the bytes that travel, and back.
namespace farcall::codegen {

/// What precedes a message in a gRPC stream: a byte of flags and the length in 4 bytes, big-endian.
inline constexpr std::size_t kMessagePrefixSize = 5;

/// The prefix of an uncompressed message of `size` bytes.
inline void write_message_prefix(std::byte* to, std::size_t size) {
  const auto length = static_cast<std::uint32_t>(size);
  to[0] = std::byte{0};
  to[1] = static_cast<std::byte>(length >> 24);
  to[2] = static_cast<std::byte>(length >> 16);
  to[3] = static_cast<std::byte>(length >> 8);
  to[4] = static_cast<std::byte>(length);
}

/// What `serialized_size` says of a message that cannot be serialized: a required field is missing, or it
/// would be 2 GiB or larger.
inline constexpr std::size_t kUnserializable = SIZE_MAX;

/// The size of a message, without prefix. A template, as what is generated is final: where its type is known
/// it is asked directly.
template <class Message>
requires(std::is_base_of_v<google::protobuf::MessageLite, Message>) [[nodiscard]] std::size_t
    serialized_size(const Message& message) {
  const std::size_t size = message.ByteSizeLong();
  return size <= INT_MAX && message.IsInitialized() ? size : kUnserializable;
}
[[nodiscard]] inline std::size_t serialized_size(const Buffer& message) {
  return message.size() <= INT_MAX ? message.size() : kUnserializable;
}

/// Whether a message can be written as protobuf's generated code writes the messages within one: its size is
/// known, and not asked for again. protobuf does not promise that to others.
template <class Message, class Stream = google::protobuf::io::EpsCopyOutputStream,
          class Settings = google::protobuf::io::CodedOutputStream>
concept WritesDirectly = requires(const Message& message, std::uint8_t* to, Stream* stream) {
  Stream(to, int(), bool(Settings::IsDefaultSerializationDeterministic()));
  { message._InternalSerialize(to, stream) } -> std::same_as<std::uint8_t*>;
};

/// The message alone, in that way where there is it, and otherwise by protobuf's public function. Returns its
/// end.
template <class Message, class Stream = google::protobuf::io::EpsCopyOutputStream,
          class Settings = google::protobuf::io::CodedOutputStream>
[[nodiscard]] std::uint8_t* write_message(std::uint8_t* to, [[maybe_unused]] std::size_t size,
                                          const Message& message) {
  if constexpr (WritesDirectly<Message, Stream, Settings>) {
    Stream stream(to, static_cast<int>(size), Settings::IsDefaultSerializationDeterministic());
    return message._InternalSerialize(to, &stream);
  } else {
    return message.SerializeWithCachedSizesToArray(to);
  }
}

/// Writes the message behind its gRPC prefix, uncompressed. `size` is what `serialized_size` has just said. A
/// template as that is.
template <class Message>
requires(std::is_base_of_v<google::protobuf::MessageLite, Message>) void serialize_to(
    std::byte* to, std::size_t size, const Message& message) {
  write_message_prefix(to, size);
  auto* const body = reinterpret_cast<std::uint8_t*>(to + kMessagePrefixSize);
  [[maybe_unused]] const std::uint8_t* end = write_message(body, size, message);
  assert(end == body + size && "the message was changed while it was serialized");
}
/// The same for a message that is bytes already.
inline void serialize_to(std::byte* to, std::size_t size, const Buffer& message) {
  write_message_prefix(to, size);
  if (size > 0) std::memcpy(to + kMessagePrefixSize, message.data(), size);
}

/// The message behind its gRPC prefix, uncompressed. Empty (not even a prefix) if it cannot be serialized.
[[nodiscard]] Buffer serialize(const google::protobuf::MessageLite& message);
[[nodiscard]] Buffer serialize(const Buffer& message);

/// The same into `room`; its content is not touched if the message cannot be serialized.
void serialize(const google::protobuf::MessageLite& message, MessageRoom& room);
void serialize(const Buffer& message, MessageRoom& room);

/// Fills in `message` from the bytes of one, without prefix. False if they are not one.
[[nodiscard]] inline bool parse(std::span<const std::byte> bytes, google::protobuf::MessageLite& message) {
  return bytes.size() <= INT_MAX && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}
[[nodiscard]] inline bool parse(std::span<const std::byte> bytes, Buffer& message) {
  message = Buffer::copy_of(bytes);
  return true;
}

/// The message behind its prefix, in the form of `codec`; or what that said, or that it threw.
[[nodiscard]] Result<Buffer> encode(const Codec& codec, const google::protobuf::MessageLite& message);
/// A Buffer is in whatever form it is to have.
[[nodiscard]] inline Result<Buffer> encode(const Codec&, const Buffer& message) {
  return serialize(message);
}
/// Fills in `message`; not OK for what `codec` refuses or throws at.
Status decode(const Codec& codec, std::span<const std::byte> bytes, google::protobuf::MessageLite& message);
inline Status decode(const Codec&, std::span<const std::byte> bytes, Buffer& message) {
  message = Buffer::copy_of(bytes);
  return Status();
}

/// As the status of a call that received something else says it.
[[nodiscard]] Status not_a(std::string_view what, const google::protobuf::MessageLite& message);
[[nodiscard]] Status not_a(std::string_view what, const Buffer& message);

}  // namespace farcall::codegen
