#pragma once

#include <cstddef>

namespace testing_memory {

/// The largest block that anything in this program has asked `new`, `malloc` or `realloc` for since this was
/// last set to 0.
extern std::size_t largest_allocation;

}  // namespace testing_memory
