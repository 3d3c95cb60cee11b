#pragma once

// What the other files of net/ need of a loop's Asio side. Included by .cpp files only.

#include "net/job_queue.hpp"
#include "net/loop.hpp"

#include <asio/basic_waitable_timer.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <exception>
#include <mutex>
#include <string>
#include <utility>

namespace farcall::net {

struct Loop::State {
  using Executor = asio::io_context::executor_type;
  using WakeUp = asio::basic_waitable_timer<base::Clock, asio::wait_traits<base::Clock>, Executor>;

  // One thread runs it and works on its descriptors; others only post. So Asio need not lock each descriptor,
  // as it does its queue of handlers.
  asio::io_context io{ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::executor_work_guard<Executor> work = asio::make_work_guard(io);
  WakeUp wake_up{io};
  base::TimePoint armed_for = base::kNever;

  std::mutex mutex;  // guards what follows
  JobQueue jobs;
  bool batch_is_due = false;  // a run_jobs is on its way
  bool stopped = false;
};

struct LoopAccess {
  static asio::io_context& io(Loop& loop) { return loop.state_->io; }

  /// What every completion handler does its work in: `work()`, then the end of the turn. What `work` throws
  /// is logged, since nobody is left to catch it.
  template <class Work>
  static void turn(Loop& loop, Work&& work) {
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
