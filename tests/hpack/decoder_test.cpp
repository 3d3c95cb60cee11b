#include "hpack/decoder.hpp"

#include "dialogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::hpack::test {
namespace {

constexpr Cut kCuts[] = {Cut::kWhole, Cut::kSingleOctets};

struct Refusal {
  std::string what;
  Bytes block;
  DecodeError error;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.what;
}

class RefusedBlock : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedBlock, EndsTheConnectionWithItsCause) {
  for (const Cut cut : kCuts) {
    Decoder decoder;
    EXPECT_EQ(decode(decoder, GetParam().block, cut).error, GetParam().error);
    EXPECT_EQ(decode(decoder, hex("82")).error, GetParam().error) << "the error must stay";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Decoder, RefusedBlock,
    testing::ValuesIn(std::vector<Refusal>{
        {"index 0", hex("80"), DecodeError::kIndexZero},
        {"an index in an empty table", hex("be"), DecodeError::kIndexOutOfRange},
        {"an index one beyond the last entry", hex("40 01 61 01 62 be bf"), DecodeError::kIndexOutOfRange},
        {"an index of 2^32-1", hex("ff 80 ff ff ff 0f"), DecodeError::kIndexOutOfRange},
        {"a name index beyond the table, with indexing", hex("7e 01 61"), DecodeError::kIndexOutOfRange},
        {"a name index beyond the table, without indexing", hex("0f 2f 01 61"),
         DecodeError::kIndexOutOfRange},
        {"a name index beyond the table, never indexed", hex("1f 2f 01 61"), DecodeError::kIndexOutOfRange},
        {"an index of 2^32", hex("ff 81 ff ff ff 0f"), DecodeError::kIntegerTooLong},
        {"an index with a sixth continuation octet", hex("ff 80 80 80 80 80 00"),
         DecodeError::kIntegerTooLong},
        {"a name length padded without end", hex("00 7f 80 80 80 80 80 80 80 80"),
         DecodeError::kIntegerTooLong},
        {"a value length of 2^35", hex("04 7f 80 80 80 80 7f"), DecodeError::kIntegerTooLong},
        {"EOS in a name", hex("00 84 ff ff ff ff 00"), DecodeError::kHuffmanEos},
        {"EOS in a value", hex("04 84 ff ff ff ff"), DecodeError::kHuffmanEos},
        {"EOS after a symbol", hex("04 85 1f ff ff ff ff"), DecodeError::kHuffmanEos},
        {"eight bits of padding", hex("04 82 f8 ff"), DecodeError::kHuffmanPadding},
        {"an octet of padding alone", hex("04 81 ff"), DecodeError::kHuffmanPadding},
        {"a zero in the padding", hex("04 81 1e"), DecodeError::kHuffmanPadding},
        {"a zero in the padding of a name", hex("00 81 1e 01 61"), DecodeError::kHuffmanPadding},
        {"a size update after a field", hex("82 20"), DecodeError::kSizeUpdateInsideBlock},
        {"a size update after an update and a field", hex("20 82 20"), DecodeError::kSizeUpdateInsideBlock},
        {"a size update above the limit", hex("3f e2 1f"), DecodeError::kSizeUpdateAboveLimit},
        {"a size update of 2^32-1", hex("3f e0 ff ff ff 0f"), DecodeError::kSizeUpdateAboveLimit},
        {"three size updates", hex("20 20 20"), DecodeError::kTooManySizeUpdates},
        {"the end after the octet of an index", hex("82 ff"), DecodeError::kTruncated},
        {"the end inside an index", hex("ff 80"), DecodeError::kTruncated},
        {"the end inside a size update", hex("3f"), DecodeError::kTruncated},
        {"the end before a name length", hex("40"), DecodeError::kTruncated},
        {"the end inside a name length", hex("40 7f"), DecodeError::kTruncated},
        {"the end before a name", hex("40 01"), DecodeError::kTruncated},
        {"the end inside a name", hex("40 02 61"), DecodeError::kTruncated},
        {"the end before a value length", hex("40 01 61"), DecodeError::kTruncated},
        {"the end before a value", hex("40 01 61 01"), DecodeError::kTruncated},
        {"the end inside a value", hex("44 05 2f 61"), DecodeError::kTruncated},
        {"the end inside a Huffman-coded value", hex("44 82 1f"), DecodeError::kTruncated},
        {"the end inside a value of 2^31 octets", hex("44 7f 81 ff ff ff 07") + times(100, 'v'),
         DecodeError::kTruncated},
        {"the end inside a value of 2^32-1 octets", hex("44 ff 80 ff ff ff 0f") + times(100, '0'),
         DecodeError::kTruncated},
    }));

TEST(Decoder, HandsOverTheFieldsBeforeAnError) {
  Decoder decoder;
  const Outcome outcome = decode(decoder, hex("82 86 80 84"));
  EXPECT_EQ(outcome.error, DecodeError::kIndexZero);
  EXPECT_EQ(outcome.fields, (Fields{{":method", "GET"}, {":scheme", "http"}}));
}

TEST(Decoder, NamesEveryError) {
  for (int i = 0; i <= static_cast<int>(DecodeError::kTruncated); ++i) {
    EXPECT_NE(name(static_cast<DecodeError>(i)), name(static_cast<DecodeError>(255)));
  }
}

TEST(Decoder, TakesAnEmptyBlockAndEmptyFragments) {
  Decoder decoder;
  EXPECT_EQ(decode(decoder, {}).error, std::nullopt);
  Recorder recorder;
  EXPECT_EQ(decoder.decode({}, false, recorder), std::nullopt);
  EXPECT_EQ(decoder.decode(hex("44 01"), false, recorder), std::nullopt);
  EXPECT_EQ(decoder.decode({}, false, recorder), std::nullopt);
  EXPECT_EQ(decoder.decode(hex("2f"), false, recorder), std::nullopt);
  EXPECT_EQ(decoder.decode({}, true, recorder), std::nullopt);
  EXPECT_EQ(recorder.fields, (Fields{{":path", "/"}}));
}

TEST(Decoder, KeepsNeverIndexedFieldsApart) {
  for (const Cut cut : kCuts) {
    Decoder decoder;
    // Literal name, static name, Huffman-coded value; then the same without indexing.
    const Outcome outcome =
        decode(decoder, hex("10 01 61 01 62  1f 08 01 73  14 81 1f  00 01 61 01 62"), cut);
    EXPECT_EQ(outcome.error, std::nullopt);
    EXPECT_EQ(outcome.fields,
              (Fields{{"a", "b", true}, {"authorization", "s", true}, {":path", "a", true}, {"a", "b"}}));
    EXPECT_EQ(decoder.table().count(), 0U);
  }
}

TEST(Decoder, PassesEmptyNamesAndValuesOn) {
  for (const Cut cut : kCuts) {
    Decoder decoder;
    const Outcome outcome = decode(decoder, hex("00 00 00  00 80 80  40 00 00  be"), cut);
    EXPECT_EQ(outcome.error, std::nullopt);
    EXPECT_EQ(outcome.fields, (Fields{{"", ""}, {"", ""}, {"", ""}, {"", ""}}));
  }
}

TEST(Decoder, DoesNotCopyARawStringThatLiesWholeInTheFragment) {
  class Watcher final : public FieldSink {
   public:
    FieldNote on_field(std::string_view name, std::string_view value, const FieldOrigin&) override {
      names.push_back(name.data());
      values.push_back(value.data());
      return 0;
    }
    std::vector<const char*> names, values;
  } watcher;
  Decoder decoder;
  const Bytes block = hex("00 01 61 01 62");
  const auto* const text = reinterpret_cast<const char*>(block.data());
  EXPECT_EQ(decoder.decode(block, true, watcher), std::nullopt);
  EXPECT_EQ(watcher.names, (std::vector<const char*>{text + 2}));
  EXPECT_EQ(watcher.values, (std::vector<const char*>{text + 4}));
}

TEST(Decoder, KeepsWhatTheSinkHasNotedWithTheEntry) {
  // Answers with a number of its own each time, unless it is told one.
  class Noter final : public FieldSink {
   public:
    FieldNote on_field(std::string_view name, std::string_view value, const FieldOrigin& origin) override {
      heard.push_back(std::string(name) + '=' + std::string(value) + " note " + std::to_string(origin.note) +
                      " name " + std::to_string(origin.note_of_name) + " entry " +
                      std::to_string(origin.entry));
      return origin.note != 0 ? origin.note : ++last;
    }
    std::vector<std::string> heard;
    FieldNote last = 0;
  };
  for (const Cut cut : kCuts) {
    Decoder decoder(100);
    Noter noter;
    const auto hear = [&](const Bytes& block) {
      noter.heard.clear();
      for (std::size_t i = 0; cut == Cut::kSingleOctets && i + 1 < block.size(); ++i)
        EXPECT_EQ(decode_copy(decoder, base::ByteView(block).subspan(i, 1), false, noter), std::nullopt);
      const std::size_t last = cut == Cut::kSingleOctets ? block.size() - 1 : 0;
      EXPECT_EQ(decode_copy(decoder, base::ByteView(block).subspan(last), true, noter), std::nullopt);
      return noter.heard;
    };
    using Heard = std::vector<std::string>;
    EXPECT_EQ(hear(hex("40 01 61 01 31")), (Heard{"a=1 note 0 name 0 entry 0"})) << "a literal";
    EXPECT_EQ(hear(hex("be")), (Heard{"a=1 note 1 name 0 entry 62"})) << "its entry";
    EXPECT_EQ(hear(hex("0f 2f 01 32")), (Heard{"a=2 note 0 name 1 entry 0"})) << "its name, not to be kept";
    EXPECT_EQ(hear(hex("7e 01 33")), (Heard{"a=3 note 0 name 1 entry 0"})) << "its name, kept";
    EXPECT_EQ(hear(hex("be bf")), (Heard{"a=3 note 3 name 0 entry 63", "a=1 note 1 name 0 entry 62"}));
    EXPECT_EQ(hear(hex("82 43 01 31")),
              (Heard{":method=GET note 0 name 0 entry 2", ":method=1 note 0 name 0 entry 0"}));
    // The third entry has evicted the first; numbers go on.
    EXPECT_EQ(hear(hex("be")), (Heard{":method=1 note 5 name 0 entry 64"}));
  }
}

TEST(Decoder, EvictsTheEntryThatLendsItsNameToTheNewOne) {
  for (const Cut cut : kCuts) {
    Decoder decoder(100);
    const std::string name(20, 'n');
    EXPECT_EQ(decode(decoder, hex("40 14") + times(20, 'n') + hex("01 31"), cut).error, std::nullopt);
    const Outcome outcome = decode(decoder, hex("7e 30") + times(48, 'v'), cut);
    EXPECT_EQ(outcome.fields, (Fields{{name, std::string(48, 'v')}}));
    EXPECT_EQ(entries(decoder.table()), (Fields{{name, std::string(48, 'v')}}));
    EXPECT_EQ(decoder.table().size(), 100U);
  }
}

TEST(Decoder, EmptiesTheTableForAnEntryThatIsLargerAndStillReportsIt) {
  Decoder decoder(100);
  EXPECT_EQ(decode(decoder, hex("40 01 61 01 62")).error, std::nullopt);
  const Outcome outcome = decode(decoder, hex("7e 44") + times(68, 'v'));
  EXPECT_EQ(outcome.fields, (Fields{{"a", std::string(68, 'v')}}));
  EXPECT_EQ(decoder.table().count(), 0U);
  EXPECT_EQ(decode(decoder, hex("be")).error, DecodeError::kIndexOutOfRange);
}

TEST(Decoder, WorksWithATableOfSizeZero) {
  Decoder decoder(0);
  EXPECT_EQ(decode(decoder, hex("40 01 61 01 62 82")).fields, (Fields{{"a", "b"}, {":method", "GET"}}));
  EXPECT_EQ(decoder.table().count(), 0U);
  EXPECT_EQ(decode(decoder, hex("21")).error, DecodeError::kSizeUpdateAboveLimit);
}

// The size updates that a reduced limit asks for (RFC 7541 §4.2).

TEST(Decoder, TakesUpToTwoSizeUpdatesAtTheStartOfABlock) {
  Decoder decoder;
  EXPECT_EQ(decode(decoder, hex("40 01 61 01 62")).error, std::nullopt);
  EXPECT_EQ(decode(decoder, hex("20 3f e1 1f 82")).error, std::nullopt);
  EXPECT_EQ(decoder.table().max_size(), 4096U);
  EXPECT_EQ(decoder.table().count(), 0U) << "the first update must have emptied it";
  EXPECT_EQ(decode(decoder, hex("3f 45 20 82")).error, std::nullopt)
      << "the count begins anew with each block";
}

TEST(Decoder, DemandsASizeUpdateAfterItsLimitWasReduced) {
  Decoder decoder;
  decoder.set_table_limit(1024);
  EXPECT_EQ(decode(decoder, hex("82")).error, DecodeError::kSizeUpdateMissing);

  Decoder and_in_an_empty_block;
  and_in_an_empty_block.set_table_limit(1024);
  EXPECT_EQ(decode(and_in_an_empty_block, {}).error, DecodeError::kSizeUpdateMissing);

  Decoder content;
  content.set_table_limit(1024);
  EXPECT_EQ(decode(content, hex("3f e1 07 82")).error, std::nullopt);
  EXPECT_EQ(decode(content, hex("82")).error, std::nullopt) << "once is enough";
}

TEST(Decoder, DemandsTheSmallestOfSeveralLimits) {
  Decoder skipped;
  skipped.set_table_limit(0);
  skipped.set_table_limit(4096);
  EXPECT_EQ(decode(skipped, hex("3f e1 1f 82")).error, DecodeError::kSizeUpdateMissing);

  Decoder both_smaller;
  both_smaller.set_table_limit(0);
  both_smaller.set_table_limit(256);
  EXPECT_EQ(decode(both_smaller, hex("3f e1 01 82")).error, DecodeError::kSizeUpdateMissing);

  Decoder signalled;
  EXPECT_EQ(decode(signalled, hex("40 01 61 01 62")).error, std::nullopt);
  signalled.set_table_limit(0);
  signalled.set_table_limit(4096);
  EXPECT_EQ(decode(signalled, hex("20 3f e1 1f 82")).error, std::nullopt);
  EXPECT_EQ(signalled.table().count(), 0U);
}

TEST(Decoder, DemandsNothingWhenTheLimitGrowsOrTheTableIsSmallerAlready) {
  Decoder grown;
  grown.set_table_limit(8192);
  EXPECT_EQ(decode(grown, hex("82")).error, std::nullopt);
  EXPECT_EQ(decode(grown, hex("3f e1 3f")).error, std::nullopt);
  EXPECT_EQ(grown.table().max_size(), 8192U);

  Decoder small;
  EXPECT_EQ(decode(small, hex("3e")).error, std::nullopt);
  small.set_table_limit(1024);
  EXPECT_EQ(decode(small, hex("82")).error, std::nullopt);
  EXPECT_EQ(decode(small, hex("3f e2 07")).error, DecodeError::kSizeUpdateAboveLimit);
}

// Strings that are too long.

struct LongString {
  std::string what;
  Bytes field;
};

TEST(Decoder, SkipsAFieldWithATooLongStringAndGoesOn) {
  // Lengths: 7f d1 0e is 2000, in Huffman code ff f1 08 is 1264: 2022 times '0' (5 bits), and the padding 11.
  Bytes zeros(1264, std::byte{0});
  zeros[1263] = std::byte{0x03};
  const std::vector<LongString> fields = {
      {"value", hex("04 7f d1 0e") + times(2000, 'v')},
      {"value, never indexed", hex("14 7f d1 0e") + times(2000, 'v')},
      {"value in Huffman code", hex("04 ff f1 08") + zeros},
      {"name", hex("00 7f d1 0e") + times(2000, 'n') + hex("01 76")},
      {"name in Huffman code", hex("00 ff f1 08") + zeros + hex("01 76")},
      {"both", hex("00 7f d1 0e") + times(2000, 'n') + hex("ff f1 08") + zeros},
  };
  for (const LongString& field : fields) {
    for (const Cut cut : kCuts) {
      Decoder decoder(1000);
      decoder.set_max_string_length(1999);
      const Outcome outcome = decode(decoder, hex("82") + field.field + hex("44 01 2f"), cut);
      EXPECT_EQ(outcome.error, std::nullopt) << field.what;
      EXPECT_EQ(outcome.fields, (Fields{{":method", "GET"}, {":path", "/"}})) << field.what;
      EXPECT_EQ(decoder.skipped_fields(), 1U) << field.what;
      EXPECT_EQ(decoder.table().count(), 1U) << field.what;
      EXPECT_EQ(decode(decoder, hex("be"), cut).fields, (Fields{{":path", "/"}}));
      EXPECT_EQ(decoder.skipped_fields(), 0U) << "the count begins anew with each block";
    }
  }
}

TEST(Decoder, KeepsAStringOfExactlyTheLimit) {
  Decoder decoder(1000);
  decoder.set_max_string_length(2000);
  const Outcome outcome = decode(decoder, hex("04 7f d1 0e") + times(2000, 'v'), Cut::kSingleOctets);
  EXPECT_EQ(outcome.fields, (Fields{{":path", std::string(2000, 'v')}}));
  EXPECT_EQ(decoder.skipped_fields(), 0U);
}

TEST(Decoder, KeepsItsTableInStepWhenTheFieldIsTooLong) {
  for (const Cut cut : kCuts) {
    Decoder decoder(1000);
    decoder.set_max_string_length(1999);
    EXPECT_EQ(decode(decoder, hex("40 01 61 01 62")).error, std::nullopt);
    const Outcome outcome =
        decode(decoder, hex("44 7f d1 0e") + times(2000, 'v') + hex("40 01 63 01 64 be"), cut);
    EXPECT_EQ(outcome.fields, (Fields{{"c", "d"}, {"c", "d"}}));
    EXPECT_EQ(entries(decoder.table()), (Fields{{"c", "d"}})) << "the long one must have emptied the table";
  }
}

TEST(Decoder, KeepsEveryStringThatItsTableCanHoldWhateverTheLimit) {
  Decoder decoder;
  decoder.set_max_string_length(10);
  const Outcome outcome = decode(decoder, hex("44 64") + times(100, 'v') + hex("be"), Cut::kSingleOctets);
  EXPECT_EQ(outcome.fields, (Fields{{":path", std::string(100, 'v')}, {":path", std::string(100, 'v')}}));
}

TEST(Decoder, StillChecksAHuffmanCodeThatItDoesNotKeep) {
  for (const Cut cut : kCuts) {
    Decoder decoder(100);
    decoder.set_max_string_length(100);
    EXPECT_EQ(decode(decoder, hex("04 ff 7a") + Bytes(249, std::byte{0}), cut).error,
              DecodeError::kHuffmanPadding);
  }
}

TEST(Decoder, KeepsALiteralNameWhileItsValueArrivesInLaterFragments) {
  Decoder decoder;
  Recorder recorder;
  EXPECT_EQ(decode_copy(decoder, hex("40 03 61 62 63"), false, recorder), std::nullopt);
  EXPECT_EQ(decode_copy(decoder, hex("7f"), false, recorder), std::nullopt);
  EXPECT_EQ(decode_copy(decoder, hex("01"), false, recorder), std::nullopt);
  EXPECT_EQ(decode_copy(decoder, times(100, 'v'), false, recorder), std::nullopt);
  EXPECT_EQ(decode_copy(decoder, times(28, 'v'), false, recorder), std::nullopt);
  EXPECT_EQ(decode_copy(decoder, hex("ff"), false, recorder), std::nullopt)
      << "a new field, cut in its index";
  EXPECT_EQ(decode_copy(decoder, hex("00"), true, recorder), DecodeError::kIndexOutOfRange);
  EXPECT_EQ(recorder.fields, (Fields{{"abc", std::string(128, 'v')}}));
}

}  // namespace
}  // namespace farcall::hpack::test
