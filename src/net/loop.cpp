#include "net/loop.hpp"

#include "net/asio_loop.hpp"

#include <asio/post.hpp>

#include <exception>
#include <utility>

namespace farcall::net {
namespace {

thread_local Loop* running = nullptr;

constexpr std::size_t kReadBufferSize = 64 * 1024;
/// Hooks that keep arming each other get this many rounds in a turn; the rest wait for the next, so that
/// sockets and timers have theirs.
constexpr int kMostHookRounds = 16;

}  // namespace

Loop::State::State()
    : owned(std::make_unique<asio::io_context>(ASIO_CONCURRENCY_HINT_UNSAFE_IO)),
      io(*owned),
      work(asio::make_work_guard(io)) {}

Loop::Running::Running(Loop& loop)
    : previous_(std::exchange(running, &loop)),
      previous_frames_(base::FrameCache::install(&loop.frames_)),
      previous_blocks_(base::BlockCache::install(&loop.blocks_)) {}

Loop::Running::~Running() {
  running = previous_;
  base::FrameCache::install(previous_frames_);
  base::BlockCache::install(previous_blocks_);
}

Loop::Loop(LoopOptions options) : Loop(std::make_unique<State>(), std::move(options)) {}

Loop::Loop(std::unique_ptr<State> state, LoopOptions options)
    : options_(std::move(options)),
      state_(std::move(state)),
      timers_(options_.clock != nullptr ? options_.clock() : base::Clock::now()),
      read_buffer_(kReadBufferSize) {
  state_->anchor = std::make_shared<LoopAnchor>(*this);
}

Loop::~Loop() {
  stop();
  state_->anchor->cut();
  {
    // Jobs may hold timers and frames, so they go first.
    const Running scope(*this);
    run_expected_jobs();
    std::unique_lock lock(state_->mutex);
    state_->stopped = true;
    JobQueue dropped(std::move(state_->jobs));
    lock.unlock();
  }
  state_.reset();
}

Loop* Loop::current() {
  return running;
}

void Loop::hold() {
  if (state_->holds++ == 0 && !state_->owned) state_->work.emplace(asio::make_work_guard(state_->io));
}

void Loop::release() {
  if (--state_->holds == 0 && !state_->owned) state_->work.reset();
}

void Loop::post(std::unique_ptr<Job> job) {
  std::unique_lock lock(state_->mutex);
  if (state_->stopped) {
    lock.unlock();
    return;  // the job dies here, without the lock
  }
  state_->jobs.push(std::move(job));
  if (state_->expected_jobs > 0) state_->changed.notify_all();
  if (std::exchange(state_->batch_is_due, true)) return;
  if (state_->owned) {
    lock.unlock();
    asio::post(state_->io, [this] { LoopAccess::turn_here(*this, [this] { run_jobs(); }); });
    return;
  }
  // Under the lock: the job may be worked off by the loop's destructor, and the loop be gone, before the
  // io_context knows of it.
  asio::post(state_->io, [turns = Turns(*this)] { turns.take([](Loop& loop) { loop.run_jobs(); }); });
}

void Loop::run_jobs() {
  std::unique_lock lock(state_->mutex);
  JobQueue jobs(std::move(state_->jobs));
  state_->batch_is_due = false;
  lock.unlock();
  while (std::unique_ptr<Job> job = jobs.pop()) {
    LoopAccess::guarded(*this, [&] { job->run(); });
  }
}

base::TimePoint Loop::now() {
  if (!now_is_known_) {
    now_ = options_.clock != nullptr ? options_.clock() : base::Clock::now();
    now_is_known_ = in_turn_;
  }
  return now_;
}

void Loop::at_turn_end(TurnEndHook& hook) {
  if (!hook.linked()) hooks_.push_back(hook);
  if (!in_turn_) expect_turn();
}

/// Something was armed for a turn's end. A handler that is not ours, which users have on the loop's
/// io_context, has none.
void Loop::expect_turn() {
  if (current() != this || std::exchange(turn_is_expected_, true)) return;
  wake();
}

void Loop::end_turn() {
  in_turn_ = true;
  turn_is_expected_ = false;
  if (!timers_.empty()) LoopAccess::guarded(*this, [this] { timers_.advance(now()); });
  for (int round = 0; !hooks_.empty(); ++round) {
    if (round == kMostHookRounds) {
      wake();
      break;
    }
    base::IntrusiveList<TurnEndHook> armed;
    armed.splice_back(hooks_);
    while (TurnEndHook* hook = armed.pop_front()) {
      LoopAccess::guarded(*this, [hook] { hook->at_turn_end(); });
    }
  }
  // A wake-up that comes too early only costs a turn, so the timer is never moved to a later time.
  const base::TimePoint next = timers_.next_deadline();
  if (next < state_->armed_for || next == base::kNever) arm_wake_up(next);
  in_turn_ = false;
  now_is_known_ = false;
}

/// `next`: when the first timer is due, which is before the wake-up; or never.
void Loop::arm_wake_up(base::TimePoint next) {
  if (next == base::kNever) {
    if (state_->armed_for == base::kNever || state_->owned) return;
    // The user's io_context would not run out of work before that time.
    state_->wake_up.cancel();
    state_->armed_for = base::kNever;
    return;
  }
  if (options_.clock != nullptr) return;
  state_->armed_for = next;
  state_->wake_up.expires_at(next);
  state_->wake_up.async_wait([turns = Turns(*this)](const asio::error_code& error) {
    if (error) return;  // moved to an earlier time
    turns.take([](Loop& loop) { loop.state_->armed_for = base::kNever; });
  });
}

void Loop::wake() {
  asio::post(state_->io, [turns = Turns(*this)] { turns.take([](Loop&) {}); });
}

void Loop::run() {
  const Running scope(*this);
  end_turn();  // for what was set up before
  // Handlers that are not ours may throw out of the io_context; it goes on where it was.
  bool done = false;
  while (!done) {
    LoopAccess::guarded(*this, [&] {
      state_->io.run();
      done = true;
    });
  }
  run_expected_jobs();
  std::unique_lock lock(state_->mutex);
  state_->stopped = true;
  JobQueue dropped(std::move(state_->jobs));
  lock.unlock();
}

/// After the stop: as if there had been none, since what a pool does for a coroutine may need other things
/// of the loop.
void Loop::run_expected_jobs() {
  while (state_->expected_jobs > 0) {
    state_->io.restart();
    state_->io.run_one();
  }
}

void Loop::expect_job() {
  hold();
  const std::lock_guard lock(state_->mutex);
  ++state_->expected_jobs;
}

void Loop::expected_job_ran() {
  release();
  const std::lock_guard lock(state_->mutex);
  if (--state_->expected_jobs == 0) state_->changed.notify_all();
}

std::size_t Loop::poll() {
  const Running scope(*this);
  end_turn();
  std::size_t turns = 0;
  while (state_->io.poll_one() != 0) ++turns;
  return turns;
}

void Loop::run_one() {
  const Running scope(*this);
  end_turn();
  state_->io.run_one();
}

void Loop::stop() {
  if (state_->owned) {
    state_->io.stop();
  } else {
    end_adopted(nullptr);
  }
}

}  // namespace farcall::net
