#include "http2/stream/send.hpp"

#include <algorithm>

namespace farcall::http2 {

void SendQueue::add(Buffer&& data, Buffer& spare) {
  if (data.empty()) return;
  if (data.size() > kCopyLimit) {
    add_large(std::move(data));
    return;
  }
  const std::size_t size = data.size();
  small_.append(std::move(data), spare);
  bytes_ += size;
  if (large_) large_->small_behind += size;
}

/// Nothing has changed if there is no memory.
void SendQueue::add_large(Buffer&& data) {
  std::unique_ptr<LargeOnes> first;
  if (!large_) first = std::make_unique<LargeOnes>(LargeOnes{{}, 0, small_.view().size()});
  LargeOnes& ones = first ? *first : *large_;
  const std::size_t size = data.size();
  ones.queue.emplace_back();
  ones.queue.back().small_before = std::exchange(ones.small_behind, 0);
  ones.queue.back().data = std::move(data);
  if (first) large_ = std::move(first);
  bytes_ += size;
}

void SendQueue::move_to(Output& out, std::size_t bytes, Buffer& spare) {
  bytes_ -= bytes;
  while (bytes > 0 && large_) send_front_of_large(out, bytes, spare);
  if (bytes > 0) send_small(out, bytes, spare);
}

void SendQueue::send_small(Output& out, std::size_t bytes, Buffer& spare) {
  out.append(small_.view().first(bytes));
  small_.drop_front(bytes, spare);
}

/// What is in front of the first large one, or a part of that one. Takes what it sends off `bytes`.
void SendQueue::send_front_of_large(Output& out, std::size_t& bytes, Buffer& spare) {
  Large& large = large_->queue[large_->begin];
  if (large.small_before > 0) {
    const std::size_t part = std::min(bytes, large.small_before);
    large.small_before -= part;
    bytes -= part;
    send_small(out, part, spare);
  } else {
    const std::size_t part = std::min(bytes, large.buffer().size() - large.sent);
    bytes -= part;
    send_from(large, out, part);
  }
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
  std::vector<Large>& queue = large_->queue;
  queue[large_->begin++] = Large();
  if (large_->begin == queue.size()) {
    large_.reset();
    return;
  }
  // Moved at the latest when half of them are gone, so that a queue that never runs empty does not keep the
  // room of all it ever held.
  if (2 * large_->begin < queue.size()) return;
  queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(large_->begin));
  large_->begin = 0;
}

}  // namespace farcall::http2
