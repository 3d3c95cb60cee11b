#include "hpack/integer.hpp"

#include <limits>

namespace farcall::hpack {
namespace {

constexpr int kMaxContinuationOctets = 5;

}  // namespace

std::optional<DecodeError> IntegerReader::read(Cursor& in, Progress& progress) {
  while (!in.empty()) {
    const auto octet = std::to_integer<std::uint64_t>(*in.at++);
    value_ += (octet & 0x7f) << (7 * octets_);
    ++octets_;
    if (value_ > std::numeric_limits<std::uint32_t>::max()) return DecodeError::kIntegerTooLong;
    if ((octet & 0x80) == 0) {
      progress = Progress::kDone;
      return std::nullopt;
    }
    if (octets_ == kMaxContinuationOctets) return DecodeError::kIntegerTooLong;
  }
  progress = Progress::kNeedsMore;
  return std::nullopt;
}

void append_long_integer(std::uint8_t first, std::uint32_t rest, std::vector<std::byte>& out) {
  out.push_back(static_cast<std::byte>(first));
  while (rest >= 0x80) {
    out.push_back(static_cast<std::byte>(0x80 | (rest & 0x7f)));
    rest >>= 7;
  }
  out.push_back(static_cast<std::byte>(rest));
}

}  // namespace farcall::hpack
