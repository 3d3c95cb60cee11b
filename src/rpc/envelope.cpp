#include "rpc/envelope.hpp"

#include "rpc/kept_memory.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>

namespace farcall::rpc {
namespace {

void drop_front(base::ByteView& bytes, std::size_t count) {
  bytes = bytes.subspan(count);
}

}  // namespace

void MessageReader::feed(base::ByteView fragment, base::ReadBuffer* source) {
  message_ = {};
  source_ = source;
  if (unread_.empty()) {
    if (unread_is_retained_) empty_out(retained_);
    unread_is_retained_ = false;
    unread_ = fragment;
    return;
  }
  retain();
  const std::size_t used = retained_.size() - unread_.size();
  if (used >= unread_.size()) {
    // Moving what is left costs no more than what has been read since it was last moved.
    Buffer moved;
    moved.reserve(unread_.size() + fragment.size());
    moved.append(unread_);
    moved.append(fragment);
    retained_ = std::move(moved);
    unread_ = retained_.view();
  } else {
    retained_.append(fragment);
    unread_ = retained_.view().subspan(used);
  }
}

MessageReader::Next MessageReader::next() {
  if (message_is_assembled_) {
    message_is_assembled_ = false;
    assembled_.clear();
  }
  message_ = {};
  if (!in_body_ && !read_prefix()) return failure_.ok() ? Next::need_more : Next::failed;

  if (assembled_.empty() && unread_.size() >= body_length_) {
    message_ = unread_.first(body_length_);
    drop_front(unread_, body_length_);
  } else {
    assemble();
    if (assembled_.size() < body_length_) return Next::need_more;
    message_is_assembled_ = true;
  }
  in_body_ = false;
  return Next::message;
}

Buffer MessageReader::take() {
  Buffer taken = message_is_assembled_ ? assembled_.take() : Buffer::copy_of(message_);
  forget_message();
  return taken;
}

Pieces MessageReader::take_pieces() {
  Pieces taken =
      message_is_assembled_ ? std::exchange(assembled_, {}) : Pieces::copy_of(MessageView(message_));
  forget_message();
  return taken;
}

void MessageReader::forget_message() {
  message_is_assembled_ = false;
  message_ = {};
}

void MessageReader::retain() {
  if (unread_is_retained_) return;
  if (unread_.empty()) {
    unread_ = {};
    return;
  }
  retained_.clear();
  retained_.append(unread_);
  unread_ = retained_.view();
  unread_is_retained_ = true;
}

Status MessageReader::finish() const {
  if (!failure_.ok()) return failure_;
  if (in_body_ || prefix_length_ > 0 || !unread_.empty()) {
    return Status::internal("the stream ended in the middle of a message");
  }
  return {};
}

bool MessageReader::read_prefix() {
  if (!failure_.ok()) return false;
  if (prefix_length_ == 0 && unread_.size() >= kPrefixSize) {
    const std::byte* prefix = unread_.data();
    drop_front(unread_, kPrefixSize);
    return accept_prefix(prefix);
  }
  const std::size_t part = std::min(kPrefixSize - prefix_length_, unread_.size());
  if (part == 0) return false;
  std::memcpy(prefix_.data() + prefix_length_, unread_.data(), part);
  drop_front(unread_, part);
  prefix_length_ = static_cast<std::uint8_t>(prefix_length_ + part);
  if (prefix_length_ < kPrefixSize) return false;
  prefix_length_ = 0;
  return accept_prefix(prefix_.data());
}

bool MessageReader::accept_prefix(const std::byte* prefix) {
  if (prefix[0] == std::byte{1}) {
    failure_ = Status::internal("a message is marked as compressed, but no grpc-encoding was agreed on");
    return false;
  }
  if (prefix[0] != std::byte{0}) {
    failure_ = Status::internal("a message has the flags " + std::to_string(std::to_integer<int>(prefix[0])) +
                                ", of which only 0 and 1 exist");
    return false;
  }
  const std::size_t length = base::load_u32(prefix + 1);
  if (length > max_message_size_) {
    failure_ = Status::resource_exhausted("a message of " + std::to_string(length) +
                                          " bytes came, the limit is " + std::to_string(max_message_size_));
    return false;
  }
  body_length_ = length;
  in_body_ = true;
  return true;
}

void MessageReader::assemble() {
  const std::size_t part = std::min(body_length_ - assembled_.size(), unread_.size());
  assembled_.add(unread_.first(part), body_length_, source_);
  drop_front(unread_, part);
}

}  // namespace farcall::rpc
