#include "live_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace farcall::server::tests {
namespace {

std::atomic<std::size_t> live{0};
std::atomic<std::size_t> most{0};
std::atomic<std::size_t> taken{0};

void* take(std::size_t size) {
  void* block = std::malloc(size > 0 ? size : 1);
  if (block == nullptr) throw std::bad_alloc();
  const std::size_t now = live += malloc_usable_size(block);
  if (now > most) most = now;
  ++taken;
  return block;
}

void give_back(void* block) noexcept {
  live -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

std::size_t live_memory() {
  return live;
}

std::size_t take_most_live_memory() {
  return most.exchange(live);
}

std::size_t allocations() {
  return taken;
}

}  // namespace farcall::server::tests

// In a file of its own: inlined into a caller, a compiler takes the pair for mismatched. The forms for arrays
// are here for AddressSanitizer, whose own do not come by these.
void* operator new(std::size_t size) {
  return farcall::server::tests::take(size);
}
void* operator new[](std::size_t size) {
  return farcall::server::tests::take(size);
}
void operator delete(void* block) noexcept {
  farcall::server::tests::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
  farcall::server::tests::give_back(block);
}
void operator delete[](void* block) noexcept {
  farcall::server::tests::give_back(block);
}
void operator delete[](void* block, std::size_t) noexcept {
  farcall::server::tests::give_back(block);
}
