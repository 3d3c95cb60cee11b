#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace farcall::rpc {

/// How the bytes of a message are encoded when its compressed flag is set.
enum class Encoding : std::uint8_t { identity };

/// What grpc-accept-encoding tells a peer.
inline constexpr std::string_view kAcceptedEncodings = "identity";

/// The encoding that a grpc-encoding field names; nothing if it is none of kAcceptedEncodings.
[[nodiscard]] constexpr std::optional<Encoding> find_encoding(std::string_view name) {
  if (name == "identity") return Encoding::identity;
  return std::nullopt;
}

}  // namespace farcall::rpc
