#pragma once

#include "calls.hpp"

namespace official {

/// Makes unary calls from so many threads of our own, each with its share of those outstanding. Returns what
/// went wrong first.
[[nodiscard]] std::string call_from_threads(Stub& stub, const Plan& plan, long calls);

}  // namespace official
