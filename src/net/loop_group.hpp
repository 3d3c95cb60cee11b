#pragma once

#include "net/loop.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace farcall::net {

/// N loops, each running on a thread of its own from construction to destruction; or one that has adopted
/// its io_context, and no thread.
class LoopGroup {
 public:
  /// `size` 0: as many as there are processors that this process may use. Throws std::system_error when a
  /// thread cannot be started.
  explicit LoopGroup(std::size_t size, const LoopOptions& options = LoopOptions());
  explicit LoopGroup(std::unique_ptr<Loop> adopted);
  LoopGroup(const LoopGroup&) = delete;
  LoopGroup& operator=(const LoopGroup&) = delete;
  /// Stops and joins. Not from one of its own threads.
  ~LoopGroup();

  [[nodiscard]] bool is_adopted() const { return adopted_; }
  [[nodiscard]] std::size_t size() const { return loops_.size(); }
  [[nodiscard]] Loop& at(std::size_t index) { return *loops_[index]; }
  /// Whether waiting for one of the loops on this thread would be waiting for itself. Any thread.
  [[nodiscard]] bool runs_here() const;
  /// Each in turn. Any thread.
  [[nodiscard]] Loop& next();

  /// Until no loop expects a job. Not on a loop's thread.
  void await_expected_jobs();
  /// Ends the threads; the loops stay, and jobs posted to them are destroyed. `last` is called when nothing
  /// on the loops runs any more, or will. Idempotent but for that.
  void stop(const std::function<void()>& last = nullptr);

 private:
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> next_{0};
  bool adopted_ = false;
};

}  // namespace farcall::net
