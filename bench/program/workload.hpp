#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bench {

/// What is called: a method of benchmark.BenchmarkService each.
enum class Workload : std::uint8_t { get_sum, complex, stream_sum, collect_sum, echo_sum, echo };

struct WorkloadName {
  Workload workload;
  std::string_view name;  ///< On the command line.
  std::string_view path;  ///< On the wire.
};

inline constexpr std::array<WorkloadName, 6> kWorkloads{{
    {Workload::get_sum, "get_sum", "/benchmark.BenchmarkService/GetSum"},
    {Workload::complex, "complex", "/benchmark.BenchmarkService/Complex"},
    {Workload::stream_sum, "stream_sum", "/benchmark.BenchmarkService/StreamSum"},
    {Workload::collect_sum, "collect_sum", "/benchmark.BenchmarkService/CollectSum"},
    {Workload::echo_sum, "echo_sum", "/benchmark.BenchmarkService/EchoSum"},
    {Workload::echo, "echo", "/benchmark.BenchmarkService/Echo"},
}};

[[nodiscard]] constexpr const WorkloadName& named(Workload workload) {
  return kWorkloads[static_cast<std::size_t>(workload)];
}

[[nodiscard]] constexpr std::optional<Workload> workload_named(std::string_view name) {
  for (const WorkloadName& known : kWorkloads) {
    if (known.name == name) return known.workload;
  }
  return std::nullopt;
}

/// Whether a call of it is more than a message each way.
[[nodiscard]] constexpr bool is_stream(Workload workload) {
  return workload == Workload::stream_sum || workload == Workload::collect_sum ||
         workload == Workload::echo_sum;
}

}  // namespace bench
