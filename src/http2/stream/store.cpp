#include "http2/stream/store.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace farcall::http2 {

void IdIndex::resize(std::size_t size) {
  const std::size_t before = entries_ == nullptr ? 0 : mask_ + 1;
  const std::unique_ptr<Entry[]> old = std::exchange(entries_, std::make_unique<Entry[]>(size));
  mask_ = size - 1;
  most_ = size / 2;
  used_ = 0;
  for (std::size_t i = 0; i < before; ++i) {
    if (old[i].id != 0) insert(old[i].id, old[i].place);
  }
}

void IdIndex::trim() {
  if (used_ == 0) {
    entries_.reset();
    mask_ = most_ = 0;
  } else if (const std::size_t size = std::max(std::bit_ceil(used_ * 2), kFirstSize); size <= mask_) {
    resize(size);
  }
}

}  // namespace farcall::http2
