#include "hpack/integer.hpp"

#include "dialogue.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace farcall::hpack::test {
namespace {

constexpr std::uint32_t kLargest = std::numeric_limits<std::uint32_t>::max();

struct Reading {
  std::optional<DecodeError> error;
  Progress progress;
  std::uint32_t value;
};

Reading read(const Bytes& bytes, int prefix_bits) {
  IntegerReader reader;
  Progress progress = reader.begin(bytes[0], prefix_bits);
  // One octet at a time: the result must not depend on the cut.
  for (std::size_t i = 1; i < bytes.size() && progress == Progress::kNeedsMore; ++i) {
    Cursor in(base::ByteView(bytes).subspan(i, 1));
    if (const auto error = reader.read(in, progress)) return {error, progress, 0};
  }
  return {std::nullopt, progress, reader.value()};
}

TEST(Integer, IsWrittenAsInAppendixC1) {
  Bytes out;
  append_integer(10, 5, 0, out);
  EXPECT_EQ(to_hex(out), "0a");
  out.clear();
  append_integer(1337, 5, 0, out);
  EXPECT_EQ(to_hex(out), "1f9a0a");
  out.clear();
  append_integer(42, 8, 0, out);
  EXPECT_EQ(to_hex(out), "2a");
}

TEST(Integer, ComesBackFromEveryPrefixAtEveryEdge) {
  for (int prefix = 1; prefix <= 8; ++prefix) {
    for (const std::uint32_t value : {0U, 1U, 30U, 31U, 126U, 127U, 128U, 254U, 255U, 256U, 16383U, 16384U,
                                      1U << 28, kLargest - 1, kLargest}) {
      Bytes out;
      append_integer(value, prefix, 0, out);
      EXPECT_LE(out.size(), kMaxIntegerLength);
      const Reading reading = read(out, prefix);
      EXPECT_EQ(reading.error, std::nullopt);
      EXPECT_EQ(reading.progress, Progress::kDone);
      EXPECT_EQ(reading.value, value) << "prefix " << prefix;
    }
  }
}

TEST(Integer, IgnoresTheBitsAboveThePrefix) {
  EXPECT_EQ(read(hex("ea"), 5).value, 10U);
  EXPECT_EQ(read(hex("ff 9a 0a"), 5).value, 1337U);
}

TEST(Integer, WaitsForItsContinuation) {
  EXPECT_EQ(read(hex("7f 80"), 7).progress, Progress::kNeedsMore);
}

TEST(Integer, MayBePaddedToFiveContinuationOctetsAndNoFurther) {
  EXPECT_EQ(read(hex("7f 80 80 80 80 00"), 7).value, 127U);
  EXPECT_EQ(read(hex("7f 80 80 80 80 80"), 7).error, DecodeError::kIntegerTooLong);
}

TEST(Integer, IsRefusedAboveTheLargestOf32Bits) {
  EXPECT_EQ(read(hex("7f 80 ff ff ff 0f"), 7).value, kLargest);
  EXPECT_EQ(read(hex("7f 81 ff ff ff 0f"), 7).error, DecodeError::kIntegerTooLong);
  EXPECT_EQ(read(hex("7f 80 80 80 80 10"), 7).error, DecodeError::kIntegerTooLong);
  EXPECT_EQ(read(hex("7f ff ff ff ff ff"), 7).error, DecodeError::kIntegerTooLong);
}

}  // namespace
}  // namespace farcall::hpack::test
