// The application's half of a call: steps and their results, on any thread.

#include "client/call.hpp"
#include "client/channel_core.hpp"
#include "client/parent_watch.hpp"
#include "net/loop.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

namespace farcall::client {

using codegen::OpStep;

namespace {

std::string_view name(OpStep step) {
  switch (step) {
    case OpStep::reply:
      return "call";
    case OpStep::read:
      return "read";
    case OpStep::write:
      return "write";
    case OpStep::close_send:
      return "close_send";
    case OpStep::headers:
      return "initial_metadata";
    case OpStep::finish:
      return "finish";
  }
  return "operation";
}

}  // namespace

/// A step on its way to the loop. If the loop ends before it gets there, the step ends with the call.
class Call::StepJob final : public net::Job {
 public:
  StepJob(Call& call, OpStep step, Buffer payload, codegen::OpWaiter& waiter)
      : call_(codegen::Ref<Call>::to(call)), step_(step), payload_(std::move(payload)), waiter_(&waiter) {}
  ~StepJob() override {
    if (waiter_ == nullptr) return;
    {
      const std::lock_guard<std::mutex> lock(call_->core_->ended_mutex());
      call_->end_without_loop();
    }
    waiter_->complete();
  }

  void run() override {
    codegen::OpWaiter* waiter = std::exchange(waiter_, nullptr);
    if (call_->begin_step(step_, std::move(payload_), *waiter)) waiter->complete();
  }
  /// The channel is gone, and with it all reasons to wait.
  void run_here() {
    const std::lock_guard<std::mutex> lock(call_->core_->ended_mutex());
    static_cast<void>(call_->begin_step(step_, std::move(payload_), *std::exchange(waiter_, nullptr)));
  }

 private:
  codegen::Ref<Call> call_;
  OpStep step_;
  Buffer payload_;
  codegen::OpWaiter* waiter_;
};

class Call::AbandonJob final : public net::Job {
 public:
  AbandonJob(Call& call, OpStep step, codegen::OpWaiter& waiter, std::shared_ptr<void> keep)
      : call_(codegen::Ref<Call>::to(call)), step_(step), waiter_(waiter), keep_(std::move(keep)) {}
  void run() override { call_->abandon_on_loop(step_, waiter_); }

 private:
  codegen::Ref<Call> call_;
  OpStep step_;
  codegen::OpWaiter& waiter_;
  std::shared_ptr<void> keep_;
};

class Call::ActionJob final : public net::Job {
 public:
  ActionJob(Call& call, Action action, Status status)
      : call_(codegen::Ref<Call>::to(call)), action_(action), status_(std::move(status)) {}
  ~ActionJob() override {
    if (ran_) return;
    const std::lock_guard<std::mutex> lock(call_->core_->ended_mutex());
    call_->end_without_loop();
  }
  void run() override {
    ran_ = true;
    call_->act(action_, std::move(status_));
  }
  /// As StepJob::run_here.
  void run_here() {
    const std::lock_guard<std::mutex> lock(call_->core_->ended_mutex());
    run();
  }

 private:
  codegen::Ref<Call> call_;
  Action action_;
  Status status_;
  bool ran_ = false;
};

bool Call::start(OpStep step, Buffer payload, codegen::OpWaiter& waiter) {
  claim(step);
  if (step == OpStep::reply) fix_deadline();
  if (core_->on_loop()) return begin_step(step, std::move(payload), waiter);
  const std::shared_ptr<ChannelCore> core = core_;  // the call may be gone before `post` returns
  auto job = std::make_unique<StepJob>(*this, step, std::move(payload), waiter);
  StepJob& step_job = *job;
  std::unique_ptr<net::Job> posted = std::move(job);
  if (core->post(posted)) return false;
  step_job.run_here();
  return true;
}

void Call::claim(OpStep step) {
  if (step == OpStep::reply) {
    // It begins the call, which no other thread knows yet.
    const std::uint8_t before = claimed_.load(std::memory_order_relaxed);
    claimed_.store(static_cast<std::uint8_t>(before | bit(step)), std::memory_order_relaxed);
    if ((before & bit(step)) == 0) return;
  } else if ((claimed_.fetch_or(bit(step), std::memory_order_acq_rel) & bit(step)) == 0) {
    return;
  }
  throw std::logic_error("farcall: a second " + std::string(name(step)) +
                         " was started on a call before the first one had completed");
}

void Call::unclaim(OpStep step) {
  if ((claimed_.load(std::memory_order_acquire) & bit(step)) == 0) return;
  claimed_.fetch_and(static_cast<std::uint8_t>(~bit(step)), std::memory_order_acq_rel);
}

void Call::fix_deadline() {
  deadline_ = options_.deadline();
  if (const std::optional<base::TimePoint>& parents = options_.parent_deadline())
    deadline_ = std::min(deadline_.value_or(base::kNever), *parents);
  if (!options_.timeout()) return;
  const base::TimePoint now = base::Clock::now();
  const base::Duration timeout = *options_.timeout();
  const base::TimePoint end = timeout > base::kNever - now ? base::kNever : now + timeout;
  if (!deadline_ || end < *deadline_) deadline_ = end;
}

void Call::abandon(OpStep step, codegen::OpWaiter& waiter, std::shared_ptr<void> keep) {
  unclaim(step);
  // One that the loop does not know may have been told, or be on its way here: what goes after it finds out.
  const bool may_come = keep != nullptr && core_->on_loop() && waiters_[index(step)] != &waiter;
  if (core_->on_loop() && !may_come) return abandon_on_loop(step, waiter);
  std::unique_ptr<net::Job> job = std::make_unique<AbandonJob>(*this, step, waiter, std::move(keep));
  // Once the channel is gone every waiter has been told.
  static_cast<void>(core_->post(job));
}

net::Loop* Call::home() const {
  return &core_->loop();
}

bool Call::runs_here() const {
  return core_->runs_here();
}

std::optional<Buffer> Call::take_message() {
  if (has_one_reply()) {
    if (!std::exchange(has_reply_, false)) return std::nullopt;
    return take_reply();
  }
  std::optional<Buffer> message = std::exchange(slot_, std::nullopt);
  unclaim(OpStep::read);
  return message;
}

rpc::MessageView Call::reply() const {
  return has_reply_in_pieces() ? incoming_->reply.view() : rpc::MessageView(message_.view());
}

Buffer Call::take_reply() {
  return has_reply_in_pieces() ? incoming_->reply.take() : message_.take();
}

const Metadata& Call::trailing_metadata() const {
  // Never destroyed: somebody may look while the program ends.
  static const Metadata& none = *new Metadata();
  return incoming_ ? incoming_->response.trailing_metadata() : none;
}

WriteResult Call::take_write_result(OpStep step) {
  const WriteResult result = step == OpStep::write ? write_result_ : close_result_;
  unclaim(step);
  return result;
}

Status Call::take_status() {
  if (ResponseMetadata* into = options_.collector()) {
    into->initial = incoming_ ? incoming_->response.initial_metadata() : Metadata();
    into->trailing = trailing_metadata();
  }
  Status status = status_;
  unclaim(OpStep::finish);
  return status;
}

Metadata Call::take_initial_metadata() {
  // Once the response headers are there, or the call has ended, it does not change any more.
  Metadata metadata = incoming_ ? incoming_->response.initial_metadata() : Metadata();
  unclaim(OpStep::headers);
  return metadata;
}

void Call::launch() {
  fix_deadline();
  post_or_act(Action::begin, Status());
}

void Call::cancel(std::string_view reason) {
  if (ended_.load(std::memory_order_acquire)) return;
  post_or_act(Action::cancel, Status::cancelled(std::string(reason)));
}

void Call::fail(Status status) {
  post_or_act(Action::reject, std::move(status));
}

void Call::cancel_with_parent() {
  if (ended_.load(std::memory_order_acquire)) return;
  post_or_act(Action::cancel_with_parent, Status());
}

void Call::post_or_act(Action action, Status status) {
  if (core_->on_loop()) return act(action, std::move(status));
  auto job = std::make_unique<ActionJob>(*this, action, std::move(status));
  ActionJob& action_job = *job;
  std::unique_ptr<net::Job> posted = std::move(job);
  if (!core_->post(posted)) action_job.run_here();
}

void Call::act(Action action, Status status) {
  switch (action) {
    case Action::begin:
      return begin();
    case Action::cancel:
      return end(std::move(status));
    case Action::cancel_with_parent:
      return end_with_parent();
    case Action::reject:
      return reject(std::move(status));
  }
}

void Call::end_without_loop() {
  if (ended_) return;
  dropping_ = true;
  if (parent_watch_) parent_watch_->let_go();
  status_ = Status::unavailable("the runtime of the channel has stopped");
  ended_.store(true, std::memory_order_release);
}

}  // namespace farcall::client
