#pragma once

#include "base/bytes.hpp"

#include <farcall/buffer.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace farcall::base {

/// The memory that what comes from a transport is read into, time and again. Whoever wants much of what was
/// read to live on keeps the memory itself instead of a copy; the next read then gets other memory, out of
/// the thread's cache. Used on one thread, while what was kept may end on any.
class ReadBuffer {
 public:
  explicit ReadBuffer(std::size_t size) : size_(size) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  /// Where to read to. What was read before is gone, unless somebody has kept it.
  [[nodiscard]] std::span<std::byte> space() {
    if (!memory_ || std::exchange(kept_, false)) renew();
    return {memory_->data(), size_};
  }
  /// The memory that `space` has named last, if `bytes` lie in it.
  [[nodiscard]] const Buffer* holder_of(ByteView bytes) const {
    if (!memory_ || std::less<>()(bytes.data(), memory_->data())) return nullptr;
    const bool ends_behind = std::less<>()(memory_->data() + size_, bytes.data() + bytes.size());
    return ends_behind ? nullptr : memory_.get();
  }
  /// That memory: nothing is read into it any more.
  [[nodiscard]] std::shared_ptr<const Buffer> keep() {
    kept_ = true;
    return memory_;
  }

 private:
  void renew() {
    memory_.reset();  // it may be what the cache gives
    memory_ = std::make_shared<Buffer>(size_);
  }

  std::size_t size_;
  std::shared_ptr<Buffer> memory_;
  bool kept_ = false;
};

}  // namespace farcall::base
