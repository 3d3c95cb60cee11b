#pragma once

#include "base/time.hpp"
#include "http/header_map.hpp"
#include "protocol/metadata_fields.hpp"

#include <farcall/metadata.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

/// gRPC over HTTP/2 as a server speaks it: what request headers mean, and what answers look like. Without
/// state: the exchange's progress is the server's matter, messages are rpc::MessageReader's.
namespace farcall::protocol {

/// Why a request is not carried out. Send `rejection_headers`; if `body` is not empty, then `body` as data
/// that ends the stream, else the headers end it. Either way then stop reading the request, with linger.
struct Rejection {
  int http_status = 200;
  /// What a gRPC client is told.
  Status status;
  /// For those who do not speak gRPC: a line of plain text, in static storage. Empty when the answer is in
  /// gRPC's own form (Trailers-Only), and for HEAD requests.
  std::string_view body;
  /// The answer is text/plain and not gRPC's. True with an empty `body` for HEAD.
  bool plain_text = false;
  /// Answer with "allow: POST" (405).
  bool names_allowed_method = false;
  /// Answer with grpc-accept-encoding, as the request's grpc-encoding is none of ours.
  bool names_accepted_encodings = false;
};

/// A request's headers, read. The views point into the HeaderMap they were read from.
struct RequestHead {
  std::string_view path;          ///< "/enquiry.TrainStatus/Chat", the router's key.
  std::string_view service;       ///< "enquiry.TrainStatus"
  std::string_view method;        ///< "Chat"
  std::string_view content_type;  ///< As the request has it; the response's is the same.
  std::string_view subtype;       ///< The codec's name; empty or "proto": protobuf.
  std::string_view authority;     ///< :authority, or host where that is missing. May be empty.
  std::string_view user_agent;    ///< May be empty.
  /// How long the caller waits, from now on. Zero is legal and means that it has stopped waiting: answer
  /// DEADLINE_EXCEEDED at once.
  std::optional<base::Duration> timeout;
  /// Null when the request is to be carried out. Then path, service, method and content_type are valid, and
  /// `metadata_from` of the same HeaderMap gives the metadata (most handlers never look, so it is not read
  /// here).
  std::unique_ptr<Rejection> rejection;
};

/// Reads and checks request headers. `too_large` says that the header section exceeded our limits and is
/// incomplete. `codecs` are the message formats that may come beside protobuf. Whether the service and the
/// method exist is the router's matter, and UNIMPLEMENTED if not.
[[nodiscard]] RequestHead parse_request(const http::HeaderMap& headers, bool too_large = false,
                                        std::span<const std::string_view> codecs = {});

inline constexpr std::size_t kNoListLimit = std::numeric_limits<std::size_t>::max();

/// All builders fill in `out`, which they clear first: one map, kept by the caller, serves every call without
/// allocating. `max_list_size` is the peer's SETTINGS_MAX_HEADER_LIST_SIZE.

/// The headers before the first response message. False if the metadata does not fit: fail the call with
/// INTERNAL.
[[nodiscard]] bool response_headers(http::HeaderMap& out, std::string_view content_type,
                                    const Metadata& initial, std::size_t max_list_size = kNoListLimit);

/// What ends a response that has begun. Gives way as `append_status` says; false if nothing fits: reset with
/// INTERNAL_ERROR.
[[nodiscard]] bool trailers(http::HeaderMap& out, const Status& status, const Metadata& trailing,
                            std::size_t max_list_size = kNoListLimit);

/// A response without messages, in one header section that ends the stream: only when no response headers
/// were sent and there is no initial metadata to send. Otherwise like `trailers`.
[[nodiscard]] bool trailers_only(http::HeaderMap& out, std::string_view content_type, const Status& status,
                                 const Metadata& trailing, std::size_t max_list_size = kNoListLimit);

/// The headers of a rejection. False if they do not fit: reset with INTERNAL_ERROR.
[[nodiscard]] bool rejection_headers(http::HeaderMap& out, const Rejection& rejection,
                                     std::size_t max_list_size = kNoListLimit);

}  // namespace farcall::protocol
