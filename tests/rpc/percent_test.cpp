#include "rpc/percent.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace farcall::rpc {
namespace {

std::string encoded(std::string_view text, std::size_t most = 1'000'000) {
  std::string out = "x";
  append_percent_encoded(out, text, most);
  EXPECT_EQ(out.front(), 'x');
  EXPECT_LE(out.size() - 1, most);
  return out.substr(1);
}

TEST(PercentTest, EscapesWhatIsNotPrintableAscii) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("plain text ~!"), "plain text ~!");
  EXPECT_EQ(encoded("100%"), "100%25");
  EXPECT_EQ(encoded(std::string_view("a\0b", 3)), "a%00b");
  EXPECT_EQ(encoded("\x7f"), "%7F");
  EXPECT_EQ(encoded("caf\xc3\xa9"), "caf%C3%A9");
  EXPECT_EQ(
      encoded("\t\ntest with whitespace\r\nand Unicode BMP \xE2\x98\xBA and non-BMP \xF0\x9F\x98\x88\t\n"),
      "%09%0Atest with whitespace%0D%0Aand Unicode BMP %E2%98%BA and non-BMP %F0%9F%98%88%09%0A");
}

TEST(PercentTest, EscapesSpacesAtTheEdges) {
  EXPECT_EQ(encoded(" a b "), "%20a b%20");
  EXPECT_EQ(encoded(" "), "%20");
  EXPECT_EQ(encoded("  "), "%20%20");
  EXPECT_EQ(encoded("   "), "%20 %20");
  EXPECT_EQ(percent_decoded(encoded("   ")), "   ");
}

TEST(PercentTest, ReplacesWhatIsNotUtf8) {
  struct Row {
    std::string text;
    std::string expected;  // with R for U+FFFD
  };
  const Row rows[] = {
      {"a\x80z", "aRz"},                 // a continuation without its lead
      {"a\xff\xfez", "aRRz"},            // bytes that never occur
      {"a\xc3", "aR"},                   // cut at the end
      {"a\xc3z", "aRz"},                 // cut by another character
      {"a\xc0\xafz", "aRRz"},            // overlong
      {"a\xe0\x80\x80z", "aRRRz"},       // overlong
      {"a\xed\xa0\x80z", "aRRRz"},       // a surrogate
      {"a\xf4\x90\x80\x80z", "aRRRRz"},  // above U+10FFFF
      {"a\xf5z", "aRz"},
      {"a\xe2\x98z", "aRz"},  // a truncated sequence is one replacement
      {"a\xf0\x9f\x98", "aR"},
  };
  for (const Row& row : rows) {
    std::string expected;
    for (char c : row.expected) expected += c == 'R' ? "%EF%BF%BD" : std::string(1, c);
    EXPECT_EQ(encoded(row.text), expected) << row.expected;
  }
}

TEST(PercentTest, CutsBetweenCodePoints) {
  EXPECT_EQ(encoded("abcdef", 3), "abc");
  EXPECT_EQ(encoded("abcdef", 0), "");
  EXPECT_EQ(encoded("ab\xE2\x98\xBA", 11), "ab%E2%98%BA");
  EXPECT_EQ(encoded("ab\xE2\x98\xBA", 10), "ab");
  EXPECT_EQ(encoded("ab%", 4), "ab");
  EXPECT_EQ(encoded(" a", 2), "");
}

TEST(PercentTest, DoesNotEndInASpaceWhereItCuts) {
  EXPECT_EQ(encoded("a b", 2), "a");
  EXPECT_EQ(encoded("ab cd", 4), "ab c");
  EXPECT_EQ(encoded("ab  cd", 4), "ab");
  EXPECT_EQ(encoded("ab ", 5), "ab%20");
  EXPECT_EQ(encoded("ab ", 4), "ab");
}

TEST(PercentTest, DecodesAndNeverFails) {
  EXPECT_EQ(percent_decoded(""), "");
  EXPECT_EQ(percent_decoded("a%20b"), "a b");
  EXPECT_EQ(percent_decoded("%e2%98%ba"), "\xE2\x98\xBA");
  EXPECT_EQ(percent_decoded("%"), "%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("100%"), "100%");
  EXPECT_EQ(percent_decoded("%zz%C3"), "%zz\xC3");
  EXPECT_EQ(percent_decoded("%%41"), "%A");
  EXPECT_EQ(percent_decoded("%2541"), "%41");
  EXPECT_EQ(percent_decoded("raw \xff byte"), "raw \xff byte");
}

TEST(PercentTest, GivesBackWhatIsUtf8) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string text;
    for (auto n = random() % 20; n > 0; --n) text += static_cast<char>(random() % 128);
    text += "\xE2\x98\xBA";
    ASSERT_EQ(percent_decoded(encoded(text)), text);
    // However it is cut, what remains is a beginning of the text, save for spaces at the cut.
    const std::string cut = percent_decoded(encoded(text, random() % 30));
    ASSERT_TRUE(text.starts_with(cut)) << text;
  }
}

}  // namespace
}  // namespace farcall::rpc
