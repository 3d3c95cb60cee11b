#include "net/loop.hpp"

#include <farcall/op.hpp>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace farcall::codegen {

/// Stands in for an awaiter whose coroutine is on another thread than the source: on another loop, where it
/// must be resumed, or on none.
///
/// Belongs to both threads: to the awaiter until that is destroyed, and to the source until it was told
/// (`self_`).
class OpBridge final : public OpWaiter {
 public:
  OpBridge(OpAwaiterBase& awaiter, net::Loop* back) : back_(back), awaiter_(&awaiter) {}

  /// As OpSource::start.
  static bool start(const std::shared_ptr<OpBridge>& bridge, OpSource& source, OpStep step, Buffer payload) {
    bridge->self_ = bridge;
    try {
      if (!source.start(step, std::move(payload), *bridge)) return false;
    } catch (...) {
      bridge->self_.reset();
      throw;
    }
    bridge->self_.reset();
    return true;
  }

  /// The awaiter goes. Its loop is not touched any more once this has returned.
  void detach() {
    const std::lock_guard<std::mutex> lock(mutex_);
    awaiter_ = nullptr;
  }

 private:
  class Arrival final : public net::Job {
   public:
    explicit Arrival(std::shared_ptr<OpBridge> bridge) : bridge_(std::move(bridge)) {}
    void run() override { bridge_->deliver(); }

   private:
    std::shared_ptr<OpBridge> bridge_;
  };

  void complete() override {
    const std::shared_ptr<OpBridge> self = std::move(self_);
    if (back_ == nullptr) {
      deliver();
      return;
    }
    auto arrival = std::make_unique<Arrival>(self);
    // The lock keeps the other loop from ending between the question and the post: its awaiters are destroyed
    // first.
    const std::lock_guard<std::mutex> lock(mutex_);
    if (awaiter_ != nullptr) back_->post(std::unique_ptr<net::Job>(std::move(arrival)));
  }

  void deliver() {
    OpAwaiterBase* awaiter = nullptr;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      awaiter = std::exchange(awaiter_, nullptr);
    }
    if (awaiter != nullptr) awaiter->arrive();
  }

  net::Loop* back_;
  std::mutex mutex_;
  OpAwaiterBase* awaiter_;
  std::shared_ptr<OpBridge> self_;
};

namespace {

class BlockingWaiter final : public OpWaiter {
 public:
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    told_.wait(lock, [this] { return done_; });
  }

 private:
  void complete() override {
    // Notified under the lock: the waiting thread destroys this as soon as it gets it.
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    told_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable told_;
  bool done_ = false;
};

}  // namespace

bool on_loop_thread() {
  return net::Loop::current() != nullptr;
}

void wait_for(OpSource& source, OpStep step, Buffer payload) {
  if (on_loop_thread() || source.runs_here()) {
    throw std::logic_error(
        "farcall::Op::get() would block the thread of an event loop, which must go on: use co_await, or call "
        "it on a thread of "
        "your own");
  }
  BlockingWaiter waiter;
  if (!source.start(step, std::move(payload), waiter)) waiter.wait();
}

OpAwaiterBase::~OpAwaiterBase() {
  if (!waiting_for_source_) return;
  if (bridge_) {
    bridge_->detach();
    source_->abandon(step_, *bridge_, bridge_);
  } else {
    waiting_for_source_ = false;
    abandoned_ = true;
    source_->abandon(step_, *this, nullptr);
  }
}

bool OpAwaiterBase::begin() {
  net::Loop* here = net::Loop::current();
  net::Loop* home = source_->home();
  waiting_for_source_ = true;
  bool done = false;
  try {
    if (home == nullptr || home == here) {
      done = source_->start(step_, std::move(payload_), *this);
    } else {
      bridge_ = std::make_shared<OpBridge>(*this, here);
      // Copies: this object may be gone before `start` returns.
      const Ref<OpSource> source = source_;
      const std::shared_ptr<OpBridge> bridge = bridge_;
      if (!OpBridge::start(bridge, *source, step_, std::move(payload_))) return false;
      done = true;
    }
  } catch (...) {
    waiting_for_source_ = false;
    throw;
  }
  if (done) waiting_for_source_ = false;
  return done;
}

}  // namespace farcall::codegen
