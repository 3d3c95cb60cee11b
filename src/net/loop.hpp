#pragma once

#include "base/block_cache.hpp"
#include "base/bytes.hpp"
#include "base/frame_cache.hpp"
#include "base/intrusive_list.hpp"
#include "base/read_buffer.hpp"
#include "base/time.hpp"
#include "base/timer_wheel.hpp"

#include <farcall/log.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace farcall::net {

/// Work handed to a loop by another thread (or for later, by its own).
class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;
  /// On the loop's thread, once.
  virtual void run() = 0;

 private:
  friend class JobQueue;
  Job* next_ = nullptr;
};

/// Called once at the end of the turn in which it was armed: where connections write what they have gathered.
class TurnEndHook : public base::ListNode {
 public:
  /// May arm hooks, this one included, and may destroy this one. Hooks that are armed meanwhile run in the
  /// same turn.
  virtual void at_turn_end() = 0;

 protected:
  ~TurnEndHook() = default;
};

struct LoopOptions {
  LoopOptions() = default;
  /// Where the loop and what runs on it report; null: nowhere. Called on the loop's thread.
  LogSink log;
  /// The clock that deadlines are on. A test that moves time by hand passes its own: the loop then waits for
  /// nothing, and `poll` looks at the clock.
  base::TimePoint (*clock)() = nullptr;
};

/// One event loop on one thread: sockets, timers, posted jobs. A turn is one wake-up: the handler that is
/// ready, then the timers that have expired, then the turn-end hooks. Everything but `post` and `stop`
/// belongs to the loop's thread, which is the one inside `run` or `poll`; until the first of these any thread
/// may set things up, one at a time.
///
/// A loop may also have adopted an io_context of the user's (LoopAccess::adopt), who runs it: `run`, `poll`
/// and `run_one` are not for it. It is the current loop of that thread during its turns only, and nothing of
/// it may be touched outside of one but what is for any thread.
class Loop {
 public:
  explicit Loop(LoopOptions options = LoopOptions());
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  /// Not while it runs; waits for expected jobs. Streams, listeners and timers on the loop must be gone; jobs
  /// still queued are destroyed.
  ~Loop();

  /// The loop that runs on this thread; null elsewhere.
  static Loop* current();
  [[nodiscard]] bool on_thread() const { return current() == this; }
  /// Whether whoever waits on this thread for the loop to do something waits for ever: because it is the
  /// thread that runs it. Any thread.
  [[nodiscard]] bool runs_here() const;
  /// Whether it has adopted an io_context which no other thread runs, as far as can be told, and this thread
  /// is in none of its turns: `work_off` is the way to have posted jobs done then. Any thread.
  [[nodiscard]] bool is_unattended() const;
  /// How long an adopted io_context may be stopped before whoever waits for it notices: nothing tells him.
  static constexpr base::Duration kLookAgain = std::chrono::milliseconds(20);
  /// Runs the posted jobs in turns on this thread until none is left. Only when unattended.
  void work_off();
  /// Waits for what posted jobs bring about: until `happens_within(time)`, which waits for it so long at
  /// most, says that it has happened. Should nobody run an adopted io_context, or nobody any more, the jobs
  /// are worked off here. Any thread but the one that runs the loop.
  void await(const std::function<bool(base::Duration)>& happens_within);
  /// Posts `f` and waits until it has run, or was dropped by a loop that has stopped. As `await`.
  void post_and_wait(std::function<void()> f);

  /// Runs `job` on the loop's thread in a later turn, jobs in order of posting. Any thread. A job posted to a
  /// loop that has stopped is destroyed, not run. Posts are batched: one wake-up of the loop takes all that
  /// are queued.
  void post(std::unique_ptr<Job> job);
  /// The same for a move-only callable.
  template <class F>
  requires(std::is_invocable_v<F&>) void post(F f) {
    post(std::unique_ptr<Job>(std::make_unique<CallableJob<F>>(std::move(f))));
  }

  /// A job will be posted by somebody who does not look whether the loop still exists: until it has run, and
  /// says so as the last that it does, neither `run` returns nor the destructor, even when stopped. In turns.
  void expect_job();
  void expected_job_ran();
  /// Until no job is expected: they are run by whoever runs the loop, and here if nobody does. Any thread but
  /// the loop's.
  void await_expected_jobs();

  /// The time at which this turn began.
  [[nodiscard]] base::TimePoint now();
  /// The loop's deadlines; arm with `timers().schedule(timer, deadline)`.
  [[nodiscard]] base::TimerWheel& timers() {
    if (!in_turn_) expect_turn();
    return timers_;
  }
  /// Arms the hook for the end of this turn. One armed before the loop runs is called as soon as it does.
  /// Idempotent.
  void at_turn_end(TurnEndHook& hook);
  /// 64 KiB that the turn's handler may read into; content does not survive the handler, unless it is kept.
  [[nodiscard]] base::ReadBuffer& read_buffer() { return read_buffer_; }
  /// Room for the list of one gathered write, with the same life.
  [[nodiscard]] std::span<base::ByteView> gather_buffer() { return gather_buffer_; }

  /// An adopted io_context does not run out of work before `release` was called as often. In a turn.
  void hold();
  void release();

  void log(LogLevel level, std::string_view text) const {
    if (options_.log) options_.log(level, text);
  }

  /// Turns until `stop`. An exception that leaves a turn is logged, and the loop goes on.
  void run();
  /// Turns as long as something is ready, without waiting. Returns how many.
  std::size_t poll();
  /// One turn, which is waited for; nothing when stopped.
  void run_one();
  /// Ends `run` after the turn that it is in, or after the last expected job; from then on jobs are
  /// destroyed. For good. Any thread.
  void stop();
  /// The end of a loop that has adopted its io_context, which may be run meanwhile: awaits expected jobs,
  /// then calls `last`, if any, in a turn on this thread, behind which no other begins. From then on jobs are
  /// destroyed, and handlers find no loop. The second time it does nothing.
  void end_adopted(const std::function<void()>& last);

 private:
  template <class F>
  class CallableJob final : public Job {
   public:
    explicit CallableJob(F f) : f_(std::move(f)) {}
    void run() override { f_(); }

   private:
    F f_;
  };
  // What is of Asio, and the queue that other threads touch: net/asio_loop.hpp.
  struct State;
  class Running;
  class Turn;
  friend struct LoopAccess;

  Loop(std::unique_ptr<State> state, LoopOptions options);
  [[nodiscard]] bool is_unattended(const std::unique_lock<std::mutex>& lock) const;
  void run_expected_jobs();
  void end_turn();
  void expect_turn();
  void run_jobs();
  void arm_wake_up(base::TimePoint next);
  void wake();

  LoopOptions options_;
  std::unique_ptr<State> state_;
  base::TimerWheel timers_;
  base::IntrusiveList<TurnEndHook> hooks_;
  base::FrameCache frames_;
  base::BlockCache blocks_;
  base::ReadBuffer read_buffer_;
  std::array<base::ByteView, 64> gather_buffer_;
  base::TimePoint now_{};
  bool now_is_known_ = false;
  bool in_turn_ = false;
  bool turn_is_expected_ = false;
};

}  // namespace farcall::net
