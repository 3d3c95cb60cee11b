#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

/// How often each duration was seen. Buckets are 1/64 of a power of two wide, so a quantile is at most 1.6 %
/// too high, whatever its size; the maximum is exact.
class Latency {
 public:
  Latency() : counts_(kBuckets) {}

  void add(std::uint64_t nanoseconds) {
    ++counts_[bucket(nanoseconds)];
    ++count_;
    max_ = std::max(max_, nanoseconds);
  }
  void clear() { *this = Latency(); }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t max() const { return max_; }
  /// The least duration that at least this part of all did not exceed, in nanoseconds.
  [[nodiscard]] std::uint64_t quantile(double part) const {
    const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(count_) + 0.999999);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += counts_[i];
      if (seen >= wanted && seen > 0) return std::min(upper_end(i), max_);
    }
    return max_;
  }

 private:
  static constexpr int kBits = 6;
  static constexpr std::uint64_t kPart = std::uint64_t{1} << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) * kPart;

  /// Below kPart a bucket a nanosecond; from there on kPart of them for each power of two.
  static std::size_t bucket(std::uint64_t value) {
    if (value < kPart) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - kBits;
    return static_cast<std::size_t>(shift) * kPart + (value >> shift);
  }
  static std::uint64_t upper_end(std::size_t bucket) {
    if (bucket < 2 * kPart) return bucket;
    const std::size_t shift = bucket / kPart - 1;
    return ((bucket - shift * kPart + 1) << shift) - 1;
  }

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace bench
