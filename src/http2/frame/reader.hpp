#pragma once

#include "base/bytes.hpp"
#include "http2/frame/header.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace farcall::http2 {

/// What FrameReader::next found.
struct FramePiece {
  enum class Kind : std::uint8_t {
    none,         ///< The input is used up.
    header,       ///< A frame begins: validate FrameReader::header() before asking on.
    prefix,       ///< The fixed fields of DATA and HEADERS, or the payload of any frame that has no body.
    body,         ///< Some of a DATA payload or header block fragment, perhaps empty.
    bad_padding,  ///< As much padding as payload or more (RFC 9113 §6.1). The reader is of no more use.
  };
  Kind kind = Kind::none;
  /// Of a body: the frame has no more of it.
  bool last = false;
  /// Valid until the next call, if a prefix; as long as the input, if a body.
  base::ByteView bytes;
};

/// Cuts received bytes into frames, at whatever places they were cut before.
///
/// Each frame is a header, a prefix, and for DATA, HEADERS and CONTINUATION a body, of which each piece is
/// handed through as it lies in the input. Padding and what nobody wants (unknown frames, long debug data) is
/// skipped without being kept. At most a prefix is carried over from one input to the next, in memory that
/// exists only then.
class FrameReader {
 public:
  /// The next piece of `input`, from whose front it is taken.
  [[nodiscard]] FramePiece next(base::ByteView& input);

  /// The frame that is being read, or was read last.
  [[nodiscard]] const FrameHeader& header() const { return header_; }
  /// Of the payload, how much is padding, its length field included. Known from the prefix on.
  [[nodiscard]] std::uint32_t padding() const { return padding_; }
  /// The next byte of input begins a frame, so that one which lies whole in the input may be taken past the
  /// reader.
  [[nodiscard]] bool between_frames() const {
    const bool at_header = expect_ == Expect::header || (expect_ == Expect::rest && rest_left_ == 0);
    return at_header && (carried_.empty() || release_carried_);
  }

 private:
  enum class Expect : std::uint8_t { header, prefix, body, rest };

  /// `size` bytes in one piece, out of what was carried over and the input; empty if there are not enough
  /// yet.
  base::ByteView collect(base::ByteView& input, std::size_t size);
  void begin_frame(const std::byte* bytes);
  bool split_payload(base::ByteView prefix);

  FrameHeader header_;
  Expect expect_ = Expect::header;
  bool release_carried_ = false;
  std::uint32_t prefix_size_ = 0;
  std::uint32_t padding_ = 0;
  std::uint32_t body_left_ = 0;
  std::uint32_t rest_left_ = 0;
  std::vector<std::byte> carried_;
};

}  // namespace farcall::http2
