#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

namespace farcall::protocol {

/// The content-type of requests and responses whose messages are protobuf.
inline constexpr std::string_view kGrpcContentType = "application/grpc";

/// The message format that a gRPC content-type names: "" for the bare type, "proto" for
/// "application/grpc+proto", parameters left aside. Nothing if the type is not gRPC's; "application/grpc-web"
/// and "application/grpcfoo" are not.
[[nodiscard]] std::optional<std::string_view> grpc_subtype(std::string_view content_type);

/// Whether that format is protobuf, which the bare type means.
[[nodiscard]] constexpr bool is_protobuf(std::string_view subtype) {
  return subtype.empty() || subtype == "proto";
}

/// Whether there is a codec for that format: protobuf's, or one of those named.
[[nodiscard]] constexpr bool is_known_subtype(std::string_view subtype,
                                              std::span<const std::string_view> codecs = {}) {
  return is_protobuf(subtype) || std::ranges::find(codecs, subtype) != codecs.end();
}

}  // namespace farcall::protocol
