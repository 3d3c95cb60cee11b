#pragma once

#include <cstddef>

namespace farcall::client_test {

/// How often this thread has come to `new` so far.
[[nodiscard]] std::size_t allocations_here();

}  // namespace farcall::client_test
