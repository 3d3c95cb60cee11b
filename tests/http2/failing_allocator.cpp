#include "failing_allocator.hpp"

#include <cstdlib>
#include <new>

namespace testing_memory {
std::size_t allocations_left = kUnlimited;
}  // namespace testing_memory

// In a file of its own: inlined into a caller, a compiler takes the pair for mismatched. The array and
// nothrow forms call these.
void* operator new(std::size_t size) {
  using testing_memory::allocations_left;
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left != testing_memory::kUnlimited) --allocations_left;
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
