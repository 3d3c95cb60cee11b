#include "base/frame_cache.hpp"

#include "base/poison.hpp"

#include <farcall/task.hpp>

#include <new>
#include <utility>

namespace farcall {
namespace base {
namespace {

thread_local FrameCache* installed_frames = nullptr;

// Where a frame that is kept links to the next. Not at its beginning if that is poisoned: the first word of a
// frame is what a stale handle reads, and the leak checker follows no link in poisoned memory.
constexpr std::size_t link_offset(std::size_t whole) {
  return kPoisonsMemory ? whole - sizeof(void*) : 0;
}

// Rounded up here and on the heap alike, so that a frame may come from one and go to the other. The heap
// deals in pieces of kStep bytes, of which its own eight take half of one.
constexpr std::size_t kHeapsOwn = FrameCache::kStep / 2;
constexpr std::size_t rounded(std::size_t size) {
  return (size + kHeapsOwn - 1) / FrameCache::kStep * FrameCache::kStep + kHeapsOwn;
}

constexpr std::size_t class_of(std::size_t rounded_size) {
  return rounded_size / FrameCache::kStep;
}
constexpr std::size_t size_of(std::size_t size_class) {
  return size_class * FrameCache::kStep + kHeapsOwn;
}

}  // namespace

FrameCache::~FrameCache() {
  for (std::size_t i = 0; i < kClasses; ++i) {
    while (classes_[i] != nullptr) ::operator delete(take(i));
  }
}

void* FrameCache::allocate(std::size_t size) {
  const std::size_t whole = rounded(size);
  if (whole > kLargest || whole < size) return ::operator new(size);
  const std::size_t size_class = class_of(whole);
  if (classes_[size_class] == nullptr) return ::operator new(whole);
  cached_bytes_ -= whole;
  return take(size_class);
}

void* FrameCache::take(std::size_t size_class) noexcept {
  const std::size_t whole = size_of(size_class);
  Link* link = classes_[size_class];
  classes_[size_class] = link->next;
  void* frame = reinterpret_cast<std::byte*>(link) - link_offset(whole);
  unpoison(frame, link_offset(whole));
  return frame;
}

void FrameCache::free(void* frame, std::size_t size) noexcept {
  const std::size_t whole = rounded(size);
  if (whole > kLargest || whole < size || cached_bytes_ + whole > kMostBytes) {
    ::operator delete(frame);
    return;
  }
  Link*& first = classes_[class_of(whole)];
  first = ::new (static_cast<std::byte*>(frame) + link_offset(whole)) Link{first};
  cached_bytes_ += whole;
  poison(frame, link_offset(whole));
}

FrameCache* FrameCache::install(FrameCache* cache) noexcept {
  return std::exchange(installed_frames, cache);
}

}  // namespace base

void* allocate_frame(std::size_t size) {
  if (base::installed_frames != nullptr) return base::installed_frames->allocate(size);
  return ::operator new(base::rounded(size));
}

void free_frame(void* frame, std::size_t size) noexcept {
  if (base::installed_frames != nullptr) {
    base::installed_frames->free(frame, size);
  } else {
    ::operator delete(frame);
  }
}

}  // namespace farcall
