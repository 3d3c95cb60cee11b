#pragma once

#include "hpack/decoder.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace bench::load {

/// The header blocks that a server sends on one connection: whether they say that all is well.
///
/// A block that only names entries of the table is remembered, until the table changes: nearly all that a
/// server sends are the same two, and comparing them is cheaper than decoding.
class AnswerHeaders {
 public:
  /// `metadata`: so many entries must come back with each call.
  explicit AnswerHeaders(int metadata) : metadata_(metadata) {}

  /// Whether it is `:status 200`, and for the last of a call `grpc-status 0`. Blocks must come in the order
  /// in which they were received.
  void check_first(std::span<const std::uint8_t> block) { check(block, first_, ":status", "200", metadata_); }
  void check_last(std::span<const std::uint8_t> block) { check(block, last_, "grpc-status", "0", 0); }

 private:
  void check(std::span<const std::uint8_t> block, std::string& known, const char* name, const char* value,
             int metadata);

  int metadata_;
  farcall::hpack::Decoder decoder_;
  std::string first_;
  std::string last_;
};

}  // namespace bench::load
