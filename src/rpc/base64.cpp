#include "rpc/base64.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace farcall::rpc {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> kDigitValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

constexpr std::uint32_t digit(char c) {
  return kDigitValues[static_cast<unsigned char>(c)];
}

/// The digits without their padding, if the padding is complete or absent; else unchanged, and '=' is no
/// digit.
constexpr std::string_view without_padding(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return text;
  if (text.ends_with("==")) return text.substr(0, text.size() - 2);
  if (text.ends_with('=')) return text.substr(0, text.size() - 1);
  return text;
}

constexpr bool are_digits(std::string_view digits) {
  if (digits.size() % 4 == 1) return false;
  for (char c : digits) {
    if (digit(c) == kNoDigit) return false;
  }
  return true;
}

constexpr char to_char(std::uint32_t bits) {
  return static_cast<char>(static_cast<unsigned char>(bits & 0xff));
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const auto byte = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(bytes[i]); };
  const auto put = [&](std::uint32_t bits) { out += kAlphabet[bits & 0x3f]; };
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    put(group >> 18);
    put(group >> 12);
    put(group >> 6);
    put(group);
  }
  if (bytes.size() - i == 1) {
    put(byte(i) >> 2);
    put(byte(i) << 4);
  } else if (bytes.size() - i == 2) {
    const std::uint32_t group = byte(i) << 8 | byte(i + 1);
    put(group >> 10);
    put(group >> 4);
    put(group << 2);
  }
}

bool is_base64(std::string_view text) {
  return are_digits(without_padding(text));
}

bool append_base64_decoded(std::string& out, std::string_view text) {
  const std::string_view digits = without_padding(text);
  if (!are_digits(digits)) return false;
  std::size_t i = 0;
  for (; i + 4 <= digits.size(); i += 4) {
    const std::uint32_t group = digit(digits[i]) << 18 | digit(digits[i + 1]) << 12 |
                                digit(digits[i + 2]) << 6 | digit(digits[i + 3]);
    out += to_char(group >> 16);
    out += to_char(group >> 8);
    out += to_char(group);
  }
  // Peers do not agree on whether the bits left over must be zero: they are not looked at.
  if (digits.size() - i == 2) {
    out += to_char(digit(digits[i]) << 2 | digit(digits[i + 1]) >> 4);
  } else if (digits.size() - i == 3) {
    const std::uint32_t group =
        digit(digits[i]) << 10 | digit(digits[i + 1]) << 4 | digit(digits[i + 2]) >> 2;
    out += to_char(group >> 8);
    out += to_char(group);
  }
  return true;
}

}  // namespace farcall::rpc
