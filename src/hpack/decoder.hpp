#pragma once

#include "base/bytes.hpp"
#include "hpack/cursor.hpp"
#include "hpack/decode_error.hpp"
#include "hpack/dynamic_table.hpp"
#include "hpack/integer.hpp"
#include "hpack/string_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace farcall::hpack {

/// Where a field comes from: what tells a sink that it has looked at the same name or value before.
struct FieldOrigin {
  /// What on_field has returned for the entry of the dynamic table that is the field.
  FieldNote note = 0;
  /// The same, of the entry that lends a literal its name.
  FieldNote note_of_name = 0;
  /// Names the table's entry that is the field: the static index, or a number above those that no other entry
  /// has while 2^31 are inserted. 0: the field is a literal.
  std::uint32_t entry = 0;
  /// The field came as a literal that no intermediary may ever put into a table (RFC 7541 §6.2.3).
  bool never_indexed = false;
};

/// Where decoded fields go, in the order of the block. Called from inside Decoder::decode only; the views are
/// valid during the call. It cannot fail: a sink that has enough (header list too large) stops storing, while
/// the decoder goes on to keep its table in step with the peer's.
class FieldSink {
 public:
  /// Returns what is to be told, as FieldOrigin::note, when a field comes from the table's entry that this
  /// one comes from or makes; 0 for nothing. It should say only what follows from the name and the value.
  virtual FieldNote on_field(std::string_view name, std::string_view value, const FieldOrigin& origin) = 0;

 protected:
  ~FieldSink() = default;
};

/// The receiving side of one connection's HPACK context (RFC 7541).
///
/// Header blocks go in one after the other, each in any number of fragments split anywhere; what a fragment
/// cuts is taken up again where it was left, so the work is linear in the octets. Every block must be decoded
/// to its end, also those of refused streams, for each may change the table.
///
/// One thread at a time. Memory: the dynamic table (at most twice the table limit and a few octets for each
/// entry) and the two strings of a field that is cut, each no longer than the string limit.
class Decoder {
 public:
  /// The longest string that is kept unless set_max_string_length says otherwise, in octets.
  static constexpr std::size_t kDefaultMaxStringLength = 65536;

  /// `table_limit`: the SETTINGS_HEADER_TABLE_SIZE that the peer's encoder has acknowledged, in octets.
  explicit Decoder(std::size_t table_limit = kDefaultTableSize) : table_(table_limit), limit_(table_limit) {}

  /// From the next string on. A name or value that is longer, once decoded, is not buffered, and its field is
  /// skipped: it does not reach the sink, and skipped_fields counts it. The table stays in step with the
  /// peer's, since every string that an entry of the table can hold is kept whatever the limit says: a limit
  /// below the table's maximum size counts as that size, and a string above both belongs to an entry that no
  /// table would take, and that empties it (RFC 7541 §4.4, §7.4).
  void set_max_string_length(std::size_t octets) { max_string_length_ = octets; }

  /// To be called when the peer acknowledges a SETTINGS_HEADER_TABLE_SIZE, between two blocks. A limit below
  /// the table's size obliges the peer to begin its next block with a size update (RFC 7541 §4.2).
  void set_table_limit(std::size_t octets);

  /// Decodes one fragment of a header block. `last` says that the block ends with it. Complete fields have
  /// gone to `sink` when it returns, also those before an error. An error ends the connection (RFC 9113
  /// §4.3); every later call returns it again. Throws std::bad_alloc only, after which the decoder must not
  /// be used again.
  [[nodiscard]] std::optional<DecodeError> decode(base::ByteView fragment, bool last, FieldSink& sink);

  /// Gives back memory that holds nothing.
  void trim() {
    if (block_begun_) return;
    name_.trim();
    value_.trim();
  }

  /// The fields of the current block, or of the last when none has begun since, that were too long to be
  /// kept.
  [[nodiscard]] std::uint32_t skipped_fields() const { return skipped_fields_; }

  [[nodiscard]] const DynamicTable& table() const { return table_; }

 private:
  // What the next octet belongs to.
  enum class State : std::uint8_t {
    kRepresentation,
    kInteger,
    kNameLength,
    kNameText,
    kValueLength,
    kValueText
  };
  // What an integer will mean once it is complete.
  enum class Meaning : std::uint8_t { kIndex, kNameIndex, kTableSize, kNameLength, kValueLength };
  enum class Indexing : std::uint8_t { kIncremental, kNone, kNever };
  using Result = std::optional<DecodeError>;

  Result step(Cursor& in, FieldSink& sink);
  Result begin_representation(Cursor& in, FieldSink& sink);
  Result begin_integer(Meaning meaning, int prefix_bits, Cursor& in, FieldSink& sink);
  Result finish_integer(Cursor& in, FieldSink& sink);
  Result begin_length(Meaning meaning, Cursor& in, FieldSink& sink);
  Result read_name(Cursor& in);
  Result read_value(Cursor& in, FieldSink& sink);
  Result emit_indexed(std::uint32_t index, FieldSink& sink);
  Result begin_literal(std::uint32_t name_index);
  Result update_size(std::uint32_t size);
  void finish_literal(FieldSink& sink);
  void begin_block();
  Result end_block();

  [[nodiscard]] bool is_known(std::uint32_t index) const;
  [[nodiscard]] DynamicTable::Entry entry(std::uint32_t index) const;
  [[nodiscard]] std::size_t string_limit() const;

  static constexpr std::size_t kNothingRequired = std::numeric_limits<std::size_t>::max();

  DynamicTable table_;
  std::size_t limit_;
  // The peer owes a size update of at most this; the smallest limit since its last block, when that was a
  // reduction.
  std::size_t required_size_ = kNothingRequired;
  std::size_t max_string_length_ = kDefaultMaxStringLength;

  State state_ = State::kRepresentation;
  Meaning meaning_ = Meaning::kIndex;
  Indexing indexing_ = Indexing::kNone;
  bool huffman_ = false;      // of the string whose length is being read
  bool block_begun_ = false;  // an octet of the current block, or an empty fragment, was seen
  bool field_begun_ = false;  // size updates are over
  std::uint8_t size_updates_ = 0;
  std::uint32_t name_index_ = 0;  // of the literal being read; 0: its name is in name_
  std::uint32_t skipped_fields_ = 0;
  IntegerReader integer_;
  StringReader name_;
  StringReader value_;
  Result failure_;
};

}  // namespace farcall::hpack
