#pragma once

#include "hpack/dynamic_table.hpp"
#include "hpack/field_index.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace farcall::hpack {

/// The sending side of one connection's HPACK context (RFC 7541).
///
/// A field that was sent before costs one or two octets. Every field goes into the table, except those that
/// are never-indexed, those that would take more than three quarters of it, and those whose value is new
/// nearly every time (`content-length`, `grpc-timeout` and such), of which at most the name is kept. Strings
/// are Huffman-coded when that is shorter.
///
/// One thread at a time. Blocks must reach the peer in the order in which they were encoded, all of them.
/// Memory: at most 8 KiB for the table, 3 KiB to find entries; both grow with use.
class Encoder {
 public:
  /// The table never grows beyond min(peer's SETTINGS_HEADER_TABLE_SIZE, kMaxTableSize): what a peer may ask
  /// this side to remember is bounded, whatever it announces.
  static constexpr std::size_t kMaxTableSize = FieldIndex::kMaxTableSize;

  /// The peer's limit is 4096 octets until set_peer_table_limit.
  Encoder() : table_(kMaxTableSize) {}

  /// The peer's SETTINGS_HEADER_TABLE_SIZE, in octets. Costs nothing until the next block, which begins with
  /// the updates that RFC 7541 §4.2 asks for: the smallest of the sizes since the last block, then the last.
  void set_peer_table_limit(std::size_t octets);

  /// A block is begin_block (which writes pending size updates), then its fields in order; nothing ends it.
  /// All append to `out`. When an append throws std::bad_alloc the connection must be given up: the peer's
  /// table would no longer equal ours.
  void begin_block(std::vector<std::byte>& out) {
    if (smallest_size_ != kNoChange) [[unlikely]]
      append_size_updates(out);
  }

  /// `never_indexed`: sent as a literal that no intermediary may put into a table either (RFC 7541 §7.1.3).
  /// `name` is lower case. The views need to live for the call only, must not be views into table(), and are
  /// shorter than 2^32.
  void field(std::string_view name, std::string_view value, bool never_indexed, std::vector<std::byte>& out);

  [[nodiscard]] const DynamicTable& table() const { return table_; }

 private:
  void append_size_updates(std::vector<std::byte>& out);
  void resize_table(std::size_t size, std::vector<std::byte>& out);
  [[gnu::noinline]] void append_searched(std::string_view name, std::string_view value,
                                         std::vector<std::byte>& out);
  static std::size_t guess_for(std::string_view name, std::string_view value);
  [[gnu::noinline]] void append_new(std::string_view name, std::string_view value,
                                    std::vector<std::byte>& out);
  [[gnu::noinline]] void append_never_indexed(std::string_view name, std::string_view value,
                                              std::vector<std::byte>& out) const;
  [[nodiscard]] std::uint32_t find_name(std::uint64_t name_hash, std::string_view name) const;

  static constexpr std::size_t kNoChange = std::numeric_limits<std::size_t>::max();

  // Where a field was last found, by a few properties that cost next to nothing. A guess is checked in full;
  // a wrong one costs the search that it would have saved. One octet each: the table never has more entries
  // than seven bits can number.
  static constexpr std::uint32_t kGuessedNumbers = 128;
  static_assert(kMaxTableSize / kEntryOverhead <= kGuessedNumbers);
  struct Guess {
    static constexpr std::uint8_t kOfStaticTable = 0x80;
    std::uint8_t octet = kOfStaticTable | 1;

    static Guess in_table(std::uint32_t number) {
      return {static_cast<std::uint8_t>(number % kGuessedNumbers)};
    }
    static Guess in_static_table(std::uint32_t index) {
      return {static_cast<std::uint8_t>(index | kOfStaticTable)};
    }
    [[nodiscard]] bool is_static() const { return (octet & kOfStaticTable) != 0; }
    /// Of the entry, by its last seven bits; in the static table, its index.
    [[nodiscard]] std::uint32_t number() const { return octet & (kGuessedNumbers - 1); }
  };
  static constexpr std::size_t kGuesses = 64;

  DynamicTable table_;
  FieldIndex index_;
  std::array<Guess, kGuesses> guesses_;
  std::size_t peer_limit_ = kDefaultTableSize;
  std::size_t smallest_size_ = kNoChange;  // since the last block
};

}  // namespace farcall::hpack
