// The end of a channel, which any thread may bring about at any moment.

#include "client/channel_core.hpp"

#include <future>
#include <memory>
#include <mutex>
#include <utility>

namespace farcall::client {

// In three steps. `begin_close` bars the way for new calls and hands the loop a CloseJob, behind everything
// that was posted before. That ends all calls and says GOAWAY. After the turn, which told the waiters and
// wrote to the sockets, the FinishJob takes the connections down, and from then on the loop knows nothing of
// the channel. Should the loop stop in between, the jobs are destroyed instead of run, which does the same.

class ChannelCore::FinishJob final : public net::Job {
 public:
  FinishJob(std::shared_ptr<ChannelCore> core, std::shared_ptr<std::promise<void>> done)
      : core_(std::move(core)), done_(std::move(done)) {}
  ~FinishJob() override { run(); }
  void run() override {
    if (!core_) return;
    std::exchange(core_, nullptr)->finish();
    done_->set_value();
  }

 private:
  std::shared_ptr<ChannelCore> core_;
  std::shared_ptr<std::promise<void>> done_;
};

class ChannelCore::CloseJob final : public net::Job {
 public:
  CloseJob(std::shared_ptr<ChannelCore> core, std::shared_ptr<std::promise<void>> done)
      : core_(std::move(core)), done_(std::move(done)) {}
  ~CloseJob() override { run(); }
  void run() override {
    if (!core_) return;
    const std::shared_ptr<ChannelCore> core = std::exchange(core_, nullptr);
    core->shut_down();
    core->loop_->post(std::unique_ptr<net::Job>(std::make_unique<FinishJob>(core, std::move(done_))));
  }

 private:
  std::shared_ptr<ChannelCore> core_;
  std::shared_ptr<std::promise<void>> done_;
};

bool ChannelCore::runs_here() {
  const std::lock_guard<std::recursive_mutex> lock(post_mutex_);
  return phase_.load(std::memory_order_relaxed) != Phase::closed && loop_->runs_here();
}

bool ChannelCore::post(std::unique_ptr<net::Job>& job) {
  const std::lock_guard<std::recursive_mutex> lock(post_mutex_);
  switch (phase_.load(std::memory_order_relaxed)) {
    case Phase::open:
      loop_->post(std::move(job));
      return true;
    case Phase::closing:
      late_jobs_.push_back(std::move(job));
      return true;
    case Phase::closed:
      return false;
  }
  return false;
}

std::shared_future<void> ChannelCore::begin_close(const std::shared_ptr<ChannelCore>& core) {
  const std::lock_guard<std::recursive_mutex> lock(core->post_mutex_);
  if (core->phase_ == Phase::open) {
    auto done = std::make_shared<std::promise<void>>();
    core->closed_ = done->get_future().share();
    core->phase_ = Phase::closing;
    core->loop_->post(std::unique_ptr<net::Job>(std::make_unique<CloseJob>(core, std::move(done))));
  }
  return core->closed_;
}

void ChannelCore::shut_down() {
  enter(ConnectivityState::shutdown);
  const Status status = Status::cancelled("the channel was destroyed");
  connect_timer_.cancel();
  backoff_timer_.cancel();
  idle_timer_.cancel();
  dialer_.reset();
  while (!waiting_.empty()) waiting_.front().end(status);
  if (session_) former_sessions_.push_back(std::move(session_));
  for (const std::unique_ptr<Session>& session : former_sessions_) session->shut_down(status);
}

void ChannelCore::finish() {
  // All calls have ended: from here on every step has its result at once.
  deliverer_.reset();
  deliver();
  former_sessions_.clear();
  std::vector<std::unique_ptr<net::Job>> jobs;
  for (;;) {
    // A late job may begin a call, and thereby end it, of which a step waits on the loop already.
    deliver();
    // Here by a waiter who has the io_context run: that one's delivery goes on after this.
    const bool told = delivering_ || has_told_all();
    {
      const std::lock_guard<std::recursive_mutex> lock(post_mutex_);
      if (late_jobs_.empty() && told) {
        phase_.store(Phase::closed, std::memory_order_release);
        return;
      }
      jobs.swap(late_jobs_);
    }
    for (const std::unique_ptr<net::Job>& job : jobs) job->run();
    jobs.clear();
  }
}

}  // namespace farcall::client
