#pragma once

#include "http/header_map.hpp"

#include <farcall/metadata.hpp>

#include <string_view>

namespace farcall::protocol {

/// Whether a received field is the application's to see: not a pseudo-header, not the protocol's own
/// (content-type, te, grpc-* except those that travel as metadata), not HTTP's (host, content-length), not
/// user-agent, which has a place of its own.
[[nodiscard]] bool is_metadata_field(std::string_view name);

/// Whether values of that name are base64 on the wire.
[[nodiscard]] constexpr bool is_binary_name(std::string_view name) {
  return name.ends_with("-bin");
}

/// Whether all of a "-bin" field's values, which may be joined by commas, are base64.
[[nodiscard]] bool is_binary_value(std::string_view value);

/// Appends the fields that carry `metadata`: values of "-bin" names as unpadded base64, one field for each
/// value (peers exist that do not split joined ones).
void append_metadata(http::HeaderMap& fields, const Metadata& metadata);

/// The application's metadata among the received fields, "-bin" values split and decoded. A "-bin" value that
/// is not base64 is left out; whoever must refuse it has asked `is_binary_value` before.
[[nodiscard]] Metadata metadata_from(const http::HeaderMap& fields);

}  // namespace farcall::protocol
