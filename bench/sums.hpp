#pragma once

#include "benchmark.pb.h"
#include "program/metadata_entries.hpp"

#include <farcall/server_context.hpp>

#include <cstdint>

namespace bench {

/// Sums wrap around, as int32 does on the wire.
[[nodiscard]] inline std::int32_t sum(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

[[nodiscard]] inline benchmark::SumReply reply_with(std::int32_t result) {
  benchmark::SumReply reply;
  reply.set_result(result);
  return reply;
}

inline void return_metadata(farcall::ServerContext& context) {
  for (const auto& entry : context.metadata()) {
    if (entry.name.starts_with(kMetadataPrefix)) context.add_initial_metadata(entry.name, entry.value);
  }
}

}  // namespace bench
