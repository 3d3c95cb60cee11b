#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace farcall::http2 {

/// RFC 9113 §8.2.1, and the token rule of RFC 9110 §5.1: not empty, no upper case, no byte outside a token's.
[[nodiscard]] bool is_field_name(std::string_view name);

/// RFC 9113 §8.2.1: no NUL, CR or LF anywhere, no space or tab at either end.
[[nodiscard]] bool is_field_value(std::string_view value);

/// RFC 9113 §8.2.2: fields that speak of an HTTP/1.1 connection, and a `te` that is not "trailers". `name` is lower
/// case.
[[nodiscard]] bool is_connection_specific(std::string_view name, std::string_view value);

/// A content-length: digits only, no more than fit.
[[nodiscard]] std::optional<std::uint64_t> parse_content_length(std::string_view value);

/// A status code of three digits, 100 to 999.
[[nodiscard]] std::optional<std::uint16_t> parse_status(std::string_view value);

}  // namespace farcall::http2
