#pragma once

#include <cstdint>
#include <string_view>

namespace farcall::hpack {

/// Why a header block cannot be decoded. Every one is a COMPRESSION_ERROR of the connection (RFC 9113 §4.3):
/// the peer's table and ours can no longer be known to be equal.
enum class DecodeError : std::uint8_t {
  kIntegerTooLong,         ///< more than 5 continuation octets, or a value above 2^32-1 (RFC 7541 §5.1)
  kIndexZero,              ///< an indexed field with index 0 (RFC 7541 §6.1)
  kIndexOutOfRange,        ///< beyond the static and the dynamic table (RFC 7541 §2.3.3)
  kHuffmanEos,             ///< the EOS symbol inside a string (RFC 7541 §5.2)
  kHuffmanPadding,         ///< padding of 8 bits or more, or with a bit that is not 1 (RFC 7541 §5.2)
  kSizeUpdateInsideBlock,  ///< a table size update after a field (RFC 7541 §4.2)
  kSizeUpdateAboveLimit,   ///< a table size update above what was acknowledged (RFC 7541 §6.3)
  kTooManySizeUpdates,     ///< more than two at the start of a block (RFC 7541 §4.2)
  kSizeUpdateMissing,      ///< none after the table limit was reduced (RFC 7541 §4.2)
  kTruncated,              ///< the block ends inside a field
};

/// A few words in English that say the same, for a log or the debug data of a GOAWAY.
[[nodiscard]] std::string_view name(DecodeError error);

}  // namespace farcall::hpack
