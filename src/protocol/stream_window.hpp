#pragma once

#include <cstdint>

namespace farcall::protocol {

/// What either side lets the other send on a stream before anybody has read it
/// (SETTINGS_INITIAL_WINDOW_SIZE). The default of 65,535 is a little less than a message of 64 KiB with all
/// that is around it, and makes the sender of one wait for its last bytes.
inline constexpr std::uint32_t kStreamWindow = 68 * 1024;

}  // namespace farcall::protocol
