#pragma once

#include <farcall/status.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace farcall::rpc {

/// What an HTTP response without grpc-status means. 431 is UNKNOWN, as the other implementations and the
/// conformance suite have it, and not INTERNAL, as the document says.
[[nodiscard]] StatusCode status_code_for_http(int http_status);

/// What RST_STREAM with that error code (RFC 9113 §7) means to a client.
[[nodiscard]] StatusCode status_code_for_reset(std::uint32_t http2_error_code);

/// Reads a grpc-status: decimal, without leading zeros. Integers beyond those that have names are kept.
[[nodiscard]] std::optional<StatusCode> parse_status_code(std::string_view text);

}  // namespace farcall::rpc
