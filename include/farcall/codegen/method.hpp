#pragma once

#include <cstdint>

namespace farcall {

/// Which side of a call may send any number of messages instead of exactly one.
enum class MethodKind : std::uint8_t { unary, client_streaming, server_streaming, bidi_streaming };

[[nodiscard]] constexpr bool streams_requests(MethodKind kind) {
  return kind == MethodKind::client_streaming || kind == MethodKind::bidi_streaming;
}
[[nodiscard]] constexpr bool streams_replies(MethodKind kind) {
  return kind == MethodKind::server_streaming || kind == MethodKind::bidi_streaming;
}

namespace codegen {
using farcall::MethodKind;
}  // namespace codegen

}  // namespace farcall
