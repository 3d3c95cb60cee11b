#include "net/loop_group.hpp"

#include <algorithm>
#include <sched.h>
#include <utility>

namespace farcall::net {
namespace {

std::size_t usable_processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    return static_cast<std::size_t>(std::max(1, CPU_COUNT(&set)));
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

LoopGroup::LoopGroup(std::size_t size, const LoopOptions& options) {
  if (size == 0) size = usable_processors();
  for (std::size_t i = 0; i < size; ++i) loops_.push_back(std::make_unique<Loop>(options));
  threads_.reserve(size);
  try {
    for (const std::unique_ptr<Loop>& loop : loops_) threads_.emplace_back(&Loop::run, loop.get());
  } catch (...) {
    stop();
    throw;
  }
}

LoopGroup::LoopGroup(std::unique_ptr<Loop> adopted) : adopted_(true) {
  loops_.push_back(std::move(adopted));
}

LoopGroup::~LoopGroup() {
  stop();
}

bool LoopGroup::runs_here() const {
  return Loop::current() != nullptr ||
         std::any_of(loops_.begin(), loops_.end(),
                     [](const std::unique_ptr<Loop>& loop) { return loop->runs_here(); });
}

Loop& LoopGroup::next() {
  return at(next_.fetch_add(1, std::memory_order_relaxed) % size());
}

void LoopGroup::await_expected_jobs() {
  for (const std::unique_ptr<Loop>& loop : loops_) loop->await_expected_jobs();
}

void LoopGroup::stop(const std::function<void()>& last) {
  if (adopted_) return loops_.front()->end_adopted(last);
  for (const std::unique_ptr<Loop>& loop : loops_) loop->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  if (last) last();
}

}  // namespace farcall::net
