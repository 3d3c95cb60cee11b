#pragma once

#include "net/address.hpp"
#include "net/parsed.hpp"

#include <string_view>

namespace farcall::net {

/// Begins with "unix:" or "unix-abstract:".
[[nodiscard]] bool is_unix_name(std::string_view text);

/// "unix:path", "unix:///absolute/path", "unix-abstract:name". The error says what is wrong without repeating
/// `text`.
Parsed<Address> parse_unix_name(std::string_view text);

}  // namespace farcall::net
