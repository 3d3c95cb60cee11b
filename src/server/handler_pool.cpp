#include "server/handler_pool.hpp"

#include <utility>

namespace farcall::server {

HandlerPool::HandlerPool(std::size_t threads) {
  threads_.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
  } catch (...) {
    finish();
    throw;
  }
}

HandlerPool::~HandlerPool() {
  finish();
}

void HandlerPool::submit(PoolTask& task) {
  {
    std::lock_guard lock(mutex_);
    task.next_ = nullptr;
    (last_ == nullptr ? first_ : last_->next_) = &task;
    last_ = &task;
  }
  wake_.notify_one();
}

void HandlerPool::finish() {
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void HandlerPool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return first_ != nullptr || finishing_; });
    if (first_ == nullptr) return;
    PoolTask* task = std::exchange(first_, first_->next_);
    if (first_ == nullptr) last_ = nullptr;
    lock.unlock();
    task->run();
    lock.lock();
  }
}

}  // namespace farcall::server
