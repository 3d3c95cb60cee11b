#pragma once

#include <farcall/metadata.hpp>

#include <string_view>

namespace farcall::rpc {

/// Fills a Metadata with what a peer sent. The names and values were held to HTTP's rules on arrival, which
/// allow more than `Metadata::add`; a value that HTTP allows must not make a call fail.
class ReceivedMetadata {
 public:
  static void append(Metadata& to, std::string_view name, std::string_view value) { to.append(name, value); }
};

/// Whether a name is not the application's to set: the protocol's (content-type, te, user-agent, grpc-*) or
/// HTTP's own.
[[nodiscard]] bool is_reserved_name(std::string_view name);

/// The names beginning with "grpc-" that travel as metadata nevertheless.
[[nodiscard]] bool is_grpc_metadata_name(std::string_view name);

}  // namespace farcall::rpc
