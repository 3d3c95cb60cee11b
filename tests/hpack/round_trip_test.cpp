// Our encoder and our decoder, in step through anything.

#include "dialogue.hpp"
#include "random_fields.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace farcall::hpack::test {
namespace {

TEST(RoundTrip, BringsEveryFieldOverAndKeepsBothTablesEqual) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomFields random(seed);
    Encoder encoder;
    Decoder decoder;
    for (int i = 0; i < 300; ++i) {
      // Each limit that our side announced is acknowledged before the next block.
      for (int changes = random.below(10) == 0 ? 1 + random.below(3) : 0; changes > 0; --changes) {
        const auto limit = static_cast<std::size_t>(random.one_of({0, 31, 100, 256, 1365, 4096}));
        encoder.set_peer_table_limit(limit);
        decoder.set_table_limit(limit);
      }
      const Fields fields = random.block();
      const Bytes block = encode(encoder, fields);
      const Outcome outcome = decode(decoder, block, i % 3 == 0 ? Cut::kSingleOctets : Cut::kWhole);
      ASSERT_EQ(outcome.error, std::nullopt) << "seed " << seed << ", block " << i;
      ASSERT_EQ(outcome.fields, fields) << "seed " << seed << ", block " << i;
      ASSERT_EQ(entries(encoder.table()), entries(decoder.table())) << "seed " << seed << ", block " << i;
    }
  }
}

TEST(RoundTrip, DoesNotDependOnTheCut) {
  RandomFields random(99);
  Encoder encoder;
  Decoder decoder;
  for (int i = 0; i < 1000; ++i) {
    const Fields fields = random.block();
    const Bytes block = encode(encoder, fields);
    Recorder recorder;
    std::optional<DecodeError> error;
    base::ByteView left = block;
    while (!error && !left.empty()) {
      const auto size =
          std::min(left.size(), static_cast<std::size_t>(random.below(static_cast<int>(left.size()) + 1)));
      error = decode_copy(decoder, left.first(size), false, recorder);
      left = left.subspan(size);
    }
    ASSERT_EQ(error, std::nullopt);
    ASSERT_EQ(decoder.decode({}, true, recorder), std::nullopt);
    ASSERT_EQ(recorder.fields, fields);
  }
}

TEST(RoundTrip, SurvivesAnyGarbage) {
  std::mt19937 random(4711);
  for (int i = 0; i < 20000; ++i) {
    Bytes garbage(random() % 60);
    for (std::byte& b : garbage) b = static_cast<std::byte>(random());
    Decoder whole;
    Decoder cut;
    const Outcome one = decode(whole, garbage);
    const Outcome other = decode(cut, garbage, Cut::kSingleOctets);
    ASSERT_EQ(one.error, other.error) << to_hex(garbage);
    ASSERT_EQ(one.fields, other.fields) << to_hex(garbage);
  }
}

}  // namespace
}  // namespace farcall::hpack::test
