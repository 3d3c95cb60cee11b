#pragma once

#include "program/latency.hpp"

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

/// The one line that the harness reads. `latency`: null where it was not measured.
inline void report(const Usage& before, long calls, long messages, const Latency* latency = nullptr) {
  const Usage after = Usage::now();
  std::printf("{\"calls\": %ld, \"messages\": %ld, \"seconds\": %.6f, \"cpu_seconds\": %.6f", calls, messages,
              std::chrono::duration<double>(after.moment - before.moment).count(),
              after.cpu_seconds - before.cpu_seconds);
  if (latency != nullptr) {
    const auto microseconds = [&](double part) { return static_cast<double>(latency->quantile(part)) / 1e3; };
    std::printf(", \"latency_us\": {\"p50\": %.2f, \"p99\": %.2f, \"p99.9\": %.2f, \"max\": %.2f}",
                microseconds(0.5), microseconds(0.99), microseconds(0.999),
                static_cast<double>(latency->max()) / 1e3);
  }
  std::printf("}\n");
}

}  // namespace bench
