#pragma once

#include "hpack/encoder.hpp"
#include "http/header_map.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace farcall::http2 {

/// The last header section of a kind that was sent, and its encoding. Responses are alike, and so are the
/// calls of a client: as long as neither the section nor the compression table changes, the same bytes say
/// the same. Only encodings that leave the table alone are remembered, and only at their second coming.
class EncodeMemo {
 public:
  /// What an encoding depends on besides the section.
  struct Context {
    std::uint32_t inserted = 0;
    std::uint32_t count = 0;
    std::size_t max_size = 0;
    bool operator==(const Context&) const = default;

    static Context of(const hpack::Encoder& encoder) {
      const hpack::DynamicTable& table = encoder.table();
      return {table.inserted(), table.count(), table.max_size()};
    }
  };

  /// The encoding, behind the room that it was learnt with; empty if there is none.
  [[nodiscard]] std::span<std::byte> find(const http::HeaderMap& headers, const Context& context) {
    if (!learnt_ || !equals(headers, context)) return {};
    return block_;
  }

  void learn(const http::HeaderMap& headers, const Context& context, std::span<const std::byte> block) {
    if (block.size() > kLongest || headers.list_size() > kLongest) return;
    learnt_ = equals(headers, context);
    if (learnt_) {
      block_.assign(block.begin(), block.end());
    } else {
      headers_ = headers;
      context_ = context;
    }
  }

  /// The table's limit has changed: the next block must say so.
  void forget() { learnt_ = false; }

  /// Gives back its memory.
  void trim() { *this = EncodeMemo(); }

 private:
  static constexpr std::size_t kLongest = 1024;

  [[nodiscard]] bool equals(const http::HeaderMap& headers, const Context& context) const {
    return context == context_ && headers == headers_;
  }

  bool learnt_ = false;
  Context context_;
  http::HeaderMap headers_;
  std::vector<std::byte> block_;
};

}  // namespace farcall::http2
