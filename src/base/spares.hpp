#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace farcall::base {

/// Objects that nobody needs at present, kept for those who will: at most `most` of them. Not thread-safe.
template <class T>
class Spares {
 public:
  explicit Spares(std::size_t most) : most_(most) { spares_.reserve(most); }

  /// Null when there is none.
  [[nodiscard]] std::unique_ptr<T> take() {
    if (spares_.empty()) return nullptr;
    std::unique_ptr<T> taken = std::move(spares_.back());
    spares_.pop_back();
    return taken;
  }
  void give(std::unique_ptr<T> spare) noexcept {
    if (spares_.size() < most_) spares_.push_back(std::move(spare));
  }

 private:
  std::size_t most_;
  std::vector<std::unique_ptr<T>> spares_;
};

}  // namespace farcall::base
