#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define FARCALL_POISONS_MEMORY 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FARCALL_POISONS_MEMORY 1
#endif
#endif

#ifdef FARCALL_POISONS_MEMORY
#include <sanitizer/asan_interface.h>
#endif

namespace farcall::base {

/// Whether memory that is kept for later use can be told from memory that is used: under AddressSanitizer.
#ifdef FARCALL_POISONS_MEMORY
inline constexpr bool kPoisonsMemory = true;
#else
inline constexpr bool kPoisonsMemory = false;
#endif

/// Whoever touches this memory before `unpoison` is reported. The leak checker follows no pointer in it.
inline void poison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#ifdef FARCALL_POISONS_MEMORY
  __asan_poison_memory_region(memory, size);
#endif
}

inline void unpoison([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t size) {
#ifdef FARCALL_POISONS_MEMORY
  __asan_unpoison_memory_region(memory, size);
#endif
}

}  // namespace farcall::base
