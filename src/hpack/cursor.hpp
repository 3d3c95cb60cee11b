#pragma once

#include "base/bytes.hpp"

#include <cstddef>

namespace farcall::hpack {

/// What is left of a fragment. The readers advance it past what they have consumed.
struct Cursor {
  explicit Cursor(base::ByteView fragment) : at(fragment.data()), end(fragment.data() + fragment.size()) {}

  [[nodiscard]] bool empty() const { return at == end; }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end - at); }

  const std::byte* at;
  const std::byte* end;
};

/// Whether a reader has all it needs.
enum class Progress : bool { kNeedsMore, kDone };

}  // namespace farcall::hpack
