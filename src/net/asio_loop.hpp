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
#include <utility>

namespace farcall::net {

/// What is left of a loop for those who may outlive it.
class LoopAnchor {
 public:
  explicit LoopAnchor(Loop& loop) : identity_(&loop), loop_(&loop) {}

  /// Null once the loop is gone. It stays as long as the lock is held, as long as the thread is in one of its
  /// turns, and, where it owns its io_context, as long as it is wanted on the thread that runs it.
  [[nodiscard]] Loop* loop(const std::lock_guard<std::mutex>& /*of mutex()*/) const { return loop_; }
  [[nodiscard]] Loop* loop() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return loop_;
  }
  [[nodiscard]] std::mutex& mutex() { return mutex_; }
  /// The loop goes. Of one that has adopted its io_context: in a turn, behind which no other begins.
  void cut() {
    const std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  friend class Loop;

  // Of an adopted io_context: who is in a turn. Only the user can see to it that there is one thread. Here,
  // since a handler may wait for its turn while the loop goes.
  std::mutex turns_;
  std::atomic<bool> handler_turn_{false};

  const Loop* const identity_;  // to compare with a loop that lives
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

  // Of an adopted io_context: the thread of the last turn, by the address of something that it owns. Set
  // under the mutex, with the other half.
  std::atomic<const void*> last_thread{nullptr};

  std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::size_t expected_jobs = 0;
  /// Keeps that address from being used again, as it does not keep what was there.
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
  base::BlockCache* previous_blocks_;
};

/// A turn of a loop that has adopted its io_context: on whatever thread the user runs that.
class Loop::Turn {
 public:
  enum class By : std::uint8_t { handler, destructor };
  /// Waits for a turn of a destructor on another thread. Ends the process when another thread is in a turn of
  /// a handler: two threads run the io_context.
  Turn(LoopAnchor& anchor, By by);
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn();

  /// Null when the loop was gone before the turn could begin; stays as long as the turn otherwise.
  [[nodiscard]] Loop* loop() const { return loop_; }

 private:
  static std::unique_lock<std::mutex> enter(LoopAnchor& anchor, By by);

  LoopAnchor& anchor_;
  std::unique_lock<std::mutex> lock_;  // none inside of another turn of this thread
  Loop* loop_;
  std::optional<Running> running_;
};

struct LoopAccess {
  static asio::io_context& io(Loop& loop) { return loop.state_->io; }
  static const std::shared_ptr<LoopAnchor>& anchor(Loop& loop) { return loop.state_->anchor; }

  /// A loop on an io_context that the user runs.
  static std::unique_ptr<Loop> adopt(asio::io_context& io, LoopOptions options) {
    return std::unique_ptr<Loop>(new Loop(std::make_unique<Loop::State>(io), std::move(options)));
  }

  static bool has_adopted(Loop& loop) { return !loop.state_->owned; }

  /// Whether a completion handler was called by the io_context on this thread, and no turn has begun yet.
  static bool turn_may_begin(Loop& loop) {
    if (!loop.state_->io.get_executor().running_in_this_thread()) return false;
    return has_adopted(loop) ? !loop.on_thread() : !loop.in_turn_;
  }

  /// As Turns::take, of a loop that has adopted its io_context.
  template <class Work>
  static void adopted_turn(LoopAnchor& anchor, Work&& work) {
    const Loop::Turn turn(anchor, Loop::Turn::By::handler);
    if (Loop* loop = turn.loop()) turn_here(*loop, [&] { work(*loop); });
  }

  /// `work()`, then the end of the turn. What `work` throws is logged, since nobody is left to catch it.
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

/// The way of a completion handler to the turn in which it does all of its work; every handler holds one.
///
/// An io_context that the loop owns calls handlers on the loop's thread, as long as that lives. One that it
/// has adopted may call them when the loop is gone, and while a destructor has a turn on another thread; so
/// nothing of the loop, or of what lives on it, may be looked at before the turn.
class Turns {
 public:
  explicit Turns(Loop& loop)
      : loop_(&loop), anchor_(LoopAccess::has_adopted(loop) ? LoopAccess::anchor(loop) : nullptr) {}

  /// `work(loop)` in a turn, unless the loop is gone.
  template <class Work>
  void take(Work&& work) const {
    if (anchor_) {
      LoopAccess::adopted_turn(*anchor_, std::forward<Work>(work));
    } else {
      LoopAccess::turn_here(*loop_, [&] { work(*loop_); });
    }
  }

  /// `work(target)` in a turn, unless the line was cut. The end is let go in the turn, too.
  template <class End, class Work>
  void take_for(End& end, Work&& work) const {
    if (!anchor_ && end.target() == nullptr) return;
    take([&](Loop&) {
      const End held(std::move(end));
      if (auto* target = held.target()) work(*target);
    });
  }

 private:
  Loop* loop_;                          // may be gone if there is an anchor
  std::shared_ptr<LoopAnchor> anchor_;  // null where the loop owns the io_context: handlers cost no more
};

}  // namespace farcall::net
