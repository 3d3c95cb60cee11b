#pragma once

#include "hpack/cursor.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace farcall::hpack {

/// The octets that `text` takes when Huffman-coded (RFC 7541 §5.2), padding included.
[[nodiscard]] std::size_t huffman_length(std::string_view text);

/// Writes the Huffman code of `text`, huffman_length(text) octets, and returns their end.
std::byte* huffman_encode(std::string_view text, std::byte* out);

/// The most characters that `length` octets of Huffman code can stand for, with those that a decoder may have
/// kept from before: the shortest code has 5 bits, and what is kept is less than the longest, of 30.
[[nodiscard]] constexpr std::size_t huffman_max_decoded(std::size_t length) {
  return (length * 8 + 29) / 5;
}

/// Decodes one Huffman-coded string that arrives in pieces. The work is linear in the octets, however they
/// are cut.
class HuffmanDecoder {
 public:
  void reset() {
    window_ = 0;
    bits_ = 0;
  }

  /// Decodes all of `in`, keeping at most 29 bits of an unfinished code for the next call. `out` has room for
  /// huffman_max_decoded(in.left()) characters. Returns the end of what was written, or null when the EOS
  /// symbol was met, after which only reset may be called.
  [[nodiscard]] char* decode(Cursor& in, char* out);

  /// Whether the string may end here: what is left is less than 8 bits, all of them 1 (RFC 7541 §5.2).
  [[nodiscard]] bool ends_well() const { return bits_ < 8 && window_ == ~(~std::uint64_t{0} >> bits_); }

 private:
  std::uint64_t window_ = 0;  // the bits not yet decoded, left-aligned, zeros behind them
  unsigned bits_ = 0;         // how many there are
};

}  // namespace farcall::hpack
