#include "rpc/pieces.hpp"

#include "rpc/kept_memory.hpp"

#include <algorithm>
#include <utility>

namespace farcall::rpc {

Pieces Pieces::copy_of(MessageView message) {
  Pieces pieces;
  pieces.copied_ = message.copy();
  return pieces;
}

void Pieces::add(base::ByteView bytes, std::size_t whole, base::ReadBuffer* source) {
  if (may_keep(bytes, whole, source)) {
    keep(bytes, *source);
  } else {
    copy(bytes, whole);
  }
  if (kept_ && size() == whole) end_copied();
}

bool Pieces::may_keep(base::ByteView bytes, std::size_t whole, base::ReadBuffer* source) const {
  if (source == nullptr || bytes.size() < kLeastKept || whole > kLargestKept) return false;
  const Buffer* holder = source->holder_of(bytes);
  if (holder == nullptr) return false;
  if (kept_ && kept_->memory.back().get() == holder) return true;
  const std::size_t held = copied_.capacity() + (kept_ ? kept_->capacity : 0);
  return held + holder->capacity() <= 2 * (size() + bytes.size());
}

void Pieces::keep(base::ByteView bytes, base::ReadBuffer& source) {
  if (!kept_) kept_ = std::make_unique<Kept>();
  end_copied();
  if (kept_->memory.empty() || kept_->memory.back().get() != source.holder_of(bytes)) {
    kept_->memory.push_back(source.keep());
    kept_->capacity += kept_->memory.back()->capacity();
  }
  kept_->views.push_back(bytes);
  kept_->size += bytes.size();
}

void Pieces::copy(base::ByteView bytes, std::size_t whole) {
  const std::size_t needed = copied_.size() + bytes.size();
  if (needed > copied_.capacity()) {
    // Memory that the thread has kept is bound to what has arrived, too: no budget sees what is taken for an
    // announced length.
    const std::size_t most = 2 * needed;
    const std::size_t in_the_end = whole - (kept_ ? kept_->size : 0);
    copied_.reserve(std::max(needed, std::min(2 * copied_.capacity(), in_the_end)),
                    in_the_end <= most ? in_the_end : needed, most);
  }
  copied_.append(bytes);
}

/// What was copied becomes a piece like the others.
void Pieces::end_copied() {
  if (copied_.empty()) return;
  auto piece = std::make_shared<const Buffer>(std::exchange(copied_, {}));
  kept_->views.push_back(piece->view());
  kept_->size += piece->size();
  kept_->capacity += piece->capacity();
  kept_->memory.push_back(std::move(piece));
}

void Pieces::clear() {
  kept_.reset();
  empty_out(copied_);
}

}  // namespace farcall::rpc
