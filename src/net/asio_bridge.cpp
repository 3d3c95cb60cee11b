#include "net/asio_loop.hpp"
#include "net/loop_group.hpp"

#include <farcall/asio.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace farcall {

AdoptedContext adopt(asio::io_context& context, LogSink log) {
  net::LoopOptions options;
  options.log = log;
  std::unique_ptr<net::Loop> loop = net::LoopAccess::adopt(context, std::move(options));
  return AdoptedContext(std::make_shared<net::LoopGroup>(std::move(loop)), std::move(log));
}

asio::io_context& this_io_context() {
  net::Loop* loop = net::Loop::current();
  if (loop == nullptr) {
    throw std::logic_error(
        "farcall::this_io_context: this thread runs no loop of farcall's; ask inside a Task, or use "
        "io_context_of");
  }
  return net::LoopAccess::io(*loop);
}

asio::io_context& io_context_of(Runtime& runtime, std::size_t index) {
  if (index >= runtime.loops()) {
    throw std::out_of_range("farcall::io_context_of: the runtime has " + std::to_string(runtime.loops()) +
                            " loops, and none of index " + std::to_string(index));
  }
  return net::LoopAccess::io(runtime.group().at(index));
}

namespace codegen {

/// Where the coroutine is to go on.
struct AsioWait::Place {
  std::shared_ptr<net::LoopAnchor> anchor;
};

class AsioWait::Arrival final : public net::Job {
 public:
  explicit Arrival(std::shared_ptr<AsioWait> wait) : wait_(std::move(wait)) {}
  void run() override { wait_->arrive(); }

 private:
  std::shared_ptr<AsioWait> wait_;
};

AsioWait::AsioWait() : place_(std::make_unique<Place>()) {}

AsioWait::~AsioWait() = default;

bool AsioWait::begin(std::coroutine_handle<> waiting, TaskScope* scope) {
  net::Loop* loop = net::Loop::current();
  if (loop == nullptr) {
    throw std::logic_error(
        "farcall::use_task: awaited on a thread that runs no loop of farcall's; await it inside a Task");
  }
  if (scope != nullptr && scope->cancelled()) {
    scope->park();
    return false;
  }
  place_->anchor = net::LoopAccess::anchor(*loop);
  waiting_ = waiting;
  scope_ = scope;
  waits_ = true;
  loop->hold();
  if (scope_ != nullptr) scope_->begin_wait(*this);
  return true;
}

void AsioWait::not_initiated() {
  leave();
}

void AsioWait::complete(std::shared_ptr<AsioWait> self) {
  self->completed_ = true;
  const std::shared_ptr<net::LoopAnchor> anchor = self->place_->anchor;
  std::optional<net::Turns> turns;
  {
    // The lock keeps the loop from ending between the question and the post.
    const std::lock_guard<std::mutex> lock(anchor->mutex());
    net::Loop* loop = anchor->loop(lock);
    if (loop == nullptr) return;
    if (self->initiating_ || !net::LoopAccess::turn_may_begin(*loop)) {
      // A copy: the wait does not end under the lock if the job is not taken.
      loop->post(std::unique_ptr<net::Job>(std::make_unique<Arrival>(self)));
      return;
    }
    turns.emplace(*loop);
  }
  turns->take([&self](net::Loop&) { self->arrive(); });
}

void AsioWait::arrive() {
  if (!waits_) return;
  leave();
  if (scope_ != nullptr && scope_->cancelled()) {
    scope_->park();
  } else {
    waiting_.resume();
  }
}

void AsioWait::leave() {
  waits_ = false;
  if (scope_ != nullptr) scope_->end_wait(*this);
  if (net::Loop* loop = place_->anchor->loop()) loop->release();
}

void AsioWait::detach() {
  if (!waits_) return;
  leave();
  on_cancelled();
}

}  // namespace codegen
}  // namespace farcall
