#include "rpc/base64.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace farcall::rpc {
namespace {

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  EXPECT_EQ(out.size(), base64_size(bytes.size()));
  return out;
}

std::string decoded(std::string_view text) {
  std::string out = "x";
  const bool good = append_base64_decoded(out, text);
  EXPECT_EQ(good, is_base64(text)) << text;
  if (!good) {
    EXPECT_EQ(out, "x") << "nothing may be appended on failure";
    return "malformed";
  }
  return out.substr(1);
}

// RFC 4648 §10.
TEST(Base64Test, AgreesWithTheRfc) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},         {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : rows) {
    EXPECT_EQ(encoded(bytes), text);
    EXPECT_EQ(decoded(text), bytes);
    std::string padded = text;
    while (padded.size() % 4 != 0) padded += '=';
    EXPECT_EQ(decoded(padded), bytes);
  }
}

TEST(Base64Test, UsesTheStandardAlphabet) {
  EXPECT_EQ(encoded("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(decoded("+//+"), "\xfb\xff\xfe");
  EXPECT_EQ(decoded("-__-"), "malformed");
}

TEST(Base64Test, RefusesWhatIsMalformed) {
  for (const char* text : {"A", "AAAAA", "AQ=", "AQ===", "=", "==", "====", "A===", "A=Q=", "AQ==AQ==",
                           "A Q=", "!!*!!", "AQ\n", "AQ,Ag", "\xff\xff"}) {
    EXPECT_EQ(decoded(text), "malformed") << text;
  }
  EXPECT_EQ(decoded(std::string_view("AQ\0=", 4)), "malformed");
}

TEST(Base64Test, DoesNotLookAtLeftOverBits) {
  EXPECT_EQ(decoded("AR"), "\x01");
  EXPECT_EQ(decoded("AAB="), std::string("\0\0", 2));
}

TEST(Base64Test, GivesBackAnyBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    std::string bytes(random() % 50, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    ASSERT_EQ(decoded(encoded(bytes)), bytes);
  }
}

}  // namespace
}  // namespace farcall::rpc
