#pragma once

#include <farcall/codec.hpp>
#include <farcall/status.hpp>

#include <string_view>

namespace farcall::rpc {

/// Whether `name` may follow "application/grpc+" for a codec that is plugged in.
[[nodiscard]] bool is_codec_name(std::string_view name);

/// INVALID_ARGUMENT, with what to do, for a codec whose name is not one.
Status check_codec(const Codec& codec);

}  // namespace farcall::rpc
