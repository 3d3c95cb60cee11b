#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace farcall::base {

/// Freed coroutine frames of one thread, kept for the next coroutine: allocate_frame and free_frame of
/// <farcall/task.hpp> use the cache that is installed on their thread, and the heap where none is.
///
/// Frames up to kLargest bytes are kept, in size classes of kStep that use what the heap sets aside for them
/// to the full; at most kMostBytes in all, the rest goes back to the heap. A frame may be freed on another
/// thread than the one that made it: it then joins that thread's cache. Used on one thread at a time. Under
/// AddressSanitizer a cached frame is poisoned.
class FrameCache {
 public:
  static constexpr std::size_t kStep = 16;
  static constexpr std::size_t kLargest = 4096 + kStep / 2;
  static constexpr std::size_t kMostBytes = 1024 * 1024;

  FrameCache() = default;
  FrameCache(const FrameCache&) = delete;
  FrameCache& operator=(const FrameCache&) = delete;
  ~FrameCache();

  [[nodiscard]] void* allocate(std::size_t size);
  void free(void* frame, std::size_t size) noexcept;
  [[nodiscard]] std::size_t cached_bytes() const { return cached_bytes_; }

  /// Makes `cache` the one of this thread and returns the one before; null uninstalls.
  static FrameCache* install(FrameCache* cache) noexcept;

 private:
  struct Link {
    Link* next;
  };
  static constexpr std::size_t kClasses = kLargest / kStep + 1;

  /// The first frame of a class that has one.
  [[nodiscard]] void* take(std::size_t size_class) noexcept;

  std::array<Link*, kClasses> classes_{};
  std::size_t cached_bytes_ = 0;
};

}  // namespace farcall::base
