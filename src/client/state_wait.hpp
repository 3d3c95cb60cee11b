#pragma once

#include "base/intrusive_list.hpp"
#include "base/time.hpp"
#include "base/timer_wheel.hpp"

#include <farcall/channel.hpp>
#include <farcall/codegen/op_source.hpp>
#include <farcall/op.hpp>

#include <memory>
#include <optional>

namespace farcall::client {

class ChannelCore;

/// Somebody waits for the channel's state to be another one: what `Channel::state_change` gives, behind its
/// Op. Waits on the loop of one core, in that core's list, and keeps itself alive there.
class StateWait final : public codegen::OpSource, public base::ListNode {
 public:
  StateWait(std::shared_ptr<ChannelCore> core, ConnectivityState last,
            std::optional<base::TimePoint> deadline);
  ~StateWait() override;

  // Any thread.
  [[nodiscard]] bool start(codegen::OpStep step, Buffer payload, codegen::OpWaiter& waiter) override;
  void abandon(codegen::OpStep step, codegen::OpWaiter& waiter, std::shared_ptr<void> keep) override;
  [[nodiscard]] net::Loop* home() const override;

  // On the core's loop.
  [[nodiscard]] ConnectivityState last() const { return last_; }
  /// Ends the wait: out of the list, and the waiter, who may do anything, is told.
  void conclude(ConnectivityState state);

  /// The operation on a new one.
  static Op<ConnectivityState> op(std::shared_ptr<ChannelCore> core, ConnectivityState last,
                                  std::optional<base::TimePoint> deadline);

 private:
  class BeginJob;
  class AbandonJob;

  /// True, and there is a result, if there is nothing to wait for.
  [[nodiscard]] bool look();
  [[nodiscard]] bool begin(codegen::OpWaiter& waiter);
  void abandon_on_loop(codegen::OpWaiter& waiter);
  void on_deadline(base::TimePoint) { conclude(last_); }

  const std::shared_ptr<ChannelCore> core_;
  const ConnectivityState last_;
  const std::optional<base::TimePoint> deadline_;
  /// Written before the waiter is told.
  ConnectivityState result_;

  // The loop's.
  codegen::OpWaiter* waiter_ = nullptr;
  codegen::Ref<StateWait> self_;  // while it waits
  base::TimerOf<StateWait, &StateWait::on_deadline> deadline_timer_{*this};
};

}  // namespace farcall::client
