#pragma once

#include <cstddef>

namespace farcall::server::tests {

/// While one exists, what this thread asks of `new` is counted. Not nested.
class AllocationCount {
 public:
  AllocationCount();
  AllocationCount(const AllocationCount&) = delete;
  AllocationCount& operator=(const AllocationCount&) = delete;
  ~AllocationCount();

  [[nodiscard]] std::size_t value() const;
};

}  // namespace farcall::server::tests
