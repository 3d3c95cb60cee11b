#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>

namespace farcall::testing {

/// How many bytes a transport hands over at once: drawn from a seed, mostly few, so that every boundary
/// between two frames, and within one, is met sooner or later.
class Fragmenter {
 public:
  explicit Fragmenter(std::uint64_t seed, std::size_t largest = 65'536) : random_(seed), largest_(largest) {}

  /// Between 1 and `available`, which must not be 0.
  [[nodiscard]] std::size_t next(std::size_t available) {
    // Log-uniform: first the order of magnitude, then the size. No std distribution: their results differ
    // between standard libraries, and a seed should mean the same everywhere.
    std::size_t order = random_() % 17;
    std::size_t size = (std::size_t{1} << order) + random_() % (std::size_t{1} << order);
    return std::min({size, available, largest_});
  }

 private:
  std::mt19937_64 random_;
  std::size_t largest_;
};

}  // namespace farcall::testing
