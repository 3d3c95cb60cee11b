#include "rpc/timeout.hpp"

#include <charconv>
#include <cstdint>

namespace farcall::rpc {
namespace {

static_assert(base::Duration::period::den == 1'000'000'000, "the arithmetic below counts in nanoseconds");

constexpr std::size_t kMaxDigits = 8;
constexpr std::int64_t kMaxCount = 99'999'999;

struct Unit {
  char letter;
  std::int64_t nanoseconds;
};

/// From the finest to the coarsest.
constexpr std::array<Unit, 6> kUnits = {{{'n', 1},
                                         {'u', 1'000},
                                         {'m', 1'000'000},
                                         {'S', 1'000'000'000},
                                         {'M', 60'000'000'000},
                                         {'H', 3'600'000'000'000}}};

constexpr std::int64_t unit_length(char letter) {
  for (const Unit& unit : kUnits) {
    if (unit.letter == letter) return unit.nanoseconds;
  }
  return 0;
}

}  // namespace

std::optional<base::Duration> parse_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return std::nullopt;
  const std::int64_t unit = unit_length(text.back());
  if (unit == 0) return std::nullopt;
  std::int64_t count = 0;
  for (char c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    count = count * 10 + (c - '0');
  }
  if (count > base::Duration::max().count() / unit) return base::Duration::max();
  return base::Duration(count * unit);
}

base::TimePoint deadline_after(base::TimePoint now, base::Duration timeout) {
  if (timeout > base::Duration::zero() && now > base::kNever - timeout) return base::kNever;
  return now + timeout;
}

TimeoutText::TimeoutText(base::Duration timeout) {
  std::int64_t count = timeout.count() > 0 ? timeout.count() : 0;
  char letter = 'n';
  if (count > kMaxCount) {
    const std::int64_t nanoseconds = count;
    for (const Unit& unit : kUnits) {
      count = nanoseconds / unit.nanoseconds + (nanoseconds % unit.nanoseconds != 0 ? 1 : 0);
      letter = unit.letter;
      if (count <= kMaxCount) break;
    }
  }
  char* end = std::to_chars(text_.data(), text_.data() + kMaxDigits, count).ptr;
  *end++ = letter;
  length_ = static_cast<std::size_t>(end - text_.data());
}

}  // namespace farcall::rpc
