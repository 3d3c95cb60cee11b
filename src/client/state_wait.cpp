#include "client/state_wait.hpp"

#include "client/channel_core.hpp"
#include "net/loop.hpp"

#include <utility>

namespace farcall::client {

using codegen::OpStep;

/// A wait on its way to the loop. If the loop ends before it gets there, so does the wait.
class StateWait::BeginJob final : public net::Job {
 public:
  BeginJob(StateWait& wait, codegen::OpWaiter& waiter)
      : wait_(codegen::Ref<StateWait>::to(wait)), waiter_(&waiter) {}
  ~BeginJob() override {
    if (waiter_ == nullptr) return;
    wait_->result_ = ConnectivityState::shutdown;
    waiter_->complete();
  }
  void run() override {
    codegen::OpWaiter* waiter = std::exchange(waiter_, nullptr);
    if (wait_->begin(*waiter)) waiter->complete();
  }
  /// The channel is gone, and will not tell the waiter: whoever started the wait does.
  void withdraw() { waiter_ = nullptr; }

 private:
  codegen::Ref<StateWait> wait_;
  codegen::OpWaiter* waiter_;
};

class StateWait::AbandonJob final : public net::Job {
 public:
  AbandonJob(StateWait& wait, codegen::OpWaiter& waiter, std::shared_ptr<void> keep)
      : wait_(codegen::Ref<StateWait>::to(wait)), waiter_(waiter), keep_(std::move(keep)) {}
  void run() override { wait_->abandon_on_loop(waiter_); }

 private:
  codegen::Ref<StateWait> wait_;
  codegen::OpWaiter& waiter_;
  std::shared_ptr<void> keep_;
};

StateWait::StateWait(std::shared_ptr<ChannelCore> core, ConnectivityState last,
                     std::optional<base::TimePoint> deadline)
    : core_(std::move(core)), last_(last), deadline_(deadline), result_(last) {}

StateWait::~StateWait() = default;

Op<ConnectivityState> StateWait::op(std::shared_ptr<ChannelCore> core, ConnectivityState last,
                                    std::optional<base::TimePoint> deadline) {
  return Op<ConnectivityState>(
      codegen::Ref<StateWait>(std::make_unique<StateWait>(std::move(core), last, deadline)), OpStep::finish,
      +[](codegen::OpSource& source) { return static_cast<StateWait&>(source).result_; });
}

net::Loop* StateWait::home() const {
  return &core_->loop();
}

bool StateWait::look() {
  result_ = core_->closing() ? ConnectivityState::shutdown : core_->state();
  return result_ != last_ || result_ == ConnectivityState::shutdown;
}

bool StateWait::start(OpStep, Buffer, codegen::OpWaiter& waiter) {
  if (core_->on_loop()) return begin(waiter);
  if (look()) return true;
  const std::shared_ptr<ChannelCore> core = core_;  // this may be gone before `post` returns
  auto job = std::make_unique<BeginJob>(*this, waiter);
  BeginJob& begin_job = *job;
  std::unique_ptr<net::Job> posted = std::move(job);
  if (core->post(posted)) return false;
  begin_job.withdraw();
  result_ = ConnectivityState::shutdown;
  return true;
}

bool StateWait::begin(codegen::OpWaiter& waiter) {
  if (look()) return true;
  if (deadline_ && *deadline_ <= core_->loop().now()) return true;  // with what look() has found: `last`
  waiter_ = &waiter;
  self_ = codegen::Ref<StateWait>::to(*this);
  core_->add(*this);
  if (deadline_) core_->loop().timers().schedule(deadline_timer_, *deadline_);
  return false;
}

void StateWait::conclude(ConnectivityState state) {
  const codegen::Ref<StateWait> waiting = std::move(self_);
  deadline_timer_.cancel();
  unlink();
  result_ = state;
  if (codegen::OpWaiter* waiter = std::exchange(waiter_, nullptr)) waiter->complete();
}

void StateWait::abandon(OpStep, codegen::OpWaiter& waiter, std::shared_ptr<void> keep) {
  if (core_->on_loop()) return abandon_on_loop(waiter);
  std::unique_ptr<net::Job> job = std::make_unique<AbandonJob>(*this, waiter, std::move(keep));
  // Once the channel is gone every waiter has been told.
  static_cast<void>(core_->post(job));
}

void StateWait::abandon_on_loop(codegen::OpWaiter& waiter) {
  if (waiter_ == &waiter) conclude(last_);
}

}  // namespace farcall::client
