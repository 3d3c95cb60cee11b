#pragma once

#include <cstdint>
#include <string_view>

namespace farcall::http {

/// The names of fields that farcall looks for, so that a field's name is compared with them once.
enum class KnownName : std::uint8_t {
  other,
  // The pseudo-header fields come first.
  method,     ///< ":method"
  scheme,     ///< ":scheme"
  authority,  ///< ":authority"
  path,       ///< ":path"
  status,     ///< ":status"
  content_length,
  te,
  host,
  content_type,
  user_agent,
  grpc_timeout,
  grpc_encoding,
  grpc_status,
  grpc_message,
  grpc_status_details,  ///< "grpc-status-details-bin"
};

[[nodiscard]] constexpr bool is_pseudo(KnownName name) {
  return name >= KnownName::method && name <= KnownName::status;
}

/// `name` in lower case.
[[nodiscard]] constexpr KnownName known_name(std::string_view name) {
  // By the length first: most names are compared with one or two others then.
  switch (name.size()) {
    case 2:
      return name == "te" ? KnownName::te : KnownName::other;
    case 4:
      return name == "host" ? KnownName::host : KnownName::other;
    case 5:
      return name == ":path" ? KnownName::path : KnownName::other;
    case 7:
      if (name == ":method") return KnownName::method;
      if (name == ":scheme") return KnownName::scheme;
      return name == ":status" ? KnownName::status : KnownName::other;
    case 10:
      if (name == ":authority") return KnownName::authority;
      return name == "user-agent" ? KnownName::user_agent : KnownName::other;
    case 11:
      return name == "grpc-status" ? KnownName::grpc_status : KnownName::other;
    case 12:
      if (name == "content-type") return KnownName::content_type;
      if (name == "grpc-message") return KnownName::grpc_message;
      return name == "grpc-timeout" ? KnownName::grpc_timeout : KnownName::other;
    case 13:
      return name == "grpc-encoding" ? KnownName::grpc_encoding : KnownName::other;
    case 14:
      return name == "content-length" ? KnownName::content_length : KnownName::other;
    case 23:
      return name == "grpc-status-details-bin" ? KnownName::grpc_status_details : KnownName::other;
    default:
      return KnownName::other;
  }
}

}  // namespace farcall::http
