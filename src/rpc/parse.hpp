#pragma once

#include "rpc/message_view.hpp"

#include <google/protobuf/message_lite.h>

namespace farcall::rpc {

/// Fills in `message` from the bytes of one that is in several pieces. False if they are not one.
[[nodiscard]] bool parse(const MessageView& bytes, google::protobuf::MessageLite& message);

}  // namespace farcall::rpc
