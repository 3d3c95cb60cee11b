#pragma once

#include <farcall/buffer.hpp>
#include <farcall/codec.hpp>
#include <farcall/result.hpp>
#include <farcall/status.hpp>

#include <climits>
#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

/// The one place where farcall meets protobuf: messages into the bytes that travel, and back.
namespace farcall::codegen {

/// What precedes a message in a gRPC stream: a byte of flags and the length in 4 bytes, big-endian.
inline constexpr std::size_t kMessagePrefixSize = 5;

/// Writes the prefix of an uncompressed message of `size` bytes to `to`, and returns where that goes.
[[nodiscard]] inline std::byte* write_prefix(std::byte* to, std::size_t size) {
  to[0] = std::byte{0};
  for (std::size_t i = 1; i < kMessagePrefixSize; ++i) {
    to[i] = static_cast<std::byte>(static_cast<std::uint32_t>(size) >> (8 * (kMessagePrefixSize - 1 - i)));
  }
  return to + kMessagePrefixSize;
}

/// A message of `size` bytes that are still to be written, behind its gRPC prefix, uncompressed.
[[nodiscard]] inline Buffer prefixed(std::size_t size) {
  Buffer buffer(kMessagePrefixSize + size);
  static_cast<void>(write_prefix(buffer.data(), size));
  return buffer;
}

/// The message behind its gRPC prefix, uncompressed. Empty (not even a prefix) if it cannot be serialized: a
/// required field is missing, or it would be 2 GiB or larger.
[[nodiscard]] inline Buffer serialize(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  if (size > INT_MAX || !message.IsInitialized()) return {};
  Buffer buffer = prefixed(size);
  message.SerializeWithCachedSizesToArray(
      reinterpret_cast<std::uint8_t*>(buffer.data() + kMessagePrefixSize));
  return buffer;
}

/// The message, written where `place(size)` says that its bytes and its prefix go. False, and nothing was
/// asked for but a place, if there is none, or the message cannot be serialized.
template <class Place>
[[nodiscard]] bool serialize_into(const google::protobuf::MessageLite& message, Place&& place) {
  const std::size_t size = message.ByteSizeLong();
  if (size > INT_MAX || !message.IsInitialized()) return false;
  std::byte* to = place(kMessagePrefixSize + size);
  if (to == nullptr) return false;
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(write_prefix(to, size)));
  return true;
}
template <class Place>
[[nodiscard]] bool serialize_into(const Buffer&, Place&&) {
  return false;
}

/// The same for a message that is bytes already.
[[nodiscard]] inline Buffer serialize(const Buffer& message) {
  if (message.size() > INT_MAX) return {};
  Buffer buffer = prefixed(message.size());
  if (!message.empty()) std::memcpy(buffer.data() + kMessagePrefixSize, message.data(), message.size());
  return buffer;
}

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
template <class Message>
Status not_a(std::string_view what, const Message& message) {
  return Status::internal(std::string(what) + " is not a " + message.GetTypeName());
}
inline Status not_a(std::string_view what, const Buffer&) {
  return Status::internal(std::string(what) + " is not a message");
}

}  // namespace farcall::codegen
