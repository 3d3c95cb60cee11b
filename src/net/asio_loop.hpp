#pragma once

// What the other files of net/ need of a loop's Asio side. Included by .cpp files only.

#include "net/job_queue.hpp"
#include "net/loop.hpp"

#include <asio/basic_waitable_timer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace farcall::net {

/// What a handler holds of a loop that it may outlive.
class LoopAnchor {
 public:
  explicit LoopAnchor(Loop& loop) : loop_(&loop) {}

  /// Null once the loop is gone. It stays as long as it is wanted on the thread that runs it, and as long as
  /// the lock is held on another.
  [[nodiscard]] Loop* loop(const std::lock_guard<std::mutex>& /*of mutex()*/) const { return loop_; }
  [[nodiscard]] Loop* loop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return loop_;
  }
  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  void cut() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Loop* loop_;
};

struct Loop::State {
  using Executor = asio::io_context::executor_type;
  using WakeUp = asio::basic_waitable_timer<base::Clock, asio::wait_traits<base::Clock>, Executor>;

  State();
  explicit State(asio::io_context& adopted) : io(adopted) {}

  // One thread runs it and works on its descriptors; others only post. So Asio need not lock each descriptor,
  // as it does its queue of handlers. Null when the io_context is the user's.
  std::unique_ptr<asio::io_context> owned;
  asio::io_context& io;
  /// Always there when owned; when adopted, while `holds` is not 0.
  std::optional<asio::executor_work_guard<Executor>> work;
  std::size_t holds = 0;
  WakeUp wake_up{io};
  base::TimePoint armed_for = base::kNever;
  std::shared_ptr<LoopAnchor> anchor;

  // Of an adopted io_context: who is in a turn. Only the user can see to it that there is one thread.
  std::mutex turns;
  std::atomic<bool> handler_turn{false};
  std::atomic<std::thread::id> last_thread{};

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::size_t expected_jobs = 0;
  std::weak_ptr<const void> last_thread_lives;
  JobQueue jobs;
  bool batch_is_due = false;  // a run_jobs is on its way
  bool stopped = false;
};

/// While it lives, the loop is this thread's current one.
class Loop::Running {
 public:
  explicit Running(Loop& loop);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

 private:
  Loop* previous_;
  base::FrameCache* previous_frames_;
};

/// A turn of a loop that has adopted its io_context: on whatever thread the user runs that.
class Loop::Turn {
 public:
  enum class By : std::uint8_t { handler, work_off };
  /// Ends the process when another thread is in a turn of a handler: two threads run the io_context.
  Turn(Loop& loop, By by);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn();

 private:
  static std::unique_lock<std::mutex> enter(Loop& loop, By by);

  State& state_;
  std::unique_lock<std::mutex> lock_;  // none inside of another turn of this thread
  Running running_;
};

struct LoopAccess {
  static asio::io_context& io(Loop& loop) { return loop.state_->io; }
  static const std::shared_ptr<LoopAnchor>& anchor(Loop& loop) { return loop.state_->anchor; }

  /// A loop on an io_context that the user runs.
  static std::unique_ptr<Loop> adopt(asio::io_context& io, LoopOptions options) {
    return std::unique_ptr<Loop>(new Loop(std::make_unique<Loop::State>(io), std::move(options)));
  }

  /// Whether a completion handler was called by the io_context on this thread, and no turn has begun yet.
  static bool turn_may_begin(Loop& loop) {
    return loop.state_->io.get_executor().running_in_this_thread() && !loop.in_turn_;
  }

  /// What every completion handler does its work in: `work()`, then the end of the turn. What `work` throws
  /// is logged, since nobody is left to catch it.
  template <class Work>
  static void turn(Loop& loop, Work&& work) {
    if (loop.state_->owned) {
      turn_here(loop, std::forward<Work>(work));
    } else {
      const Loop::Turn turn(loop, Loop::Turn::By::handler);
      turn_here(loop, std::forward<Work>(work));
    }
  }

  template <class Work>
  static void turn_here(Loop& loop, Work&& work) {
    loop.in_turn_ = true;
    guarded(loop, std::forward<Work>(work));
    loop.end_turn();
  }

  template <class Work>
  static void guarded(Loop& loop, Work&& work) {
    try {
      work();
    } catch (const std::exception& error) {
      loop.log(LogLevel::error, std::string("an exception reached the event loop: ") + error.what());
    } catch (...) {
      loop.log(LogLevel::error, "an exception that is no std::exception reached the event loop");
    }
  }
};

}  // namespace farcall::net
