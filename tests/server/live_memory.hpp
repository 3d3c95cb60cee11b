#pragma once

#include <cstddef>

namespace farcall::server::tests {

/// Bytes that this program has from `new` at present.
[[nodiscard]] std::size_t live_memory();
/// The most that it had since this was asked before; of one thread at a time.
[[nodiscard]] std::size_t take_most_live_memory();
/// How often it has called `new` so far.
[[nodiscard]] std::size_t allocations();

}  // namespace farcall::server::tests
