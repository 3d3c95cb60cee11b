#pragma once

#include "http2/block_memo.hpp"
#include "http2/core.hpp"
#include "http2/frame/header.hpp"
#include "http2/header_section.hpp"
#include "http2/known_section.hpp"

#include <cstdint>

namespace farcall::http2 {

/// HEADERS and CONTINUATION: from the first byte of a header block to the event, the reset or the silence
/// that follows from it. Blocks are decoded as they arrive, and all of them, whatever becomes of the stream.
class HeaderReceiver {
 public:
  explicit HeaderReceiver(Core& core) : core_(core), section_(core.limits()) {}

  /// A HEADERS frame begins; `prefix` is its pad length and priority, those of them that it has.
  void begin(const FrameHeader& header, base::ByteView prefix);
  /// A CONTINUATION frame begins. The block is open.
  void resume(const FrameHeader& header);
  /// Some of the frame's fragment; `last`: all of it.
  void fragment(base::ByteView bytes, bool last);

  /// What the whole of a block means, if that is known without decoding it; null if not. The table stays.
  /// Requests of a server, responses of a client.
  [[nodiscard]] const HeaderSection* known_headers(base::ByteView block) const {
    return memo_.find(block, context());
  }
  [[nodiscard]] const HeaderSection* known_trailers(base::ByteView block) const {
    return trailers_memo_.find(block, context());
  }
  /// Gives back what only saves work.
  void trim() {
    memo_.forget();
    trailers_memo_.forget();
    if (open_block_ == 0) known_.forget();
  }

  /// The stream that must go on with CONTINUATION (RFC 9113 §6.10); 0: none.
  [[nodiscard]] std::uint32_t expects_continuation() const { return open_block_; }

 private:
  [[nodiscard]] HeaderSection::Kind kind_of(const FrameHeader& header, Stream* stream);
  void end_block(const HeaderSection& section, http::HeaderMap&& fields);
  void end_request(const HeaderSection& section, http::HeaderMap&& fields);
  void end_answer(Stream& stream, const HeaderSection& section, http::HeaderMap&& fields);
  void end_informational(Stream& stream, http::HeaderMap&& fields);
  void raise(Stream& stream, event::HeadersKind kind, bool too_large, http::HeaderMap&& fields);
  void receive_end(Stream& stream);
  bool check_excess();
  [[nodiscard]] BlockMemo::Context context() const {
    return BlockMemo::Context::of(core_.decoder, core_.local.in_force().header_table_size);
  }
  [[nodiscard]] BlockMemo& memo() {
    return section_.kind() == HeaderSection::Kind::trailers ? trailers_memo_ : memo_;
  }

  Core& core_;
  HeaderSection section_;
  BlockMemo memo_;  // of requests or responses
  BlockMemo trailers_memo_;
  KnownSection known_;  // of requests
  std::uint32_t open_block_ = 0;
  std::uint32_t stream_id_ = 0;
  std::uint32_t continuations_ = 0;
  StreamKey key_;  // of a response or trailers
  bool end_stream_ = false;
  bool end_headers_ = false;
  bool begun_ = false;  // a fragment of the block was seen
};

}  // namespace farcall::http2
