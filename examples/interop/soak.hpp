#pragma once

#include <farcall/channel.hpp>

#include <chrono>
#include <string>

namespace interop {

/// The flags --soak_*, with the defaults of gRPC's description.
struct SoakOptions {
  int iterations = 10;
  /// Calls that may fail or take too long.
  int max_failures = 0;
  std::chrono::milliseconds per_iteration_max_acceptable_latency = std::chrono::seconds(1);
  /// Between the beginnings of a thread's calls.
  std::chrono::milliseconds min_time_between_rpcs = std::chrono::milliseconds(0);
  std::chrono::seconds overall_timeout = std::chrono::seconds(10);
  int request_size = 271'828;
  int response_size = 314'159;
  int threads = 1;
};

/// Calls large_unary again and again: over one channel (rpc_soak) or each over a new one (channel_soak). Says
/// on standard error what failed, and throws CaseFailed when that is more than allowed.
void rpc_soak(const std::string& target, const farcall::ChannelOptions& channel, const SoakOptions& options);
void channel_soak(const std::string& target, const farcall::ChannelOptions& channel,
                  const SoakOptions& options);

}  // namespace interop
