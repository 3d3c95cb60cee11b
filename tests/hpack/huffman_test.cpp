#include "hpack/huffman.hpp"

#include "dialogue.hpp"
#include "hpack/huffman_table.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace farcall::hpack::test {
namespace {

Bytes coded(std::string_view text) {
  Bytes out(huffman_length(text));
  EXPECT_EQ(huffman_encode(text, out.data()), out.data() + out.size());
  return out;
}

/// The text, or nothing when it is not a string of the code; in pieces of `piece` octets.
std::optional<std::string> decoded(base::ByteView bytes, std::size_t piece) {
  HuffmanDecoder decoder;
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    Cursor in(bytes.subspan(i, std::min(piece, bytes.size() - i)));
    std::string part(huffman_max_decoded(in.left()), '\0');
    char* const end = decoder.decode(in, part.data());
    if (end == nullptr) return std::nullopt;
    EXPECT_TRUE(in.empty());
    part.resize(static_cast<std::size_t>(end - part.data()));
    text += part;
  }
  if (!decoder.ends_well()) return std::nullopt;
  return text;
}

TEST(Huffman, WritesTheStringsOfAppendixC) {
  EXPECT_EQ(to_hex(coded("www.example.com")), "f1e3c2e5f23a6ba0ab90f4ff");
  EXPECT_EQ(to_hex(coded("no-cache")), "a8eb10649cbf");
  EXPECT_EQ(to_hex(coded("302")), "6402");
  EXPECT_EQ(to_hex(coded("")), "");
}

TEST(Huffman, ReadsBackEverySymbolInEveryNeighbourhood) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; ++b) {
      const std::string text = {static_cast<char>(a), static_cast<char>(b), static_cast<char>(a)};
      const Bytes bytes = coded(text);
      ASSERT_EQ(decoded(bytes, bytes.size()), text);
      ASSERT_EQ(decoded(bytes, 1), text);
    }
  }
}

TEST(Huffman, ReadsBackRandomTextsCutAnywhere) {
  std::mt19937 random(7541);
  for (int round = 0; round < 500; ++round) {
    std::string text(random() % 300, '\0');
    const unsigned alphabet = round % 2 == 0 ? 256 : 128;
    for (char& c : text) c = static_cast<char>(random() % alphabet);
    const Bytes bytes = coded(text);
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{5}, std::size_t{7}, bytes.size() + 1}) {
      ASSERT_EQ(decoded(bytes, piece), text);
    }
  }
}

TEST(Huffman, NeverWritesMoreThanItsBoundSays) {
  // '0' has the shortest code.
  for (std::size_t length = 1; length < 40; ++length) {
    const Bytes zeros(length, std::byte{0});
    HuffmanDecoder decoder;
    Cursor in{zeros};
    std::string out(huffman_max_decoded(length), '\0');
    EXPECT_LE(static_cast<std::size_t>(decoder.decode(in, out.data()) - out.data()), out.size());
  }
}

TEST(Huffman, AcceptsOnlyOnesAsPaddingAndLessThanAnOctetOfThem) {
  for (const std::size_t piece : {1U, 8U}) {
    EXPECT_EQ(decoded(hex("1f"), piece), "a");              // 00011 111
    EXPECT_EQ(decoded(hex("1e"), piece), std::nullopt);     // 00011 110
    EXPECT_EQ(decoded(hex("1f ff"), piece), std::nullopt);  // 11 bits of padding
    EXPECT_EQ(decoded(hex("ff"), piece), std::nullopt);     // nothing but padding, a whole octet
    EXPECT_EQ(decoded(hex("f8 ff"), piece), std::nullopt);  // '&' (11111000), then an octet of padding
    EXPECT_EQ(decoded(hex("f8"), piece), "&");
    EXPECT_EQ(decoded(hex("fe"), piece), std::nullopt);  // the beginning of a longer code
    EXPECT_EQ(decoded(hex("1f ff ff"), piece), std::nullopt);
  }
}

TEST(Huffman, RefusesEos) {
  for (const std::size_t piece : {1U, 3U, 8U}) {
    EXPECT_EQ(decoded(hex("ff ff ff ff"), piece), std::nullopt);     // EOS is 30 ones
    EXPECT_EQ(decoded(hex("1f ff ff ff ff"), piece), std::nullopt);  // 'a', then EOS
    EXPECT_EQ(decoded(hex("ff ff ff ff 1f"), piece), std::nullopt);
  }
  HuffmanDecoder decoder;
  const Bytes eos = hex("ff ff ff fc");
  Cursor in{eos};
  std::string out(huffman_max_decoded(4), '\0');
  EXPECT_EQ(decoder.decode(in, out.data()), nullptr);
}

}  // namespace
}  // namespace farcall::hpack::test
