#pragma once

#include "http2/control_receiver.hpp"
#include "http2/core.hpp"
#include "http2/data_receiver.hpp"
#include "http2/frame/reader.hpp"
#include "http2/header_receiver.hpp"
#include "http2/plain_request.hpp"
#include "http2/whole_response.hpp"

#include <cstddef>

namespace farcall::http2 {

/// From received bytes to frames, each to the part that understands it.
class Receiver {
 public:
  explicit Receiver(Core& core)
      : core_(core),
        headers_(core),
        data_(core),
        control_(core),
        plain_request_(core, headers_),
        whole_response_(core, headers_, data_) {}

  void receive(base::ByteView bytes);
  /// Gives back what only saves work.
  void trim() { headers_.trim(); }

 private:
  bool match_preface(base::ByteView& bytes);
  bool take_whole_frame(base::ByteView& bytes);
  void handle(const FramePiece& piece);
  void begin_frame(const FrameHeader& header);
  void take_prefix(const FrameHeader& header, base::ByteView prefix);
  void take_body(const FrameHeader& header, base::ByteView body, bool last);

  Core& core_;
  FrameReader reader_;
  HeaderReceiver headers_;
  DataReceiver data_;
  ControlReceiver control_;
  PlainRequest plain_request_;
  WholeResponse whole_response_;
  std::size_t preface_matched_ = 0;
};

}  // namespace farcall::http2
