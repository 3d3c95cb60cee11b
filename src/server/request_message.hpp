#pragma once

#include <farcall/codec.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <span>

namespace farcall::server {

/// Fills in `message` from what the client sent.
template <class Message>
[[gnu::always_inline]] inline Status parse_request(const Codec* codec, std::span<const std::byte> bytes,
                                                   Message& message) {
  if (codec != nullptr) [[unlikely]]
    return codegen::decode(*codec, bytes, message);
  if (codegen::parse(bytes, message)) [[likely]]
    return Status();
  return Status::internal("a request could not be parsed");
}

}  // namespace farcall::server
