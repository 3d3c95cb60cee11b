#include "largest_allocation.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace testing_memory {
std::size_t largest_allocation = 0;
}  // namespace testing_memory

// In a file of its own: inlined into a caller, a compiler takes the pair for mismatched.
void* operator new(std::size_t size) {
  testing_memory::largest_allocation = std::max(testing_memory::largest_allocation, size);
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
