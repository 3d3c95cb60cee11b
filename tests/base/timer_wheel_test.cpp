#include "base/timer_wheel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <vector>

namespace farcall::base {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr TimePoint kStart{1234567890123ns};  // not on a whole millisecond

struct Alarm final : Timer {
  explicit Alarm(std::function<void(TimePoint)> action) : rings(std::move(action)) {}
  void on_expiry(TimePoint now) override { rings(now); }
  std::function<void(TimePoint)> rings;
};

/// A wheel with alarms that note their numbers.
struct Clockwork {
  Alarm& alarm(int number) {
    alarms.push_back(std::make_unique<Alarm>([this, number](TimePoint) { rung.push_back(number); }));
    return *alarms.back();
  }

  TimerWheel wheel{kStart};
  std::vector<std::unique_ptr<Alarm>> alarms;
  std::vector<int> rung;
};

TEST(TimerWheel, FiresAtTheDeadlineRoundedUpToAMillisecond) {
  Clockwork clock;
  clock.wheel.schedule(clock.alarm(1), kStart + 1500us);
  clock.wheel.advance(kStart + 1999us);
  EXPECT_THAT(clock.rung, IsEmpty());
  clock.wheel.advance(kStart + 2ms);
  EXPECT_THAT(clock.rung, ElementsAre(1));
}

TEST(TimerWheel, FiresInTheOrderOfDeadlinesHoweverFarTheyAreApart) {
  Clockwork clock;
  clock.wheel.schedule(clock.alarm(4), kStart + 24h * 30);
  clock.wheel.schedule(clock.alarm(2), kStart + 5s);
  clock.wheel.schedule(clock.alarm(3), kStart + 2h);
  clock.wheel.schedule(clock.alarm(1), kStart + 3ms);
  clock.wheel.advance(kStart + 24h * 365);
  EXPECT_THAT(clock.rung, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(clock.wheel.empty());
}

TEST(TimerWheel, ForgetsATimerThatIsCancelledOrDestroyed) {
  Clockwork clock;
  Alarm& cancelled = clock.alarm(1);
  clock.wheel.schedule(cancelled, kStart + 5ms);
  clock.wheel.schedule(clock.alarm(2), kStart + 5ms);
  cancelled.cancel();
  cancelled.cancel();
  EXPECT_FALSE(cancelled.armed());
  {
    Alarm gone([](TimePoint) { FAIL(); });
    clock.wheel.schedule(gone, kStart + 5ms);
  }
  clock.wheel.advance(kStart + 10ms);
  EXPECT_THAT(clock.rung, ElementsAre(2));
}

TEST(TimerWheel, MovesATimerThatIsScheduledAgain) {
  Clockwork clock;
  Alarm& alarm = clock.alarm(1);
  clock.wheel.schedule(alarm, kStart + 5ms);
  clock.wheel.schedule(alarm, kStart + 5s);
  clock.wheel.advance(kStart + 4s);
  EXPECT_THAT(clock.rung, IsEmpty());
  clock.wheel.schedule(alarm, kStart + 4500ms);
  clock.wheel.advance(kStart + 4500ms);
  EXPECT_THAT(clock.rung, ElementsAre(1));
  clock.wheel.schedule(alarm, kStart + 6s);
  clock.wheel.schedule(alarm, kNever);
  EXPECT_FALSE(alarm.armed());
}

TEST(TimerWheel, FiresAPastDeadlineAtTheNextTick) {
  Clockwork clock;
  clock.wheel.advance(kStart + 1s);
  clock.wheel.schedule(clock.alarm(1), kStart);
  clock.wheel.schedule(clock.alarm(2), kStart - 1h);
  EXPECT_EQ(clock.wheel.next_deadline(), kStart + 1s + 1ms);
  clock.wheel.advance(kStart + 1s + 1ms);
  EXPECT_THAT(clock.rung, ElementsAre(1, 2));
}

TEST(TimerWheel, LetsAnExpiryScheduleItselfAndCancelItsNeighbour) {
  Clockwork clock;
  Alarm& neighbour = clock.alarm(9);
  std::vector<TimePoint> times;
  std::optional<Alarm> repeating;
  repeating.emplace([&](TimePoint now) {
    times.push_back(now);
    neighbour.cancel();
    if (times.size() < 3) clock.wheel.schedule(*repeating, now);
  });
  clock.wheel.schedule(*repeating, kStart + 5ms);
  clock.wheel.schedule(neighbour, kStart + 5ms);
  for (int i = 0; i <= 20; ++i) clock.wheel.advance(kStart + i * 1ms);
  EXPECT_THAT(times, ElementsAre(kStart + 5ms, kStart + 6ms, kStart + 7ms));
  EXPECT_THAT(clock.rung, IsEmpty());
}

TEST(TimerWheel, LetsAnExpiryDestroyItsTimer) {
  TimerWheel wheel(kStart);
  std::unique_ptr<Alarm> alarm;
  alarm = std::make_unique<Alarm>([&alarm](TimePoint) { alarm.reset(); });
  wheel.schedule(*alarm, kStart + 1ms);
  wheel.advance(kStart + 1ms);
  EXPECT_EQ(alarm, nullptr);
}

TEST(TimerWheel, CallsTheMemberOfAnOwner) {
  struct Owner {
    void on_deadline(TimePoint now) { called_at = now; }
    TimePoint called_at{};
    TimerOf<Owner, &Owner::on_deadline> timer{*this};
  };
  TimerWheel wheel(kStart);
  Owner owner;
  wheel.schedule(owner.timer, kStart + 1ms);
  wheel.advance(kStart + 3ms);
  EXPECT_EQ(owner.called_at, kStart + 3ms);
}

TEST(TimerWheel, HasNothingToWaitForWhenNothingIsArmed) {
  Clockwork clock;
  EXPECT_EQ(clock.wheel.next_deadline(), kNever);
  Alarm& alarm = clock.alarm(1);
  clock.wheel.schedule(alarm, kStart + 1h);
  EXPECT_NE(clock.wheel.next_deadline(), kNever);
  alarm.cancel();
  EXPECT_EQ(clock.wheel.next_deadline(), kNever);
}

TEST(TimerWheel, CancelsWhatIsArmedWhenItIsDestroyed) {
  Alarm alarm([](TimePoint) { FAIL(); });
  {
    TimerWheel wheel(kStart);
    wheel.schedule(alarm, kStart + 1s);
  }
  EXPECT_FALSE(alarm.armed());
}

/// A list of deadlines, searched from end to end.
class NaiveWheel {
 public:
  static std::int64_t tick_of(TimePoint deadline) {
    const Duration since = deadline - kStart;
    return since <= 0ns ? 0 : (since + 1ms - 1ns) / 1ms;
  }
  void schedule(int timer, TimePoint deadline) {
    cancel(timer);
    armed_.push_back({std::max(tick_of(deadline), elapsed_ + 1), timer});
  }
  void cancel(int timer) {
    std::erase_if(armed_, [timer](const auto& entry) { return entry.second == timer; });
  }
  /// (tick, timer), sorted.
  std::vector<std::pair<std::int64_t, int>> advance(TimePoint now) {
    const std::int64_t tick = (now - kStart) / 1ms;
    std::vector<std::pair<std::int64_t, int>> due;
    for (const auto& entry : armed_) {
      if (entry.first <= tick) due.push_back(entry);
    }
    std::erase_if(armed_, [tick](const auto& entry) { return entry.first <= tick; });
    std::sort(due.begin(), due.end());
    elapsed_ = std::max(elapsed_, tick);
    return due;
  }
  [[nodiscard]] std::optional<std::int64_t> earliest() const {
    if (armed_.empty()) return std::nullopt;
    return std::min_element(armed_.begin(), armed_.end())->first;
  }

 private:
  std::int64_t elapsed_ = 0;
  std::vector<std::pair<std::int64_t, int>> armed_;
};

class TimerWheelProperty : public testing::TestWithParam<unsigned> {};

TEST_P(TimerWheelProperty, FiresWhatANaiveListFiresAtTheSameTicks) {
  std::mt19937_64 random(GetParam());
  TimerWheel wheel(kStart);
  NaiveWheel naive;
  std::vector<int> fired;
  std::vector<std::unique_ptr<Alarm>> alarms;
  constexpr int kTimers = 60;
  for (int i = 0; i < kTimers; ++i) {
    alarms.push_back(std::make_unique<Alarm>([&fired, i](TimePoint) { fired.push_back(i); }));
  }
  // Any magnitude from microseconds to months, so that every level and the range beyond is met.
  auto duration = [&random] { return Duration(static_cast<std::int64_t>(random() >> (11 + random() % 40))); };
  TimePoint now = kStart;
  for (int step = 0; step < 4000; ++step) {
    const int timer = static_cast<int>(random() % kTimers);
    Alarm& alarm = *alarms[static_cast<std::size_t>(timer)];
    if (random() % 8 == 0) {
      alarm.cancel();
      naive.cancel(timer);
    } else if (random() % 2 == 0) {
      const TimePoint deadline = now + duration();
      wheel.schedule(alarm, deadline);
      naive.schedule(timer, deadline);
    } else {
      // Often exactly to where the wheel wants to be advanced: never later than the earliest deadline.
      const TimePoint next = wheel.next_deadline();
      if (const std::optional<std::int64_t> earliest = naive.earliest()) {
        ASSERT_LE(next, kStart + *earliest * 1ms);
      } else {
        ASSERT_EQ(next, kNever);
      }
      now = next != kNever && random() % 2 == 0 ? std::max(now, next) : now + duration() / 1024;
      fired.clear();
      wheel.advance(now);
      std::vector<std::pair<std::int64_t, int>> due = naive.advance(now);
      ASSERT_EQ(fired.size(), due.size()) << "at step " << step;
      // In the order of ticks; within a tick in any.
      std::vector<std::pair<std::int64_t, int>> got;
      for (std::size_t i = 0; i < fired.size(); ++i) {
        got.emplace_back(due[i].first, fired[i]);
      }
      std::sort(got.begin(), got.end());
      ASSERT_EQ(got, due) << "at step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerWheelProperty, testing::Range(0U, 16U));

}  // namespace
}  // namespace farcall::base
