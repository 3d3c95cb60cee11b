#include "base/timer_wheel.hpp"

#include <algorithm>
#include <bit>

namespace farcall::base {

void TimerNode::disarm() {
  wheel_->remove(*this);
}

TimerWheel::~TimerWheel() {
  for (Level& level : levels_) {
    for (IntrusiveList<TimerNode>& slot : level.slots) {
      while (TimerNode* timer = slot.pop_front()) timer->wheel_ = nullptr;
    }
  }
}

void TimerWheel::schedule(Timer& timer, TimePoint deadline) {
  timer.cancel();
  if (deadline == kNever) return;
  timer.deadline_ = deadline;
  timer.tick_ = std::max(tick_of(deadline), elapsed_ + 1);
  timer.wheel_ = this;
  ++armed_;
  insert(timer);
}

std::uint64_t TimerWheel::tick_of(TimePoint deadline) const {
  if (deadline <= origin_) return 0;
  const Duration since = deadline - origin_;
  const auto whole = static_cast<std::uint64_t>(since / kTick);
  return since % kTick == Duration::zero() ? whole : whole + 1;
}

TimerWheel::Place TimerWheel::place_of(std::uint64_t tick) const {
  // The level is that of the highest digit (of six bits) in which the tick differs from now: all digits above
  // are equal, so the slots of a level that lie ahead never wrap around, the top level's excepted.
  const std::uint64_t difference = tick ^ elapsed_;
  const auto width = static_cast<unsigned>(std::bit_width(difference));
  const unsigned level = width == 0 ? 0 : (width - 1) / kSlotBits;
  if (level < kLevels - 1) {
    const unsigned shift = level * kSlotBits;
    const std::uint64_t block = tick >> shift;
    return {static_cast<std::uint8_t>(level), static_cast<std::uint8_t>(block % kSlots), block << shift};
  }
  constexpr unsigned kShift = (kLevels - 1) * kSlotBits;
  const std::uint64_t ahead = std::min((tick >> kShift) - (elapsed_ >> kShift), std::uint64_t{kSlots - 1});
  const std::uint64_t block = (elapsed_ >> kShift) + ahead;
  return {kLevels - 1, static_cast<std::uint8_t>(block % kSlots), block << kShift};
}

void TimerWheel::insert(TimerNode& timer) {
  const Place place = place_of(timer.tick_);
  timer.level_ = place.level;
  timer.slot_ = place.slot;
  Level& level = levels_[place.level];
  level.slots[place.slot].push_back(timer);
  level.occupied |= std::uint64_t{1} << place.slot;
  next_tick_ = std::min(next_tick_, place.begin);
}

void TimerWheel::remove(TimerNode& timer) {
  timer.unlink();
  timer.wheel_ = nullptr;
  Level& level = levels_[timer.level_];
  if (level.slots[timer.slot_].empty()) level.occupied &= ~(std::uint64_t{1} << timer.slot_);
  if (--armed_ == 0) next_tick_ = kNoTick;
}

TimerWheel::Place TimerWheel::first_occupied() const {
  for (std::size_t i = 0; i < kLevels - 1; ++i) {
    if (levels_[i].occupied == 0) continue;
    const unsigned shift = static_cast<unsigned>(i) * kSlotBits;
    const auto slot = static_cast<std::uint64_t>(std::countr_zero(levels_[i].occupied));
    const std::uint64_t block = (elapsed_ >> shift) / kSlots * kSlots + slot;
    return {static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(slot), block << shift};
  }
  if (levels_[kLevels - 1].occupied == 0) return {0, 0, kNoTick};
  constexpr unsigned kShift = (kLevels - 1) * kSlotBits;
  const std::uint64_t next_block = (elapsed_ >> kShift) + 1;
  const std::uint64_t from_next =
      std::rotr(levels_[kLevels - 1].occupied, static_cast<int>(next_block % kSlots));
  const std::uint64_t block = next_block + static_cast<std::uint64_t>(std::countr_zero(from_next));
  return {kLevels - 1, static_cast<std::uint8_t>(block % kSlots), block << kShift};
}

void TimerWheel::run_until(std::uint64_t tick, TimePoint now) {
  Place place = first_occupied();
  while (place.begin <= tick && place.begin != kNoTick) {
    elapsed_ = place.begin;
    if (place.level == 0) {
      fire(place, now);
    } else {
      cascade(place);
    }
    place = first_occupied();
  }
  next_tick_ = place.begin;
  elapsed_ = std::max(elapsed_, tick);
}

void TimerWheel::fire(Place place, TimePoint now) {
  // What an expiry schedules goes to a later tick, so this slot only shrinks meanwhile.
  IntrusiveList<TimerNode>& slot = levels_[0].slots[place.slot];
  while (!slot.empty()) {
    auto& timer = static_cast<Timer&>(slot.front());
    remove(timer);
    timer.on_expiry(now);
  }
}

void TimerWheel::cascade(Place place) {
  IntrusiveList<TimerNode> timers;
  timers.splice_back(levels_[place.level].slots[place.slot]);
  levels_[place.level].occupied &= ~(std::uint64_t{1} << place.slot);
  while (TimerNode* timer = timers.pop_front()) insert(*timer);
}

}  // namespace farcall::base
