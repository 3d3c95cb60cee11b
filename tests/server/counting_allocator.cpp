#include "counting_allocator.hpp"

#include <cstdlib>
#include <new>

namespace farcall::server::tests {
namespace {

thread_local bool counting = false;
thread_local std::size_t allocations = 0;

void* take(std::size_t size) {
  if (counting) ++allocations;
  if (void* block = std::malloc(size > 0 ? size : 1)) return block;
  throw std::bad_alloc();
}

void* take(std::size_t size, std::align_val_t alignment) {
  if (counting) ++allocations;
  const auto align = static_cast<std::size_t>(alignment);
  if (void* block = std::aligned_alloc(align, (size + align - 1) / align * align)) return block;
  throw std::bad_alloc();
}

}  // namespace

AllocationCount::AllocationCount() {
  allocations = 0;
  counting = true;
}

AllocationCount::~AllocationCount() {
  counting = false;
}

std::size_t AllocationCount::value() const {
  return allocations;
}

}  // namespace farcall::server::tests

// In a file of its own: inlined into a caller, a compiler takes the pair for mismatched. The forms for arrays
// are here for AddressSanitizer, whose own do not come by these; the nothrow forms call them.
void* operator new(std::size_t size) {
  return farcall::server::tests::take(size);
}
void* operator new[](std::size_t size) {
  return farcall::server::tests::take(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return farcall::server::tests::take(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return farcall::server::tests::take(size, alignment);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete[](void* block) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
