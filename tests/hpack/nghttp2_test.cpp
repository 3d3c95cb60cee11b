// libnghttp2 as the judge: each side must read what the other writes, and refuse what the other refuses.

#include "dialogue.hpp"
#include "nghttp2_peer.hpp"
#include "random_fields.hpp"

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>

namespace farcall::hpack::test {
namespace {

TEST(Nghttp2, ReadsOurHuffmanCodeOfEverySymbol) {
  Nghttp2Decoder peer;
  Encoder encoder;
  for (int symbol = 0; symbol < 256; ++symbol) {
    // Between letters, so that the whole string is shorter in Huffman code whatever the symbol takes.
    const Fields fields = {{"n", std::string(20, 'a') + static_cast<char>(symbol) + "a", true}};
    ASSERT_EQ(peer.decode(encode(encoder, fields)), fields) << "symbol " << symbol;
  }
}

TEST(Nghttp2, ReadsWhatWeWriteThroughEveryChangeOfTheTable) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomFields random(seed);
    Encoder encoder;
    Nghttp2Decoder peer;
    for (int i = 0; i < 300; ++i) {
      for (int changes = random.below(10) == 0 ? 1 + random.below(3) : 0; changes > 0; --changes) {
        const auto limit = static_cast<std::size_t>(random.one_of({0, 31, 256, 1365, 4096, 65536}));
        encoder.set_peer_table_limit(limit);
        peer.set_table_limit(limit);
      }
      const Fields fields = random.block();
      ASSERT_EQ(peer.decode(encode(encoder, fields)), fields) << "seed " << seed << ", block " << i;
    }
  }
}

TEST(Nghttp2, IsReadByUsThroughEveryChangeOfTheTable) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomFields random(seed);
    Nghttp2Encoder peer;
    Decoder decoder;
    for (int i = 0; i < 300; ++i) {
      for (int changes = random.below(10) == 0 ? 1 + random.below(3) : 0; changes > 0; --changes) {
        const auto limit = static_cast<std::size_t>(random.one_of({0, 31, 256, 1365, 4096, 65536}));
        peer.set_table_limit(limit);
        decoder.set_table_limit(limit);
      }
      Fields fields = random.block();
      const Outcome outcome =
          decode(decoder, peer.encode(fields), i % 3 == 0 ? Cut::kSingleOctets : Cut::kWhole);
      // libnghttp2 marks short cookies of its own accord.
      for (TestField& field : fields)
        field.never_indexed |= field.name == "cookie" && field.value.size() < 20;
      ASSERT_EQ(outcome.error, std::nullopt) << "seed " << seed << ", block " << i;
      ASSERT_EQ(outcome.fields, fields) << "seed " << seed << ", block " << i;
    }
  }
}

// Where the two may differ: libnghttp2 takes integers that are padded with more zeros, and any number of size
// updates.
bool may_differ(std::optional<DecodeError> error) {
  return error == DecodeError::kIntegerTooLong || error == DecodeError::kTooManySizeUpdates;
}

TEST(Nghttp2, AgreesWithUsOnWhatIsABlock) {
  std::mt19937 random(20260);
  int accepted = 0;
  int refused = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    RandomFields fields(seed);
    Encoder encoder;
    Decoder decoder;
    Nghttp2Decoder peer;
    for (int i = 0; i < 50; ++i) {
      Bytes block = encode(encoder, fields.block());
      for (int mutations = fields.below(4); mutations > 0 && !block.empty(); --mutations) {
        std::byte& octet = block[random() % block.size()];
        switch (fields.below(3)) {
          case 0:
            octet ^= static_cast<std::byte>(1U << fields.below(8));
            break;
          case 1:
            octet = static_cast<std::byte>(random());
            break;
          default:
            block.resize(random() % block.size());
        }
      }
      const Outcome ours = decode(decoder, block);
      if (may_differ(ours.error)) break;
      const std::optional<Fields> theirs = peer.decode(block);
      ASSERT_EQ(theirs.has_value(), !ours.error.has_value()) << "seed " << seed << ": " << to_hex(block);
      if (ours.error) {
        ++refused;
        break;
      }
      ASSERT_EQ(ours.fields, *theirs) << "seed " << seed << ": " << to_hex(block);
      ++accepted;
    }
  }
  // The comparison would be empty if nearly all went one way.
  EXPECT_GT(accepted, 300);
  EXPECT_GT(refused, 200);
}

TEST(Nghttp2, AgreesWithUsOnGarbage) {
  std::mt19937 random(20261);
  for (int i = 0; i < 50000; ++i) {
    Bytes garbage(1 + random() % 12);
    for (std::byte& b : garbage) b = static_cast<std::byte>(random());
    Decoder decoder;
    const Outcome ours = decode(decoder, garbage);
    if (may_differ(ours.error)) continue;
    Nghttp2Decoder peer;
    const std::optional<Fields> theirs = peer.decode(garbage);
    ASSERT_EQ(theirs.has_value(), !ours.error.has_value()) << to_hex(garbage);
    if (theirs) {
      ASSERT_EQ(ours.fields, *theirs) << to_hex(garbage);
    }
  }
}

}  // namespace
}  // namespace farcall::hpack::test
