#pragma once

#include "http/header_map.hpp"
#include "http2/output.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace farcall::http2 {

/// What a stream has yet to send after its headers: payload in any amount, then perhaps trailers, then the
/// end.
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

  void add(Buffer&& data);
  void finish() { finished_ = true; }
  void finish(http::HeaderMap trailers) {
    trailers_ = std::move(trailers);
    has_trailers_ = true;
    finished_ = true;
  }

  /// Moves `bytes`, at most bytes(), of the payload behind what `out` holds.
  void move_to(Output& out, std::size_t bytes);
  void mark_end_sent() { end_sent_ = true; }
  http::HeaderMap take_trailers() { return std::move(trailers_); }

 private:
  struct Item {
    Buffer data;
    std::shared_ptr<const Buffer> shared;  // instead of `data`, once a part of it is referenced by the output
    std::size_t sent = 0;

    [[nodiscard]] const Buffer& buffer() const { return shared ? *shared : data; }
  };

  void send_from(Item& item, Output& out, std::size_t bytes);
  void pop();

  // Most calls have one message on its way: it lies in `first_`, and `more_` stays without memory.
  Item first_;
  std::vector<Item> more_;
  std::size_t more_begin_ = 0;
  std::size_t bytes_ = 0;
  http::HeaderMap trailers_;
  bool has_trailers_ = false;
  bool finished_ = false;
  bool end_sent_ = false;
};

}  // namespace farcall::http2
