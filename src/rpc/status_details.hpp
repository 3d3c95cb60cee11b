#pragma once

#include <string_view>

namespace farcall::rpc {

/// Whether these bytes can be read as a google.rpc.Status, which is what details of a status are.
[[nodiscard]] bool are_status_details(std::string_view bytes);

}  // namespace farcall::rpc
