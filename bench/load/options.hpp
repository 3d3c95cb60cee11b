#pragma once

#include "program/workload.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace bench::load {

struct Options {
  std::string target = "127.0.0.1:9100";
  Workload workload = Workload::get_sum;
  int connections = 1;
  int streams = 1;  ///< Calls that one connection may have outstanding.
  long calls = 10'000;
  double rate = 0;     ///< Calls that are due in a second; 0: the next is begun when one has ended.
  double seconds = 5;  ///< For how long, with a rate.
  int messages = 1000;
  std::size_t size = 1024;
  int metadata = 0;
  int hold = 0;  ///< Connections to open and hold instead of calls.
  int hold_streams = 0;

  /// How many calls are measured.
  [[nodiscard]] long measured() const { return rate > 0 ? static_cast<long>(rate * seconds) + 1 : calls; }
};

/// A number is what main is to return.
[[nodiscard]] std::optional<int> parse(int argc, char** argv, Options& options);

}  // namespace bench::load
