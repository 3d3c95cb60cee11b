#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>

namespace farcall::rpc {

/// Appends `text` to `out` as grpc-message carries it: bytes outside 0x20 to 0x7E, and '%', become %XX in
/// upper case. What is not UTF-8 is sent as U+FFFD, and a space at either end as %20, as no field may begin
/// or end with one (RFC 9113 §8.2.1). At most `max_bytes` are appended; the cut never falls inside a code
/// point.
void append_percent_encoded(std::string& out, std::string_view text,
                            std::size_t max_bytes = std::numeric_limits<std::size_t>::max());

/// The reverse. Never fails: an escape that is broken stays as it is, and the bytes may be no UTF-8.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace farcall::rpc
