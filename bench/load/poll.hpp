#pragma once

#include "load/traffic.hpp"

namespace bench::load {

/// Milliseconds in which a server that works does answer something.
inline constexpr int kPatience = 30'000;

/// Waits for at most so many milliseconds and lets every connection with news have its turn. False when there
/// was none. A descriptor without a connection (a null pointer) only ends the waiting.
bool poll(int epoll, Traffic& traffic, int milliseconds);

}  // namespace bench::load
