#pragma once

#include <cstddef>

namespace farcall::server::tests {

/// Bytes that this program has from `new` at present.
[[nodiscard]] std::size_t live_memory();

}  // namespace farcall::server::tests
