#pragma once

#include "rpc/message_view.hpp"
#include "rpc/parse.hpp"

#include <farcall/codec.hpp>
#include <farcall/codegen/protobuf.hpp>
#include <farcall/status.hpp>

#include <google/protobuf/message_lite.h>

#include <cstddef>
#include <span>

namespace farcall::server {

inline Status unparsable_request() {
  return Status::internal("a request could not be parsed");
}

/// Fills in `message` from what the client sent.
template <class Message>
[[gnu::always_inline]] inline Status parse_request(const Codec* codec, std::span<const std::byte> bytes,
                                                   Message& message) {
  if (codec != nullptr) [[unlikely]]
    return codegen::decode(*codec, bytes, message);
  if (codegen::parse(bytes, message)) [[likely]]
    return Status();
  return unparsable_request();
}

/// The same for a message that may be in several pieces, of which codecs know nothing.
inline Status parse_request(const Codec* codec, const rpc::MessageView& bytes,
                            google::protobuf::MessageLite& message) {
  if (bytes.is_whole()) [[likely]]
    return parse_request(codec, bytes.whole(), message);
  if (codec != nullptr) return codegen::decode(*codec, bytes.copy().view(), message);
  return rpc::parse(bytes, message) ? Status() : unparsable_request();
}

}  // namespace farcall::server
