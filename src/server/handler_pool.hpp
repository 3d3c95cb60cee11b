#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <thread>
#include <vector>

namespace farcall::server {

/// Something that waits for a pool thread. Lives until `run` was called.
class PoolTask {
 public:
  /// On a pool thread, once. May destroy the task.
  virtual void run() noexcept = 0;

 protected:
  virtual ~PoolTask() = default;

 private:
  friend class HandlerPool;
  PoolTask* next_ = nullptr;
};

/// The threads on which blocking handlers run, first come, first served. How many tasks can wait is bounded
/// by those who submit them (each connection has a quota of handlers).
class HandlerPool {
 public:
  /// Throws std::system_error when a thread cannot be started.
  explicit HandlerPool(std::size_t threads);
  HandlerPool(const HandlerPool&) = delete;
  HandlerPool& operator=(const HandlerPool&) = delete;
  /// As `finish`.
  ~HandlerPool();

  /// Any thread. Not after `finish`.
  void submit(PoolTask& task);
  /// Runs what was submitted to its end, and ends the threads. Idempotent; not from one of the threads.
  void finish();

 private:
  void serve();

  std::mutex mutex_;
  std::condition_variable wake_;
  PoolTask* first_ = nullptr;
  PoolTask* last_ = nullptr;
  bool finishing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace farcall::server
