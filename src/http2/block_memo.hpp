#pragma once

#include "base/bytes.hpp"
#include "hpack/decoder.hpp"
#include "http2/header_section.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
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
    return known_ && known_->learnt && equals(block, context) ? &known_->section : nullptr;
  }

  /// `block` was decoded to `section`, which is well-formed and within the limits; the table is as before.
  void learn(base::ByteView block, const Context& context, const HeaderSection& section) {
    if (block.size() > kLongest) return;
    if (!known_) known_ = std::make_unique<Known>();
    known_->learnt = equals(block, context);
    if (known_->learnt) {
      known_->section = section;
    } else {
      known_->block.assign(block.begin(), block.end());
      known_->context = context;
    }
  }

  /// Gives back its memory.
  void forget() { known_.reset(); }

 private:
  static constexpr std::size_t kLongest = 512;

  [[nodiscard]] bool equals(base::ByteView block, const Context& context) const {
    const std::vector<std::byte>& known = known_->block;
    return context == known_->context && block.size() == known.size() &&
           (block.empty() || std::memcmp(block.data(), known.data(), block.size()) == 0);
  }

  struct Known {
    bool learnt = false;
    Context context{};
    std::vector<std::byte> block;
    HeaderSection section{Limits()};
  };
  std::unique_ptr<Known> known_;
};

}  // namespace farcall::http2
