#pragma once

#include "base/bytes.hpp"
#include "http/header_map.hpp"
#include "http2/output.hpp"
#include "http2/stream/gathered.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace farcall::http2 {

/// What a stream has yet to send after its headers: payload in any amount, then perhaps trailers, then the
/// end.
///
/// Like the output that it goes to, it is one run of small payloads, copied one behind the other, into which
/// large ones are inserted by reference: a thousand small messages are one piece of memory. That is given
/// from stream to stream as `spare`, which belongs to the connection. What large ones need is made with the
/// first of them.
class SendQueue {
 public:
  /// Up to this size copying is cheaper than another entry in the gather list.
  static constexpr std::size_t kCopyLimit = 1024;

  /// Payload bytes that are not framed yet.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// Nothing will be added: END_STREAM or trailers are queued, or sent.
  [[nodiscard]] bool finished() const { return finished_; }
  [[nodiscard]] bool has_trailers() const { return has_trailers_; }
  /// There is something to frame, be it only the end.
  [[nodiscard]] bool pending() const { return bytes_ > 0 || (finished_ && !end_sent_); }

  void add(Buffer&& data, Buffer& spare);
  /// The same for bytes that stay the caller's.
  void add(base::ByteView data, Buffer& spare) {
    if (data.size() > kCopyLimit) return add(Buffer::copy_of(data), spare);
    small_.append(data, spare);
    bytes_ += data.size();
    if (large_) large_->small_behind += data.size();
  }
  /// Memory for small payloads behind all others, until anything else is done with the queue; and the first
  /// `count` bytes of it are written.
  [[nodiscard]] std::span<std::byte> room() { return small_.room(); }
  void grow(std::size_t count) {
    bytes_ += count;
    if (large_) large_->small_behind += count;
    small_.grow(count);
  }
  void finish() { finished_ = true; }
  void finish(http::HeaderMap trailers) {
    trailers_ = std::move(trailers);
    has_trailers_ = true;
    finished_ = true;
  }

  /// Moves `bytes`, at most bytes(), of the payload behind what `out` holds.
  void move_to(Output& out, std::size_t bytes, Buffer& spare);
  void mark_end_sent() { end_sent_ = true; }
  http::HeaderMap take_trailers() { return std::move(trailers_); }

 private:
  struct Large {
    std::size_t small_before = 0;  // bytes of `small_` between it and the large one before it
    Buffer data;
    std::shared_ptr<const Buffer> shared;  // instead of `data`, once a part of it is referenced by the output
    std::size_t sent = 0;

    [[nodiscard]] const Buffer& buffer() const { return shared ? *shared : data; }
  };
  struct LargeOnes {
    std::vector<Large> queue;
    std::size_t begin = 0;
    std::size_t small_behind = 0;  // bytes of `small_` behind the last of them
  };

  void add_large(Buffer&& data);
  void send_small(Output& out, std::size_t bytes, Buffer& spare);
  void send_front_of_large(Output& out, std::size_t& bytes, Buffer& spare);
  void send_from(Large& large, Output& out, std::size_t bytes);
  void pop_large();

  Gathered small_;
  std::unique_ptr<LargeOnes> large_;  // null while there is none
  std::size_t bytes_ = 0;
  http::HeaderMap trailers_;
  bool has_trailers_ = false;
  bool finished_ = false;
  bool end_sent_ = false;
};

}  // namespace farcall::http2
