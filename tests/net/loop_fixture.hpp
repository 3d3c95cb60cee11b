#pragma once

#include "base/time.hpp"
#include "net/loop.hpp"

#include <string>
#include <utility>
#include <vector>

namespace farcall::net {

/// The clock of tests that move time by hand; each test begins where the last one left it.
inline base::TimePoint virtual_now{std::chrono::hours(1)};

/// What a loop has logged, and the options that make it do so.
struct LoopLog {
  LoopOptions options(bool with_virtual_clock = false) {
    LoopOptions made;
    made.log = [this](LogLevel, std::string_view text) { lines.emplace_back(text); };
    if (with_virtual_clock) made.clock = [] { return virtual_now; };
    return made;
  }
  std::vector<std::string> lines;
};

/// Turns until `done()`. What a test waits for must come, so it has no time limit but that of the test
/// itself.
template <class Done>
void run_until(Loop& loop, Done done) {
  while (!done()) loop.run_one();
}

}  // namespace farcall::net
