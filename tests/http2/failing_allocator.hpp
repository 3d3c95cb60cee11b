#pragma once

#include <cstddef>
#include <limits>

namespace testing_memory {

inline constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

/// How often `new` succeeds from now on in this program, before it throws std::bad_alloc every time.
extern std::size_t allocations_left;

}  // namespace testing_memory
