#pragma once

#include <chrono>
#include <cstdio>
#include <sys/resource.h>

namespace bench {

/// What this process has used so far, as the kernel accounts for it.
struct Usage {
  double cpu_seconds = 0;  ///< User and system time, all threads.
  std::chrono::steady_clock::time_point moment;

  static Usage now() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    Usage usage;
    usage.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
    usage.moment = std::chrono::steady_clock::now();
    return usage;
  }
};

/// The one line that measure.py reads.
inline void report(const Usage& before, long calls) {
  const Usage after = Usage::now();
  const double seconds = std::chrono::duration<double>(after.moment - before.moment).count();
  const auto count = static_cast<double>(calls);
  std::printf("cpu_us_per_call %.3f calls_per_second %.0f\n",
              (after.cpu_seconds - before.cpu_seconds) * 1e6 / count, count / seconds);
}

}  // namespace bench
