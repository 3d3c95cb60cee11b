#include "rpc/timeout.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <random>
#include <string>

namespace farcall::rpc {
namespace {

using namespace std::chrono_literals;
using base::Duration;

TEST(TimeoutTest, ReadsEveryUnit) {
  struct Row {
    const char* text;
    Duration expected;
  };
  const Row rows[] = {
      {"1H", 1h},
      {"2M", 2min},
      {"3S", 3s},
      {"4m", 4ms},
      {"5u", 5us},
      {"6n", 6ns},
      {"0n", 0ns},
      {"0H", 0ns},
      {"00000001S", 1s},
      {"99999999n", 99'999'999ns},
      {"99999999S", 99'999'999s},
      {"99999999M", 99'999'999min},
      {"2562047H", 2'562'047h},
  };
  for (const Row& row : rows) EXPECT_EQ(parse_timeout(row.text), row.expected) << row.text;
}

TEST(TimeoutTest, ClampsWhatOverflows) {
  EXPECT_EQ(parse_timeout("2562048H"), Duration::max());
  EXPECT_EQ(parse_timeout("99999999H"), Duration::max());
}

TEST(TimeoutTest, RefusesWhatIsMalformed) {
  for (const char* text :
       {"",    "S",     "1",  "10", "123456789S", "0123456789n", "-1S", "+1S", "1 S",       " 1S",
        "1S ", "18f6n", "1s", "1h", "1N",         "1.5S",        "abc", "1SS", "\xc2\xb2S", "0x1S"}) {
    EXPECT_FALSE(parse_timeout(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_timeout(std::string_view("1\0S", 3)).has_value());
}

TEST(TimeoutTest, WritesTheFinestUnitThatFitsAndRoundsUp) {
  struct Row {
    Duration timeout;
    const char* expected;
  };
  const Row rows[] = {
      {0ns, "0n"},
      {-5s, "0n"},
      {Duration::min(), "0n"},
      {1ns, "1n"},
      {99'999'999ns, "99999999n"},
      {100ms, "100000u"},
      {100'000'000ns + 1ns, "100001u"},
      {200ms, "200000u"},
      {99'999'999us, "99999999u"},
      {99'999'999us + 1ns, "100000m"},
      {100s, "100000m"},
      {99'999'999ms + 1ns, "100000S"},
      {99'999'999s, "99999999S"},
      {99'999'999s + 1ns, "1666667M"},
      {99'999'999min, "99999999M"},
      {99'999'999min + 1ns, "1666667H"},
      {Duration::max(), "2562048H"},
  };
  for (const Row& row : rows) EXPECT_EQ(TimeoutText(row.timeout).view(), row.expected);
}

TEST(TimeoutTest, NeverShortensWhatItWrites) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const auto shift = static_cast<int>(random() % 63) + 1;
    const Duration timeout(static_cast<std::int64_t>(random() >> shift));
    const auto read = parse_timeout(TimeoutText(timeout).view());
    ASSERT_TRUE(read.has_value());
    ASSERT_GE(*read, timeout);
    ASSERT_LE(*read - timeout, timeout / 1000 + 1ns);
  }
}

TEST(TimeoutTest, DeadlinesSaturate) {
  const base::TimePoint now{1h};
  EXPECT_EQ(deadline_after(now, 5s), now + 5s);
  EXPECT_EQ(deadline_after(now, 0s), now);
  EXPECT_EQ(deadline_after(now, -5s), now - 5s);
  EXPECT_EQ(deadline_after(now, Duration::max()), base::kNever);
  EXPECT_EQ(deadline_after(base::TimePoint{0ns}, Duration::max()), base::kNever);
}

}  // namespace
}  // namespace farcall::rpc
