#include "http2/stream/send.hpp"

#include <algorithm>

namespace farcall::http2 {

void SendQueue::add(Buffer&& data, Buffer& spare) {
  if (data.empty()) return;
  bytes_ += data.size();
  if (data.size() > kCopyLimit) {
    large_.push_back(Large{std::exchange(small_behind_, 0), std::move(data), nullptr, 0});
    return;
  }
  small_behind_ += data.size();
  small_.append(std::move(data), spare);
}

void SendQueue::send_small(Output& out, std::size_t bytes, Buffer& spare) {
  out.append(small_.view().first(bytes));
  small_.drop_front(bytes, spare);
}

void SendQueue::send_from(Large& large, Output& out, std::size_t bytes) {
  if (bytes <= kCopyLimit) {
    out.append(large.buffer().view().subspan(large.sent, bytes));
  } else {
    if (!large.shared) large.shared = std::make_shared<const Buffer>(std::move(large.data));
    out.reference(large.shared, large.sent, bytes);
  }
  large.sent += bytes;
  if (large.sent == large.buffer().size()) pop_large();
}

void SendQueue::pop_large() {
  large_[large_begin_++] = Large();
  // Moved at the latest when half of them are gone, so that a queue that never runs empty does not keep the
  // room of all it ever held.
  if (2 * large_begin_ < large_.size()) return;
  large_.erase(large_.begin(), large_.begin() + static_cast<std::ptrdiff_t>(large_begin_));
  large_begin_ = 0;
}

void SendQueue::move_to(Output& out, std::size_t bytes, Buffer& spare) {
  bytes_ -= bytes;
  while (bytes > 0) {
    const bool only_small = large_begin_ == large_.size();
    std::size_t& small_before = only_small ? small_behind_ : large_[large_begin_].small_before;
    if (small_before > 0) {
      const std::size_t part = std::min(bytes, small_before);
      small_before -= part;
      send_small(out, part, spare);
      bytes -= part;
      continue;
    }
    Large& large = large_[large_begin_];
    const std::size_t part = std::min(bytes, large.buffer().size() - large.sent);
    send_from(large, out, part);
    bytes -= part;
  }
}

}  // namespace farcall::http2
