#include "base/frame_cache.hpp"

#include "base/poison.hpp"

#include <farcall/task.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#ifdef FARCALL_POISONS_MEMORY
#include <sanitizer/lsan_interface.h>
#endif

namespace farcall::base {
namespace {

/// Installs a cache on this thread for as long as a test lasts.
class FrameCacheTest : public testing::Test {
 protected:
  FrameCacheTest() { FrameCache::install(&cache_); }
  ~FrameCacheTest() override { FrameCache::install(nullptr); }

  FrameCache cache_;
};

TEST_F(FrameCacheTest, GivesAFreedFrameToTheNextOfItsSizeClass) {
  void* first = allocate_frame(201);
  free_frame(first, 201);
  void* second = allocate_frame(216);  // the same class: 201 to 216 bytes
  EXPECT_EQ(first, second);
  std::memset(second, 0xab, 216);
  free_frame(second, 216);
}

TEST_F(FrameCacheTest, DoesNotGiveAFrameToALargerOne) {
  void* small = allocate_frame(72);
  free_frame(small, 72);
  void* large = allocate_frame(73);
  EXPECT_NE(small, large);
  free_frame(large, 73);
  EXPECT_EQ(cache_.cached_bytes(), 72U + 88U);
}

TEST_F(FrameCacheTest, LeavesLargeFramesToTheHeap) {
  void* frame = allocate_frame(FrameCache::kLargest + 1);
  free_frame(frame, FrameCache::kLargest + 1);
  EXPECT_EQ(cache_.cached_bytes(), 0U);
}

TEST_F(FrameCacheTest, NeverKeepsMoreThanItsBound) {
  std::vector<void*> frames(2 * FrameCache::kMostBytes / FrameCache::kLargest);
  for (void*& frame : frames) frame = allocate_frame(FrameCache::kLargest);
  for (void* frame : frames) free_frame(frame, FrameCache::kLargest);
  EXPECT_LE(cache_.cached_bytes(), FrameCache::kMostBytes);
  EXPECT_GT(cache_.cached_bytes() + FrameCache::kLargest, FrameCache::kMostBytes);
}

TEST_F(FrameCacheTest, TakesFramesThatTheHeapOfAnotherThreadMade) {
  void* frame = nullptr;
  std::thread([&frame] { frame = allocate_frame(100); }).join();
  free_frame(frame, 100);
  EXPECT_EQ(allocate_frame(100), frame);
  std::thread([frame] { free_frame(frame, 100); }).join();
  EXPECT_EQ(cache_.cached_bytes(), 0U);
}

TEST_F(FrameCacheTest, HoldsTheFramesOfCoroutinesThatHaveEnded) {
  struct Silent final : TaskScope {
    std::coroutine_handle<> finished() override { return std::noop_coroutine(); }
    void unwind() override {}
  };
  Silent scope;
  {
    auto run = []() -> Task<int> { co_return 7; };
    Task<int> task = run();
    task.start(scope);
    EXPECT_EQ(task.take(), 7);
    EXPECT_EQ(cache_.cached_bytes(), 0U);
  }
  EXPECT_GT(cache_.cached_bytes(), 0U);
}

#ifdef FARCALL_POISONS_MEMORY
// A process may end while a cache is still there.
TEST_F(FrameCacheTest, IsNoLeakToTheLeakChecker) {
  for (int i = 0; i < 2; ++i) {
    std::vector<void*> frames(100);
    for (void*& frame : frames) frame = allocate_frame(200);
    for (void*& frame : frames) free_frame(std::exchange(frame, nullptr), 200);
  }
  EXPECT_EQ(__lsan_do_recoverable_leak_check(), 0);
}

TEST_F(FrameCacheTest, PoisonsWhatAStaleHandleReads) {
  void* frame = allocate_frame(200);
  free_frame(frame, 200);
  EXPECT_TRUE(__asan_address_is_poisoned(frame));
  EXPECT_EQ(allocate_frame(200), frame);
  EXPECT_FALSE(__asan_address_is_poisoned(frame));
  free_frame(frame, 200);
}
#endif

}  // namespace
}  // namespace farcall::base
