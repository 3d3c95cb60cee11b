#pragma once

#include <farcall/buffer.hpp>

#include <climits>
#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <cstdint>
#include <span>

/// The one place where farcall meets protobuf.
namespace farcall::codegen {

/// What precedes a message in a gRPC stream: a byte of flags and the length in 4 bytes, big-endian.
inline constexpr std::size_t kMessagePrefixSize = 5;

/// The message behind its gRPC prefix, uncompressed. Empty (not even a prefix) if it cannot be serialized: a
/// required field is missing, or it would be 2 GiB or larger.
[[nodiscard]] inline Buffer serialize(const google::protobuf::MessageLite& message) {
  const std::size_t size = message.ByteSizeLong();
  if (size > INT_MAX || !message.IsInitialized()) return {};
  Buffer buffer(kMessagePrefixSize + size);
  std::byte* to = buffer.data();
  to[0] = std::byte{0};
  for (std::size_t i = 1; i < kMessagePrefixSize; ++i) {
    to[i] = static_cast<std::byte>(static_cast<std::uint32_t>(size) >> (8 * (kMessagePrefixSize - 1 - i)));
  }
  message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(to + kMessagePrefixSize));
  return buffer;
}

/// Fills in `message` from the bytes of one, without prefix. False if they are not one.
[[nodiscard]] inline bool parse(std::span<const std::byte> bytes, google::protobuf::MessageLite& message) {
  return bytes.size() <= INT_MAX && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace farcall::codegen
