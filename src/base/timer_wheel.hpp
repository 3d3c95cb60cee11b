#pragma once

#include "base/intrusive_list.hpp"
#include "base/time.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace farcall::base {

class TimerWheel;

/// The part of a Timer that its wheel works on.
class TimerNode : private ListNode {
 public:
  [[nodiscard]] bool armed() const { return wheel_ != nullptr; }
  /// What it was scheduled for; of no meaning unless armed.
  [[nodiscard]] TimePoint deadline() const { return deadline_; }

  /// Forgets the deadline: `on_expiry` is not called for it any more. Costs nothing when not armed.
  void cancel() {
    if (armed()) disarm();
  }

 private:
  friend class Timer;
  friend class TimerWheel;
  template <class T>
  friend class IntrusiveList;

  TimerNode() = default;
  ~TimerNode() { cancel(); }
  void disarm();

  TimerWheel* wheel_ = nullptr;
  TimePoint deadline_{};
  std::uint64_t tick_ = 0;
  std::uint8_t level_ = 0;
  std::uint8_t slot_ = 0;
};

/// A deadline that somebody waits for. Lives inside its owner; destroying it cancels it. One thread, the
/// wheel's.
class Timer : public TimerNode {
 public:
  /// The deadline has passed; the timer is not armed any more. May schedule or cancel any timer, this one
  /// included, and may destroy this timer. Must not throw.
  virtual void on_expiry(TimePoint now) = 0;

 protected:
  ~Timer() = default;
};

/// A timer that calls a member function of its owner: `TimerOf<Call, &Call::on_deadline> deadline_{*this};`
template <class Owner, void (Owner::*kMember)(TimePoint)>
class TimerOf final : public Timer {
 public:
  explicit TimerOf(Owner& owner) : owner_(owner) {}

 private:
  void on_expiry(TimePoint now) override { (owner_.*kMember)(now); }

  Owner& owner_;
};

/// All deadlines of one thread, hierarchical: scheduling and cancelling are O(1) whatever their number.
///
/// Time is counted in ticks of one millisecond. A deadline is rounded up to a tick, so a timer never fires
/// early and at most a tick late (plus what the caller of `advance` is late). Five levels of 64 slots reach
/// 12 days; what lies beyond waits in the last slot and is sorted in anew when that comes round. Timers of
/// one tick fire in the order in which they reached the lowest level; that of different ticks is the order of
/// their ticks.
class TimerWheel {
 public:
  static constexpr Duration kTick = std::chrono::milliseconds(1);

  explicit TimerWheel(TimePoint now) : origin_(now) {}
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;
  /// Timers that are still armed are cancelled.
  ~TimerWheel();

  /// Arms `timer`, or moves it when armed. A deadline already past fires at the next tick; with `kNever` the
  /// timer is cancelled.
  void schedule(Timer& timer, TimePoint deadline);

  /// Calls what has expired by `now`, in order. Not to be called from inside an expiry.
  void advance(TimePoint now) {
    const std::uint64_t tick = tick_at(now);
    if (tick < next_tick_) {
      if (tick > elapsed_) elapsed_ = tick;
      return;
    }
    run_until(tick, now);
  }

  /// When `advance` should be called next, `kNever` if nothing is armed. May be earlier than the earliest
  /// deadline (a cancelled timer, or one still on a coarse level), never later.
  [[nodiscard]] TimePoint next_deadline() const {
    return next_tick_ == kNoTick ? kNever : origin_ + kTick * static_cast<std::int64_t>(next_tick_);
  }

  [[nodiscard]] bool empty() const { return armed_ == 0; }

 private:
  friend class TimerNode;

  static constexpr std::size_t kLevels = 5;
  static constexpr unsigned kSlotBits = 6;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  static constexpr std::uint64_t kRange = std::uint64_t{1} << (kSlotBits * kLevels);
  static constexpr std::uint64_t kNoTick = UINT64_MAX;

  struct Level {
    std::uint64_t occupied = 0;  // bit i: slot i is not empty
    std::array<IntrusiveList<TimerNode>, kSlots> slots;
  };
  struct Place {
    std::uint8_t level;
    std::uint8_t slot;
    std::uint64_t begin;  // the first tick that the slot covers
  };

  [[nodiscard]] std::uint64_t tick_at(TimePoint now) const {
    return now <= origin_ ? 0 : static_cast<std::uint64_t>((now - origin_) / kTick);
  }
  [[nodiscard]] std::uint64_t tick_of(TimePoint deadline) const;
  [[nodiscard]] Place place_of(std::uint64_t tick) const;
  void insert(TimerNode& timer);
  void remove(TimerNode& timer);
  /// The occupied slot that comes first; its `begin` is kNoTick when there is none.
  [[nodiscard]] Place first_occupied() const;
  void run_until(std::uint64_t tick, TimePoint now);
  void fire(Place place, TimePoint now);
  void cascade(Place place);

  TimePoint origin_;
  std::uint64_t elapsed_ = 0;          // everything up to this tick has fired
  std::uint64_t next_tick_ = kNoTick;  // nothing is due before; may be too early after a cancel
  std::size_t armed_ = 0;
  std::array<Level, kLevels> levels_;
};

}  // namespace farcall::base
