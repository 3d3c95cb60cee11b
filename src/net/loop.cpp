#include "net/loop.hpp"

#include "net/asio_loop.hpp"

#include <asio/post.hpp>

#include <utility>

namespace farcall::net {
namespace {

thread_local Loop* running = nullptr;

constexpr std::size_t kReadBufferSize = 64 * 1024;
/// Hooks that keep arming each other get this many rounds in a turn; the rest wait for the next, so that
/// sockets and timers have theirs.
constexpr int kMostRounds = 16;

}  // namespace

/// While it lives, the loop runs on this thread.
class Loop::Running {
 public:
  explicit Running(Loop& loop)
      : previous_(std::exchange(running, &loop)),
        previous_frames_(base::FrameCache::install(&loop.frames_)) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    running = previous_;
    base::FrameCache::install(previous_frames_);
  }

 private:
  Loop* previous_;
  base::FrameCache* previous_frames_;
};

Loop::Loop(LoopOptions options)
    : options_(std::move(options)),
      state_(std::make_unique<State>()),
      timers_(options_.clock != nullptr ? options_.clock() : base::Clock::now()),
      read_buffer_(new std::byte[kReadBufferSize]) {}

Loop::~Loop() {
  stop();
  {
    // Jobs may hold timers and frames, so they go first.
    const Running scope(*this);
    await_expected_jobs();
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

void Loop::post(std::unique_ptr<Job> job) {
  std::unique_lock lock(state_->mutex);
  if (state_->stopped) {
    lock.unlock();
    return;  // the job dies here, without the lock
  }
  state_->jobs.push(std::move(job));
  if (std::exchange(state_->batch_is_due, true)) return;
  lock.unlock();
  asio::post(state_->io, [this] { LoopAccess::turn(*this, [this] { run_jobs(); }); });
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
}

std::span<std::byte> Loop::read_buffer() {
  return {read_buffer_.get(), kReadBufferSize};
}

void Loop::end_turn() {
  in_turn_ = true;
  if (!timers_.empty()) LoopAccess::guarded(*this, [this] { timers_.advance(now()); });
  for (int round = 0; !hooks_.empty(); ++round) {
    if (round == kMostRounds) {
      wake();
      break;
    }
    base::IntrusiveList<TurnEndHook> armed;
    armed.splice_back(hooks_);
    while (TurnEndHook* hook = armed.pop_front()) {
      LoopAccess::guarded(*this, [hook] { hook->at_turn_end(); });
    }
  }
  arm_wake_up();
  in_turn_ = false;
  now_is_known_ = false;
}

void Loop::arm_wake_up() {
  const base::TimePoint next = timers_.next_deadline();
  // A wake-up that comes too early only costs a turn, so the timer is never moved to a later time.
  if (next >= state_->armed_for || options_.clock != nullptr) return;
  state_->armed_for = next;
  state_->wake_up.expires_at(next);
  state_->wake_up.async_wait([this](const asio::error_code& error) {
    if (error) return;  // moved to an earlier time
    state_->armed_for = base::kNever;
    LoopAccess::turn(*this, [] {});
  });
}

void Loop::wake() {
  asio::post(state_->io, [this] { LoopAccess::turn(*this, [] {}); });
}

void Loop::run() {
  const Running scope(*this);
  end_turn();  // for what was set up before
  state_->io.run();
  await_expected_jobs();
  std::unique_lock lock(state_->mutex);
  state_->stopped = true;
  JobQueue dropped(std::move(state_->jobs));
  lock.unlock();
}

/// After the stop: as if there had been none, since what a pool does for a coroutine may need other things
/// of the loop.
void Loop::await_expected_jobs() {
  while (expected_jobs_ > 0) {
    state_->io.restart();
    state_->io.run_one();
  }
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
  state_->io.stop();
}

}  // namespace farcall::net
