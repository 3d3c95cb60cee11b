#pragma once

#include "http2/core.hpp"
#include "http2/frame/header.hpp"

#include <cstdint>

namespace farcall::http2 {

/// DATA: flow control, the limits on useless frames, and the payload as it arrives.
class DataReceiver {
 public:
  explicit DataReceiver(Core& core) : core_(core) {}

  /// A frame begins, of which `padding` bytes are no payload. All that can be judged is judged here, before
  /// the payload, so that it does not matter how the frame was cut.
  void begin(const FrameHeader& header, std::uint32_t padding);
  /// The same for the one frame of a whole response on `stream`, which takes no more: all is well. False, and
  /// nothing has happened, if `begin` would find fault with it.
  [[nodiscard]] bool charge_whole(Stream& stream, std::uint32_t length);
  /// Some of the payload; `last`: all of it.
  void payload(base::ByteView bytes, bool last);

 private:
  bool admit_unexpected(StreamId id, const Stream* stream);
  bool charge_connection(std::uint32_t length);
  bool count_empty(std::uint32_t payload, bool end);
  bool charge_tiny(Stream& stream, std::uint32_t payload, bool end);
  void swallow(Stream& stream, base::ByteView bytes);
  void end(Stream& stream);

  Core& core_;
  StreamKey key_;        // whose payload is coming
  bool wanted_ = false;  // somebody has use for it
  bool end_stream_ = false;
};

}  // namespace farcall::http2
