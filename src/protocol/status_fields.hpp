#pragma once

#include "http/header_map.hpp"

#include <farcall/metadata.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <optional>

namespace farcall::protocol {

/// Appends grpc-status, grpc-message, grpc-status-details-bin and the trailing metadata, within what is left
/// of `max_list_size` (SETTINGS_MAX_HEADER_LIST_SIZE of the peer) beside the fields already there.
///
/// What does not fit gives way in this order: the end of the message; the details; then the metadata, and
/// because that is the application's data, the status becomes INTERNAL and says so. False if not even this
/// fits: nothing was appended.
[[nodiscard]] bool append_status(http::HeaderMap& fields, const Status& status, const Metadata& trailing,
                                 std::size_t max_list_size);

/// The status that trailers (or a Trailers-Only header section) carry, with origin peer; nothing without
/// grpc-status. One that cannot be read is UNKNOWN, malformed details make it INTERNAL.
[[nodiscard]] std::optional<Status> read_status(const http::HeaderMap& fields);

}  // namespace farcall::protocol
