#include "hpack/huffman.hpp"

#include "base/bytes.hpp"
#include "hpack/huffman_table.hpp"

namespace farcall::hpack {

std::size_t huffman_length(std::string_view text) {
  std::size_t bits = 0;
  for (const char c : text) bits += kHuffmanCodes[static_cast<unsigned char>(c)].length;
  return (bits + 7) / 8;
}

std::byte* huffman_encode(std::string_view text, std::byte* out) {
  std::uint64_t pending = 0;  // right-aligned; bits above `count` are of no meaning
  unsigned count = 0;         // below 32 between two characters, so that the longest code always fits
  for (const char c : text) {
    const HuffmanCode code = kHuffmanCodes[static_cast<unsigned char>(c)];
    pending = pending << code.length | code.bits;
    count += code.length;
    if (count >= 32) {
      count -= 32;
      base::store_u32(out, static_cast<std::uint32_t>(pending >> count));
      out += 4;
    }
  }
  while (count >= 8) {
    count -= 8;
    *out++ = static_cast<std::byte>(pending >> count);
  }
  // The padding is the beginning of EOS: ones (RFC 7541 §5.2).
  if (count > 0) *out++ = static_cast<std::byte>(pending << (8 - count) | 0xffU >> count);
  return out;
}

char* HuffmanDecoder::decode(Cursor& in, char* out) {
  // Locals, since a character that is stored could alias any member.
  const std::byte* at = in.at;
  const std::byte* const end = in.end;
  std::uint64_t window = window_;
  unsigned bits = bits_;
  for (;;) {
    if (bits < 32) {
      if (end - at >= 4) {
        window |= std::uint64_t{base::load_u32(at)} << (32 - bits);
        bits += 32;
        at += 4;
      } else {
        for (; at != end; bits += 8) window |= std::to_integer<std::uint64_t>(*at++) << (56 - bits);
      }
    }
    // The zeros behind the valid bits can make a code look complete; its length then exceeds their number.
    const HuffmanShortCode code = kHuffmanShortCodes[window >> 56];
    unsigned length = code.length;
    std::uint16_t symbol = code.symbol;
    if (length == 0) [[unlikely]] {
      const auto next = static_cast<std::uint32_t>(window >> 32);
      const HuffmanRange* range = kHuffmanRanges;
      while (next > range->last) ++range;
      length = range->length;
      symbol = kHuffmanLongSymbols[range->symbols + ((next - range->first) >> (32 - length))];
    }
    if (length > bits) break;
    if (symbol == kHuffmanEos) return nullptr;
    *out++ = static_cast<char>(symbol);
    window <<= length;
    bits -= length;
  }
  in.at = at;
  window_ = window;
  bits_ = bits;
  return out;
}

}  // namespace farcall::hpack
