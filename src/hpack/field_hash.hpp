#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

// How the encoder finds out, for a few dozen instructions a field, whether it has sent that field before.

namespace farcall::hpack {

namespace detail {

template <class Word>
constexpr std::uint64_t load_word(const char* from) {
  if (std::is_constant_evaluated()) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < sizeof(Word); ++i) {
      const std::size_t place = std::endian::native == std::endian::little ? i : sizeof(Word) - 1 - i;
      word |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * place);
    }
    return word;
  }
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

}  // namespace detail

/// A hash of at most three words of `text`: its end, its beginning and its middle. Texts that collide cost
/// the encoder a comparison each, of which there are at most as many as its table has entries. Only the high
/// bits are any good.
constexpr std::uint64_t hash_text(std::string_view text) {
  const char* const data = text.data();
  const std::size_t length = text.size();
  std::uint64_t words = length;
  if (length >= 8) {
    words += detail::load_word<std::uint64_t>(data) ^
             std::rotl(detail::load_word<std::uint64_t>(data + length - 8), 23);
    if (length > 16) words ^= std::rotl(detail::load_word<std::uint64_t>(data + length / 2 - 4), 41);
  } else if (length >= 4) {
    words += detail::load_word<std::uint32_t>(data) ^ detail::load_word<std::uint32_t>(data + length - 4)
                                                          << 32;
  } else if (length > 0) {
    const auto octet = [data](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(data[i])}; };
    words += octet(0) + (octet(length / 2) << 8) + (octet(length - 1) << 16);
  }
  return words * 0x9e3779b97f4a7c15U;
}

/// The hash of a field from those of its name and value.
constexpr std::uint64_t hash_field(std::uint64_t name_hash, std::uint64_t value_hash) {
  return (name_hash ^ std::rotl(value_hash, 32)) * 0xd6e8feb86659fd93U;
}

/// Equality, inline: for the short texts of header fields the call of memcmp would cost more than the
/// comparison.
inline bool same_text(std::string_view a, std::string_view b) {
  using detail::load_word;
  const std::size_t length = a.size();
  if (length != b.size()) return false;
  const char* const x = a.data();
  const char* const y = b.data();
  if (length >= 8) {
    const char* const last = x + length - 8;
    for (const char *p = x, *q = y; p < last; p += 8, q += 8) {
      if (load_word<std::uint64_t>(p) != load_word<std::uint64_t>(q)) return false;
    }
    return load_word<std::uint64_t>(last) == load_word<std::uint64_t>(y + length - 8);
  }
  if (length >= 4) {
    return load_word<std::uint32_t>(x) == load_word<std::uint32_t>(y) &&
           load_word<std::uint32_t>(x + length - 4) == load_word<std::uint32_t>(y + length - 4);
  }
  for (std::size_t i = 0; i < length; ++i) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

}  // namespace farcall::hpack
