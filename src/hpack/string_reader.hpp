#pragma once

#include "hpack/cursor.hpp"
#include "hpack/decode_error.hpp"
#include "hpack/huffman.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farcall::hpack {

/// One string literal (RFC 7541 §5.2) from fragments split anywhere, after its length is known.
///
/// A raw string that lies whole in a fragment is not copied. Any other is collected in a buffer that is used
/// again. A string whose text exceeds the limit is read to its end, and checked, but not kept.
class StringReader {
 public:
  /// `length`: octets on the wire. `limit`: characters that will be kept.
  void begin(bool huffman, std::uint32_t length, std::size_t limit);

  /// Takes what belongs to the string. An error leaves the reader unusable until it begins again.
  [[nodiscard]] std::optional<DecodeError> read(Cursor& in, Progress& progress);

  /// The text, once done: valid until `begin`, and no longer than the fragment unless keep() is called while
  /// that is still there. Empty when the string was too long.
  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool too_long() const { return too_long_; }

  /// The fragment is about to go away.
  void keep();

  /// Gives back what an unusually long string took.
  void release_excess();
  /// Between strings: gives back all memory.
  void trim() {
    text_ = {};
    buffer_ = std::string();
  }

 private:
  void read_raw(Cursor piece);
  [[nodiscard]] std::optional<DecodeError> read_huffman(Cursor piece);
  void give_up();

  std::string_view text_;
  std::string buffer_;
  HuffmanDecoder huffman_;
  std::size_t limit_ = 0;
  std::uint32_t left_ = 0;  // octets still to come
  bool is_huffman_ = false;
  bool too_long_ = false;
};

}  // namespace farcall::hpack
