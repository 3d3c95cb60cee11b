#include "http2/stream/store.hpp"

#include <utility>

namespace farcall::http2 {

void IdIndex::grow() {
  const std::size_t before = entries_ == nullptr ? 0 : mask_ + 1;
  const std::size_t size = before == 0 ? 16 : 2 * before;
  const std::unique_ptr<Entry[]> old = std::exchange(entries_, std::make_unique<Entry[]>(size));
  mask_ = size - 1;
  most_ = size / 2;
  used_ = 0;
  for (std::size_t i = 0; i < before; ++i) {
    if (old[i].id != 0) insert(old[i].id, old[i].key);
  }
}

}  // namespace farcall::http2
