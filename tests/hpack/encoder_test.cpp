#include "hpack/encoder.hpp"

#include "dialogue.hpp"
#include "hpack/field_hash.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace farcall::hpack::test {
namespace {

std::string wire(Encoder& encoder, const Fields& fields) {
  return to_hex(encode(encoder, fields));
}

TEST(Encoder, WritesOneOctetForWhatIsInTheStaticTable) {
  Encoder encoder;
  EXPECT_EQ(wire(encoder, {{":method", "POST"},
                           {":scheme", "http"},
                           {":status", "200"},
                           {"accept-encoding", "gzip, deflate"}}),
            "83868890");
  EXPECT_EQ(wire(encoder, {{"via", ""}}), "bc");
  EXPECT_EQ(encoder.table().count(), 0U);
}

TEST(Encoder, WritesOneOctetForAFieldThatWasSentBefore) {
  Encoder encoder;
  const Fields fields = {{":path", "/trains.Timetable/Find"},  {":authority", "localhost:9000"},
                         {"content-type", "application/grpc"}, {"te", "trailers"},
                         {"user-agent", "farcall/0.1"},        {"x-empty", ""}};
  EXPECT_GT(encode(encoder, fields).size(), 60U);
  EXPECT_EQ(wire(encoder, fields), "c3c2c1c0bfbe");
}

TEST(Encoder, FindsEveryFieldAgainHoweverManyTheTableHas) {
  Encoder encoder;
  Fields sent;
  for (int i = 0; i < 80; ++i) {
    const std::string number = std::to_string(i);
    sent.push_back({"name-" + number, number});
    EXPECT_GT(encode(encoder, Fields{sent.back()}).size(), 2U) << "new";
    ASSERT_EQ(encoder.table().count(), sent.size());
    for (const TestField& field : sent) {
      EXPECT_LE(encode(encoder, Fields{field}).size(), 2U) << field.name << " of " << sent.size();
    }
    ASSERT_EQ(encoder.table().count(), sent.size());
  }
}

TEST(Encoder, ReadsNoFurtherThanTheTextsItIsGiven) {
  // Fields of every small length, each in memory of exactly its size, so that the address sanitizer sees a
  // word too far.
  Encoder encoder;
  Decoder decoder;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t length = 0; length < 40; ++length) {
      const std::vector<char> text(length, 't');
      const std::string_view view(text.data(), text.size());
      Bytes block;
      encoder.begin_block(block);
      encoder.field(view, view, false, block);
      EXPECT_EQ(decode(decoder, block).fields, (Fields{{std::string(view), std::string(view)}}));
    }
  }
}

TEST(Encoder, TellsFieldsApartThatDifferWhereItsHashDoesNotLook) {
  Encoder encoder;
  Decoder decoder;
  std::string value(64, 'v');
  for (int i = 0; i < 20; ++i) {
    value[10] = static_cast<char>('a' + i);
    EXPECT_GT(encode(encoder, {{"n", value}}).size(), 1U);
  }
  EXPECT_EQ(encoder.table().count(), 20U);
  value[10] = 'a';
  EXPECT_EQ(wire(encoder, {{"n", value}}), "d1");
}

TEST(Encoder, ComparesEveryOctetOfTexts) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string text(length, 't');
    EXPECT_TRUE(same_text(text, std::string(length, 't')));
    EXPECT_FALSE(same_text(text, text + 't'));
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = text;
      other[i] = 'u';
      EXPECT_FALSE(same_text(text, other)) << "octet " << i << " of " << length;
    }
  }
}

TEST(Encoder, FindsEveryEntryOfATableFullOfSmallOnes) {
  Encoder encoder;
  const auto field = [](int i) {
    return TestField{std::string(1, static_cast<char>('a' + i % 26)), std::to_string(i)};
  };
  for (int i = 1000; i < 2000; ++i) encode(encoder, {field(i)});
  const int held = static_cast<int>(encoder.table().count());
  EXPECT_EQ(held, 4096 / 37);
  for (int i = 2000 - held; i < 2000; ++i) {
    EXPECT_LE(encode(encoder, {field(i)}).size(), 2U) << i;
  }
  EXPECT_EQ(encoder.table().inserted(), 1000U);
}

TEST(Encoder, NeverPutsAFieldIntoItsTableThatMustNotBe) {
  Encoder encoder;
  EXPECT_EQ(wire(encoder, {{"authorization", "~~", true}}), "1f08027e7e");
  EXPECT_EQ(wire(encoder, {{"q", "~~", true}}),
            "1001"
            "71"
            "027e7e");
  EXPECT_EQ(encoder.table().count(), 0U);
  // Not even when the very field is in a table.
  EXPECT_EQ(wire(encoder, {{"q", "~~"}}), "400171027e7e");
  EXPECT_EQ(wire(encoder, {{"q", "~~", true}}), "1f2f027e7e");
  EXPECT_EQ(wire(encoder, {{":method", "GET", true}}), "1203474554");
}

TEST(Encoder, KeepsTheNamesButNotTheValuesThatChangeEveryTime) {
  Encoder encoder;
  // A static name: no entry at all.
  EXPECT_EQ(wire(encoder, {{"content-length", "~"}}), "0f0d017e");
  EXPECT_EQ(encoder.table().count(), 0U);
  // A name of our own: the first entry stands for it.
  encode(encoder, {{"grpc-timeout", "100m"}});
  EXPECT_EQ(encoder.table().count(), 1U);
  EXPECT_EQ(wire(encoder, {{"grpc-timeout", "~"}}), "0f2f017e");
  EXPECT_EQ(wire(encoder, {{"grpc-timeout", "100m"}}), "be");
  EXPECT_EQ(encoder.table().count(), 1U);
}

TEST(Encoder, DoesNotGiveMostOfItsTableToOneField) {
  Encoder encoder;
  encode(encoder, {{"a", "b"}});
  encode(encoder, {{"n", std::string(3072 - 32, 'v')}});
  EXPECT_EQ(encoder.table().count(), 1U);
  encode(encoder, {{"n", std::string(3072 - 33, 'v')}});
  EXPECT_EQ(encoder.table().count(), 2U);
}

TEST(Encoder, UsesHuffmanCodeOnlyWhereItIsShorter) {
  Encoder encoder;
  EXPECT_EQ(wire(encoder, {{":path", "aaaaaaaa", true}}),
            "1485"
            "18c6318c63");
  EXPECT_EQ(wire(encoder, {{":path", "XX", true}}),
            "1402"
            "5858")
      << "equally long";
  EXPECT_EQ(wire(encoder, {{":path", "{}", true}}),
            "1402"
            "7b7d");
}

struct SizeChange {
  std::vector<std::size_t> limits;
  std::string updates;
  std::size_t size;
};

TEST(Encoder, SignalsTheSmallestAndTheLastSizeOfItsTable) {
  for (const SizeChange& change : std::vector<SizeChange>{
           {{}, "", 4096},
           {{4096}, "", 4096},
           {{65536}, "", 4096},
           {{4294967295U}, "", 4096},
           {{0}, "20", 0},
           {{1024}, "3fe107", 1024},
           {{1024, 256}, "3fe101", 256},
           {{0, 4096}, "203fe11f", 4096},
           {{256, 0, 1024, 512}, "203fe103", 512},
           {{0, 4294967295U}, "203fe11f", 4096},
           {{65536, 8192}, "3fe11f", 4096},
       }) {
    Encoder encoder;
    for (const std::size_t limit : change.limits) encoder.set_peer_table_limit(limit);
    EXPECT_EQ(wire(encoder, {{":method", "GET"}}), change.updates + "82");
    EXPECT_EQ(encoder.table().max_size(), change.size);
    EXPECT_EQ(wire(encoder, {{":method", "GET"}}), "82") << "said once";
  }
}

TEST(Encoder, SignalsTwoUpdatesAfterAHundredThousandChanges) {
  Encoder encoder;
  encode(encoder, {{"a", "b"}});
  for (int i = 0; i < 100000; ++i) encoder.set_peer_table_limit(i % 2 == 0 ? 0 : 4294967295U);
  EXPECT_EQ(encoder.table().count(), 1U) << "nothing is done before the next block";
  EXPECT_EQ(wire(encoder, {{":method", "GET"}}), "203fe11f82");
  EXPECT_EQ(encoder.table().count(), 0U);
}

TEST(Encoder, WorksWithATableOfSizeZero) {
  Encoder encoder;
  encoder.set_peer_table_limit(0);
  EXPECT_EQ(wire(encoder, {{"{", "}"}}), "2000017b017d");
  EXPECT_EQ(wire(encoder, {{"{", "}"}}), "00017b017d");
}

TEST(Encoder, AppendsToWhatIsThere) {
  Encoder encoder;
  Bytes out = hex("00 00 01");
  encoder.begin_block(out);
  encoder.field(":method", "GET", false, out);
  EXPECT_EQ(to_hex(out), "00000182");
}

}  // namespace
}  // namespace farcall::hpack::test
