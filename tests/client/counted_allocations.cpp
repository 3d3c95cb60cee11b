#include "counted_allocations.hpp"

#include <cstdlib>
#include <new>

namespace farcall::client_test {
namespace {

thread_local std::size_t count = 0;

void* take(std::size_t size) {
  ++count;
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}

}  // namespace

std::size_t allocations_here() {
  return count;
}

}  // namespace farcall::client_test

// In a file of its own: inlined into a caller, a compiler takes the pair for mismatched. The array and
// nothrow forms call these.
void* operator new(std::size_t size) {
  return farcall::client_test::take(size);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
