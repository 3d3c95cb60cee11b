#pragma once

#include <csignal>
#include <unistd.h>

namespace bench {

/// No program of the benchmarks outlives what started it for longer than this: a client that is stuck, or a
/// server that was left behind.
inline constexpr unsigned kClientSeconds = 900;
inline constexpr unsigned kServerSeconds = 3600;

/// Ends the process with status 1 and one line when it still runs so much later.
inline void end_after(unsigned seconds) {
  std::signal(SIGALRM, [](int) {
    static constexpr char kText[] = "a program of the benchmarks ran for too long and was ended\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText, sizeof kText - 1);
    ::_exit(1);
  });
  ::alarm(seconds);
}

}  // namespace bench
