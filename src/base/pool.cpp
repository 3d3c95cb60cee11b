#include <farcall/pool.hpp>

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace farcall {

struct Pool::State {
  void serve();

  std::mutex mutex;
  std::condition_variable wake;
  codegen::PoolTask* first = nullptr;
  codegen::PoolTask* last = nullptr;
  bool finishing = false;
  std::vector<std::thread> threads;
};

namespace {

void name_this_thread() {
#ifdef __APPLE__
  pthread_setname_np("farcall-pool");
#else
  pthread_setname_np(pthread_self(), "farcall-pool");
#endif
}

}  // namespace

Pool::Pool(std::size_t threads) : state_(std::make_unique<State>()) {
  if (threads == 0) throw std::invalid_argument("farcall::Pool: a pool needs a thread");
  state_->threads.reserve(threads);
  try {
    for (std::size_t i = 0; i < threads; ++i) {
      state_->threads.emplace_back([state = state_.get()] {
        name_this_thread();
        state->serve();
      });
    }
  } catch (...) {
    finish();
    throw;
  }
}

Pool::~Pool() {
  finish();
}

std::size_t Pool::threads() const {
  return state_->threads.size();
}

void Pool::submit(codegen::PoolTask& task) {
  {
    const std::lock_guard lock(state_->mutex);
    task.next_ = nullptr;
    (state_->last == nullptr ? state_->first : state_->last->next_) = &task;
    state_->last = &task;
  }
  state_->wake.notify_one();
}

bool Pool::withdraw(codegen::PoolTask& task) {
  const std::lock_guard lock(state_->mutex);
  codegen::PoolTask* before = nullptr;
  for (codegen::PoolTask* at = state_->first; at != nullptr; before = std::exchange(at, at->next_)) {
    if (at != &task) continue;
    (before == nullptr ? state_->first : before->next_) = task.next_;
    if (state_->last == &task) state_->last = before;
    return true;
  }
  return false;
}

void Pool::finish() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->finishing = true;
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
  state_->threads.clear();
}

void Pool::State::serve() {
  std::unique_lock lock(mutex);
  for (;;) {
    wake.wait(lock, [this] { return first != nullptr || finishing; });
    if (first == nullptr) return;
    codegen::PoolTask* task = first;
    first = task->next_;
    if (first == nullptr) last = nullptr;
    lock.unlock();
    task->execute();
    lock.lock();
  }
}

}  // namespace farcall
