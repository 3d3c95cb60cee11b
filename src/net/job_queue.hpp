#pragma once

#include "net/loop.hpp"

#include <memory>
#include <utility>

namespace farcall::net {

/// Jobs in the order of their posting; owns them. Not thread-safe.
class JobQueue {
 public:
  JobQueue() = default;
  JobQueue(JobQueue&& other) noexcept
      : first_(std::exchange(other.first_, nullptr)), last_(std::exchange(other.last_, nullptr)) {}
  JobQueue& operator=(JobQueue&&) = delete;
  ~JobQueue() {
    while (pop()) {
    }
  }

  [[nodiscard]] bool empty() const { return first_ == nullptr; }

  void push(std::unique_ptr<Job> job) {
    Job* added = job.release();
    added->next_ = nullptr;
    (first_ == nullptr ? first_ : last_->next_) = added;
    last_ = added;
  }

  /// Null when empty.
  std::unique_ptr<Job> pop() {
    std::unique_ptr<Job> taken(first_);
    if (taken) first_ = taken->next_;
    return taken;
  }

 private:
  Job* first_ = nullptr;
  Job* last_ = nullptr;
};

}  // namespace farcall::net
