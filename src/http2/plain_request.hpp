#pragma once

#include "http2/core.hpp"
#include "http2/frame/header.hpp"
#include "http2/header_receiver.hpp"

#include <cstddef>
#include <cstdint>

namespace farcall::http2 {

/// The short way for the frames that a busy server sees most: HEADERS whose block is known by heart, and the
/// one DATA frame that ends the stream. The receivers of both frames lead to the same, in more steps; what
/// breaks a rule or meets a limit is left to them.
///
/// Payload that comes while the request's event waits to be taken is told by that one.
class PlainRequest {
 public:
  PlainRequest(Core& core, HeaderReceiver& headers) : core_(core), headers_(headers) {}

  /// Takes a whole frame off `bytes`, which begins with `header`. False, and nothing has happened, if it is
  /// to go the long way.
  [[nodiscard]] bool take(const FrameHeader& header, base::ByteView& bytes) {
    const std::size_t size = kFrameHeaderSize + header.length.value();
    if (bytes.size() < size) return false;
    const base::ByteView payload = bytes.subspan(kFrameHeaderSize, header.length.value());
    const bool taken = header.type == FrameType::headers ? take_headers(header, payload)
                       : header.type == FrameType::data  ? take_data(header, payload)
                                                         : false;
    if (taken) bytes = bytes.subspan(size);
    return taken;
  }

 private:
  [[nodiscard]] bool take_headers(const FrameHeader& header, base::ByteView block);
  [[nodiscard]] bool take_data(const FrameHeader& header, base::ByteView payload);

  Core& core_;
  HeaderReceiver& headers_;
};

}  // namespace farcall::http2
