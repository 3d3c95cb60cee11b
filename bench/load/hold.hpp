#pragma once

#include "load/options.hpp"

namespace bench::load {

/// Opens connections and idle streams, prints "holding", and keeps them until the standard input ends.
void hold(const Options& options);

}  // namespace bench::load
