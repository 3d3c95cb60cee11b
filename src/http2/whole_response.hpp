#pragma once

#include "http2/core.hpp"
#include "http2/data_receiver.hpp"
#include "http2/frame/header.hpp"
#include "http2/header_receiver.hpp"

namespace farcall::http2 {

/// The short way for what a client receives most: a small response whose three frames (HEADERS, DATA,
/// HEADERS) lie one behind the other in the input, whose header blocks are known by heart, and which ends a
/// stream whose request is on the wire. It becomes one event. Everything else goes the way of single frames,
/// which would do the same to the connection.
class WholeResponse {
 public:
  WholeResponse(Core& core, HeaderReceiver& headers, DataReceiver& data)
      : core_(core), headers_(headers), data_(data) {}

  /// `first` is the frame header that `bytes` begins with, between two frames. Takes the response off their
  /// front; false, and nothing has happened, if it is none of that kind.
  [[nodiscard]] bool take(const FrameHeader& first, base::ByteView& bytes) {
    if (first.type != FrameType::headers || first.flags != flag::kEndHeaders || !core_.config.whole_responses)
      return false;
    return take_response(first, bytes);
  }

 private:
  bool take_response(const FrameHeader& first, base::ByteView& bytes);
  [[nodiscard]] Stream* awaiting(StreamId id);

  Core& core_;
  HeaderReceiver& headers_;
  DataReceiver& data_;
};

}  // namespace farcall::http2
