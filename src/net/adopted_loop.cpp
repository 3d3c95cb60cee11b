// What is different about a loop on an io_context of the user's, and how anybody waits for a loop:
// docs/decisions/0012.

#include "net/asio_loop.hpp"
#include "net/loop.hpp"

#include <chrono>
#include <exception>
#include <future>
#include <utility>

namespace farcall::net {
namespace {

/// Expires when the thread ends. Its address is no other thread's as long as a weak pointer to it is held,
/// unlike a std::thread::id, which the next thread may have.
const std::shared_ptr<const void>& this_thread_lives() {
  thread_local const std::shared_ptr<const void> life = std::make_shared<int>();
  return life;
}

/// Where there is nothing to notice.
constexpr base::Duration kLong = std::chrono::hours(1);

}  // namespace

Loop::Turn::Turn(LoopAnchor& anchor, By by)
    : anchor_(anchor), lock_(enter(anchor, by)), loop_(anchor.loop()) {
  if (loop_ == nullptr) return;
  running_.emplace(*loop_);
  State& state = *loop_->state_;
  const std::shared_ptr<const void>& here = this_thread_lives();
  if (state.last_thread != here.get()) {
    const std::lock_guard guard(state.mutex);
    state.last_thread = here.get();
    state.last_thread_lives = here;
  }
}

std::unique_lock<std::mutex> Loop::Turn::enter(LoopAnchor& anchor, By by) {
  // A handler of the user's may run the io_context inside of a turn.
  if (current() == anchor.identity_) return {};
  std::unique_lock lock(anchor.turns_, std::try_to_lock);
  if (!lock) {
    if (by == By::handler && anchor.handler_turn_) {
      const std::lock_guard stays(anchor.mutex_);
      if (const Loop* loop = anchor.loop(stays)) {
        loop->log(LogLevel::error,
                  "two threads run the io_context that farcall has adopted, which must have one: the process "
                  "ends here");
      }
      std::terminate();
    }
    lock.lock();
  }
  anchor.handler_turn_ = by == By::handler;
  return lock;
}

Loop::Turn::~Turn() {
  if (lock_) anchor_.handler_turn_ = false;
}

bool Loop::runs_here() const {
  return current() == this || (!state_->owned && state_->io.get_executor().running_in_this_thread());
}

bool Loop::is_unattended() const {
  return is_unattended(std::unique_lock(state_->mutex));
}

bool Loop::is_unattended(const std::unique_lock<std::mutex>& /*of the state's mutex*/) const {
  if (state_->owned || current() == this) return false;
  if (runs_here() || state_->io.stopped()) return true;
  return state_->last_thread == this_thread_lives().get() || state_->last_thread_lives.expired();
}

void Loop::work_off() {
  const auto jobs_wait = [this] {
    const std::lock_guard lock(state_->mutex);
    return !state_->jobs.empty();
  };
  do {
    const Turn turn(*state_->anchor, Turn::By::destructor);
    LoopAccess::turn_here(*this, [this] { run_jobs(); });
  } while (jobs_wait());
}

void Loop::await(const std::function<bool(base::Duration)>& happens_within) {
  do {
    if (is_unattended()) work_off();
  } while (!happens_within(state_->owned ? kLong : kLookAgain));
}

void Loop::post_and_wait(std::function<void()> f) {
  std::promise<void> done;
  const std::future<void> over = done.get_future();
  post([f = std::move(f), done = std::move(done)]() mutable {
    f();
    done.set_value();
  });
  await([&over](base::Duration time) { return over.wait_for(time) == std::future_status::ready; });
}

void Loop::await_expected_jobs() {
  std::unique_lock lock(state_->mutex);
  while (state_->expected_jobs > 0) {
    if (state_->jobs.empty() || !is_unattended(lock)) {
      state_->changed.wait_for(lock, state_->owned ? kLong : kLookAgain);
      continue;
    }
    lock.unlock();
    work_off();
    lock.lock();
  }
}

void Loop::end_adopted(const std::function<void()>& last) {
  while (true) {
    await_expected_jobs();
    const Turn turn(*state_->anchor, Turn::By::destructor);
    if (turn.loop() == nullptr) return;  // the second time
    std::unique_lock lock(state_->mutex);
    // Jobs are expected in turns only, so there will be none if there is none now.
    if (state_->expected_jobs > 0) continue;
    state_->stopped = true;
    lock.unlock();
    // Without the end of a turn: nobody is to be resumed any more.
    if (last) LoopAccess::guarded(*this, last);
    state_->anchor->cut();
    return;
  }
}

}  // namespace farcall::net
