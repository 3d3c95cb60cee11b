#include "http2/stream/send.hpp"

#include <algorithm>

namespace farcall::http2 {

void SendQueue::add(Buffer&& data) {
  if (data.empty()) return;
  if (bytes_ == 0) {
    bytes_ = data.size();
    first_.data = std::move(data);
    return;
  }
  bytes_ += data.size();
  more_.push_back(Item{std::move(data), nullptr, 0});
}

void SendQueue::pop() {
  if (more_begin_ == more_.size()) {
    first_.data = Buffer();
    first_.shared.reset();
    first_.sent = 0;
    return;
  }
  first_ = std::move(more_[more_begin_++]);
  // Without this, a queue that never runs empty would keep the room of all it ever held.
  if (more_begin_ == more_.size() || more_begin_ > 64) {
    more_.erase(more_.begin(), more_.begin() + static_cast<std::ptrdiff_t>(more_begin_));
    more_begin_ = 0;
  }
}

void SendQueue::send_from(Item& item, Output& out, std::size_t bytes) {
  if (bytes <= kCopyLimit) {
    out.append(item.buffer().view().subspan(item.sent, bytes));
  } else {
    if (!item.shared) item.shared = std::make_shared<const Buffer>(std::move(item.data));
    out.reference(item.shared, item.sent, bytes);
  }
  item.sent += bytes;
}

void SendQueue::move_to(Output& out, std::size_t bytes) {
  bytes_ -= bytes;
  while (bytes > 0) {
    std::size_t part = std::min(bytes, first_.buffer().size() - first_.sent);
    send_from(first_, out, part);
    bytes -= part;
    if (first_.sent == first_.buffer().size()) pop();
  }
}

}  // namespace farcall::http2
