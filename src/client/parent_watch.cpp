#include "client/parent_watch.hpp"

#include "client/call.hpp"

#include <farcall/codegen/op_source.hpp>

#include <mutex>
#include <utility>

namespace farcall::client {

/// What the two threads share: the call, as long as it is under way and therefore keeps itself alive.
class ParentWatch::Line {
 public:
  explicit Line(Call& call) : call_(&call) {}

  void cut() {
    const std::lock_guard<std::mutex> lock(mutex_);
    call_ = nullptr;
  }
  [[nodiscard]] codegen::Ref<Call> call() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return call_ == nullptr ? codegen::Ref<Call>() : codegen::Ref<Call>::to(*call_);
  }

 private:
  std::mutex mutex_;
  Call* call_;
};

void ParentWatch::Pull::operator()() const {
  if (const codegen::Ref<Call> call = line->call()) call->cancel_with_parent();
}

ParentWatch::ParentWatch(std::stop_token parent, Call& call)
    : line_(std::make_shared<Line>(call)), callback_(std::move(parent), Pull{line_}) {}

void ParentWatch::let_go() {
  line_->cut();
}

}  // namespace farcall::client
