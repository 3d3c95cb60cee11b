#pragma once

#include <optional>
#include <string_view>

namespace farcall::protocol {

/// The content-type of requests and responses whose messages are protobuf.
inline constexpr std::string_view kGrpcContentType = "application/grpc";

/// The message format that a gRPC content-type names: "" for the bare type, "proto" for
/// "application/grpc+proto", parameters left aside. Nothing if the type is not gRPC's; "application/grpc-web"
/// and "application/grpcfoo" are not.
[[nodiscard]] std::optional<std::string_view> grpc_subtype(std::string_view content_type);

/// Whether there is a codec for that format. Protobuf is the only one, and what the bare type means.
[[nodiscard]] constexpr bool is_known_subtype(std::string_view subtype) {
  return subtype.empty() || subtype == "proto";
}

}  // namespace farcall::protocol
