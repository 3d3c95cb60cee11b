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

// The largest buffers are malloc's: the linker sends the calls of the tested code here.
extern "C" {
void* __real_malloc(std::size_t size);
void* __real_realloc(void* block, std::size_t size);
void* __wrap_malloc(std::size_t size) {
  testing_memory::largest_allocation = std::max(testing_memory::largest_allocation, size);
  return __real_malloc(size);
}
void* __wrap_realloc(void* block, std::size_t size) {
  testing_memory::largest_allocation = std::max(testing_memory::largest_allocation, size);
  return __real_realloc(block, size);
}
}
