#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace farcall::net {

/// How many functions are in pools for the coroutines of one owner, who can wait for them.
class PoolTrips {
 public:
  PoolTrips() = default;
  PoolTrips(const PoolTrips&) = delete;
  PoolTrips& operator=(const PoolTrips&) = delete;
  /// Waits: a thread of a pool that has done its work may not have counted it yet.
  ~PoolTrips() { wait(); }

  /// Any thread, as `end`.
  void begin() {
    const std::lock_guard lock(mutex_);
    ++under_way_;
  }
  void end() {
    // Under the lock until the end: the owner may be gone the moment it is released.
    const std::lock_guard lock(mutex_);
    if (--under_way_ == 0) none_left_.notify_all();
  }
  /// Until none is under way. What is to happen on their loops then was posted before this returns. Not on a
  /// thread of a pool.
  void wait() {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [this] { return under_way_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  std::size_t under_way_ = 0;
};

}  // namespace farcall::net
