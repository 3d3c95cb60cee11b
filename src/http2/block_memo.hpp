#pragma once

#include "base/bytes.hpp"
#include "hpack/decoder.hpp"
#include "http2/header_section.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace farcall::http2 {

/// The last header block of a kind and what it means. A client that repeats a call sends the same bytes
/// again, and those say the same as long as the compression table is the same and they do not change it: then
/// there is nothing to decode or to check. Only blocks that leave the table alone are remembered, and only at
/// their second coming.
class BlockMemo {
 public:
  /// What a block's meaning depends on besides its bytes.
  struct Context {
    std::uint32_t inserted;
    std::uint32_t count;
    std::size_t max_size;
    std::size_t limit;
    bool operator==(const Context&) const = default;

    static Context of(const hpack::Decoder& decoder, std::size_t limit) {
      const hpack::DynamicTable& table = decoder.table();
      return {table.inserted(), table.count(), table.max_size(), limit};
    }
  };

  /// Null if the block has to be decoded.
  [[nodiscard]] const HeaderSection* find(base::ByteView block, const Context& context) const {
    return learnt_ && equals(block, context) ? &section_ : nullptr;
  }

  /// `block` was decoded to `section`, which is well-formed and within the limits; the table is as before.
  void learn(base::ByteView block, const Context& context, const HeaderSection& section) {
    if (block.size() > kLongest) return;
    learnt_ = equals(block, context);
    if (learnt_) {
      section_ = section;
    } else {
      block_.assign(block.begin(), block.end());
      context_ = context;
    }
  }

 private:
  static constexpr std::size_t kLongest = 512;

  [[nodiscard]] bool equals(base::ByteView block, const Context& context) const {
    return context == context_ && block.size() == block_.size() &&
           (block.empty() || std::memcmp(block.data(), block_.data(), block.size()) == 0);
  }

  bool learnt_ = false;
  Context context_{};
  std::vector<std::byte> block_;
  HeaderSection section_{Limits()};
};

}  // namespace farcall::http2
