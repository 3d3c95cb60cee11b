#include "client/outbox.hpp"

#include <utility>

namespace farcall::client {

Buffer Outbox::take_next() {
  if (!committed_) {
    const Buffer& message = messages_[next_];
    if (sent_bytes_ + message.size() <= kMostKept) {
      sent_bytes_ += message.size();
      ++next_;
      return Buffer::copy_of(message.view());
    }
    commit();
  }
  Buffer message = std::move(messages_[next_]);
  messages_.erase(messages_.begin());
  return message;
}

void Outbox::commit() {
  if (committed_) return;
  committed_ = true;
  messages_.erase(messages_.begin(), messages_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
}

}  // namespace farcall::client
