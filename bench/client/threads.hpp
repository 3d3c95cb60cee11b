#pragma once

#include "client/calls.hpp"
#include "client/plan.hpp"

namespace bench {

/// Makes unary calls from so many threads, none of which is a loop's: each keeps its share of `outstanding`
/// under way. Returns what went wrong first.
[[nodiscard]] farcall::Status call_from_threads(Client& client, const Plan& plan, Workload workload,
                                                int threads, long calls, int outstanding);

}  // namespace bench
