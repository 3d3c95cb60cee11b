#pragma once

#include "base/bytes.hpp"
#include "hpack/decoder.hpp"
#include "testing/wire.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace farcall::testing {

/// What was read breaks RFC 9113, whatever the test at hand wanted to see.
class ProtocolViolation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Throws a ProtocolViolation that names the rule and the frame, unless the rule holds.
void require(bool holds, const Frame& frame, const char* rule);

/// Cuts what an engine wrote into frames and decodes its header sections. Takes bytes in any portions; `next`
/// throws ProtocolViolation on a frame that RFC 9113 §4 and §6 forbid whatever the state of the streams.
class FrameReader {
 public:
  /// The bytes begin with the client's connection preface.
  void expect_preface() { preface_left_ = kPreface; }
  void feed(base::ByteView bytes);
  /// The next complete frame. A caller that changes the limits below does so between two frames.
  [[nodiscard]] std::optional<Frame> next();
  /// Our SETTINGS_MAX_FRAME_SIZE and SETTINGS_HEADER_TABLE_SIZE, once acknowledged.
  void set_max_frame_size(std::uint32_t size) { max_frame_size_ = size; }
  void set_table_limit(std::size_t size) { decoder_.set_table_limit(size); }
  /// Bytes of a frame that is not complete yet.
  [[nodiscard]] std::size_t pending() const { return buffer_.size() - at_; }

 private:
  bool read_preface();
  std::optional<Frame> cut();
  void check_shape(const Frame& frame) const;
  void strip(Frame& frame) const;
  Frame finish_section();

  std::string buffer_;
  std::size_t at_ = 0;
  std::string_view preface_left_;
  std::uint32_t max_frame_size_ = kDefaultMaxFrameSize;
  hpack::Decoder decoder_;
  /// A HEADERS frame that waits for its CONTINUATION frames.
  std::optional<Frame> open_section_;
};

/// The fields of a complete header block, decoded by `decoder`. Throws ProtocolViolation.
[[nodiscard]] HeaderList decode_block(hpack::Decoder& decoder, std::string_view block);

}  // namespace farcall::testing
