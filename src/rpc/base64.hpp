#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace farcall::rpc {

/// Appends the standard alphabet's base64 of `bytes` (RFC 4648 §4), unpadded, as gRPC peers prefer it.
void append_base64(std::string& out, std::string_view bytes);

/// The length of what `append_base64` appends.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) {
  return (bytes * 4 + 2) / 3;
}

/// Appends what `text` encodes; padded or unpadded. False, with nothing appended, when it is not base64.
[[nodiscard]] bool append_base64_decoded(std::string& out, std::string_view text);

/// Whether `append_base64_decoded` would succeed.
[[nodiscard]] bool is_base64(std::string_view text);

}  // namespace farcall::rpc
