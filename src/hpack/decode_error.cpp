#include "hpack/decode_error.hpp"

namespace farcall::hpack {

std::string_view name(DecodeError error) {
  switch (error) {
    case DecodeError::kIntegerTooLong:
      return "hpack: integer too long";
    case DecodeError::kIndexZero:
      return "hpack: index 0";
    case DecodeError::kIndexOutOfRange:
      return "hpack: index out of range";
    case DecodeError::kHuffmanEos:
      return "hpack: EOS in a string";
    case DecodeError::kHuffmanPadding:
      return "hpack: bad padding of a string";
    case DecodeError::kSizeUpdateInsideBlock:
      return "hpack: table size update after a field";
    case DecodeError::kSizeUpdateAboveLimit:
      return "hpack: table size update above the limit";
    case DecodeError::kTooManySizeUpdates:
      return "hpack: too many table size updates";
    case DecodeError::kSizeUpdateMissing:
      return "hpack: table size update missing";
    case DecodeError::kTruncated:
      return "hpack: block ends inside a field";
  }
  return "hpack: unknown error";
}

}  // namespace farcall::hpack
