#include "hpack/decoder.hpp"

#include "hpack/static_table.hpp"

#include <algorithm>

namespace farcall::hpack {
namespace {

// RFC 7541 §4.2: the smallest and the final size, when the limit changed more than once.
constexpr int kMaxSizeUpdates = 2;

/// `number`: how many were inserted before it.
std::uint32_t name_of_entry(std::uint32_t number) {
  return kStaticCount + 1 + (number & 0x7fff'ffff);
}

}  // namespace

void Decoder::set_table_limit(std::size_t octets) {
  limit_ = octets;
  if (octets < table_.max_size()) required_size_ = std::min(required_size_, octets);
}

std::optional<DecodeError> Decoder::decode(base::ByteView fragment, bool last, FieldSink& sink) {
  if (failure_) return failure_;
  if (!block_begun_) begin_block();
  Cursor in(fragment);
  while (!in.empty()) {
    const auto octet = std::to_integer<std::uint8_t>(*in.at);
    Result error;
    if (state_ == State::kRepresentation && octet > 0x80 && octet < 0xff && field_begun_) [[likely]] {
      // What nearly every field of a warm connection is: one octet with an index.
      ++in.at;
      error = emit_indexed(octet & 0x7f, sink);
    } else {
      error = step(in, sink);
    }
    if (error) return failure_ = error;
  }
  if (last) return failure_ = end_block();
  const bool in_value = state_ == State::kValueLength || state_ == State::kValueText ||
                        (state_ == State::kInteger && meaning_ == Meaning::kValueLength);
  if (in_value && name_index_ == 0) name_.keep();
  return std::nullopt;
}

void Decoder::begin_block() {
  block_begun_ = true;
  field_begun_ = false;
  size_updates_ = 0;
  skipped_fields_ = 0;
}

Decoder::Result Decoder::end_block() {
  if (state_ != State::kRepresentation) return DecodeError::kTruncated;
  if (required_size_ != kNothingRequired) return DecodeError::kSizeUpdateMissing;
  block_begun_ = false;
  name_.release_excess();
  value_.release_excess();
  return std::nullopt;
}

Decoder::Result Decoder::step(Cursor& in, FieldSink& sink) {
  switch (state_) {
    case State::kRepresentation:
      return begin_representation(in, sink);
    case State::kInteger: {
      Progress progress = Progress::kNeedsMore;
      if (const Result error = integer_.read(in, progress)) return error;
      return progress == Progress::kDone ? finish_integer(in, sink) : std::nullopt;
    }
    case State::kNameLength:
      return begin_length(Meaning::kNameLength, in, sink);
    case State::kNameText:
      return read_name(in);
    case State::kValueLength:
      return begin_length(Meaning::kValueLength, in, sink);
    case State::kValueText:
      return read_value(in, sink);
  }
  return std::nullopt;
}

Decoder::Result Decoder::begin_representation(Cursor& in, FieldSink& sink) {
  const auto first = std::to_integer<std::uint8_t>(*in.at);
  if ((first & 0xe0) == 0x20) {  // RFC 7541 §6.3
    if (field_begun_) return DecodeError::kSizeUpdateInsideBlock;
    if (size_updates_ == kMaxSizeUpdates) return DecodeError::kTooManySizeUpdates;
    ++size_updates_;
    return begin_integer(Meaning::kTableSize, 5, in, sink);
  }
  if (!field_begun_) {
    if (required_size_ != kNothingRequired) return DecodeError::kSizeUpdateMissing;
    field_begun_ = true;
  }
  if ((first & 0x80) != 0) return begin_integer(Meaning::kIndex, 7, in, sink);  // §6.1
  if ((first & 0x40) != 0) {                                                    // §6.2.1
    indexing_ = Indexing::kIncremental;
    return begin_integer(Meaning::kNameIndex, 6, in, sink);
  }
  indexing_ = (first & 0x10) != 0 ? Indexing::kNever : Indexing::kNone;  // §6.2.3, §6.2.2
  return begin_integer(Meaning::kNameIndex, 4, in, sink);
}

Decoder::Result Decoder::begin_integer(Meaning meaning, int prefix_bits, Cursor& in, FieldSink& sink) {
  meaning_ = meaning;
  if (integer_.begin(*in.at++, prefix_bits) == Progress::kDone) return finish_integer(in, sink);
  state_ = State::kInteger;
  return std::nullopt;
}

Decoder::Result Decoder::finish_integer(Cursor& in, FieldSink& sink) {
  const std::uint32_t value = integer_.value();
  switch (meaning_) {
    case Meaning::kIndex:
      return emit_indexed(value, sink);
    case Meaning::kNameIndex:
      return begin_literal(value);
    case Meaning::kTableSize:
      return update_size(value);
    case Meaning::kNameLength:
      name_.begin(huffman_, value, string_limit());
      state_ = State::kNameText;
      return read_name(in);  // now, for an empty string is complete without another octet
    case Meaning::kValueLength:
      value_.begin(huffman_, value, string_limit());
      state_ = State::kValueText;
      return read_value(in, sink);
  }
  return std::nullopt;
}

Decoder::Result Decoder::begin_length(Meaning meaning, Cursor& in, FieldSink& sink) {
  huffman_ = (*in.at & std::byte{0x80}) != std::byte{0};
  return begin_integer(meaning, 7, in, sink);
}

Decoder::Result Decoder::read_name(Cursor& in) {
  Progress progress = Progress::kNeedsMore;
  if (const Result error = name_.read(in, progress)) return error;
  if (progress == Progress::kDone) state_ = State::kValueLength;
  return std::nullopt;
}

Decoder::Result Decoder::read_value(Cursor& in, FieldSink& sink) {
  Progress progress = Progress::kNeedsMore;
  if (const Result error = value_.read(in, progress)) return error;
  if (progress == Progress::kDone) finish_literal(sink);
  return std::nullopt;
}

Decoder::Result Decoder::emit_indexed(std::uint32_t index, FieldSink& sink) {
  state_ = State::kRepresentation;
  if (index > kStaticCount) {
    const std::uint32_t age = index - kStaticCount - 1;
    if (age >= table_.count()) return DecodeError::kIndexOutOfRange;
    const DynamicTable::Entry field = table_[age];
    FieldOrigin origin;
    origin.note = field.note;
    origin.entry = name_of_entry(table_.inserted() - 1 - age);
    const FieldNote note = sink.on_field(field.name, field.value, origin);
    if (note != field.note) table_.set_note(age, note);
    return std::nullopt;
  }
  if (index == 0) return DecodeError::kIndexZero;
  const StaticField& field = static_field(index);
  FieldOrigin origin;
  origin.entry = index;
  static_cast<void>(sink.on_field(field.name, field.value, origin));
  return std::nullopt;
}

Decoder::Result Decoder::begin_literal(std::uint32_t name_index) {
  if (name_index != 0 && !is_known(name_index)) return DecodeError::kIndexOutOfRange;
  name_index_ = name_index;
  state_ = name_index == 0 ? State::kNameLength : State::kValueLength;
  return std::nullopt;
}

void Decoder::finish_literal(FieldSink& sink) {
  state_ = State::kRepresentation;
  const bool name_is_literal = name_index_ == 0;
  if (value_.too_long() || (name_is_literal && name_.too_long())) {
    ++skipped_fields_;
    // Longer than string_limit, so larger than the table (RFC 7541 §4.4).
    if (indexing_ == Indexing::kIncremental) table_.clear();
    return;
  }
  const DynamicTable::Entry lender =
      name_is_literal ? DynamicTable::Entry{name_.text(), {}} : entry(name_index_);
  FieldOrigin origin;
  origin.note_of_name = lender.note;
  origin.never_indexed = indexing_ == Indexing::kNever;
  // The sink comes first: the insertion may evict the entry that lends its name.
  const FieldNote note = sink.on_field(lender.name, value_.text(), origin);
  if (indexing_ == Indexing::kIncremental) table_.insert(lender.name, value_.text(), note);
}

Decoder::Result Decoder::update_size(std::uint32_t size) {
  state_ = State::kRepresentation;
  if (size > limit_) return DecodeError::kSizeUpdateAboveLimit;
  if (required_size_ != kNothingRequired) {
    if (size > required_size_) return DecodeError::kSizeUpdateMissing;
    required_size_ = kNothingRequired;
  }
  table_.set_max_size(size);
  return std::nullopt;
}

bool Decoder::is_known(std::uint32_t index) const {
  return index <= std::uint64_t{kStaticCount} + table_.count();
}

DynamicTable::Entry Decoder::entry(std::uint32_t index) const {
  if (index > kStaticCount) return table_[index - kStaticCount - 1];
  const StaticField& field = static_field(index);
  return {field.name, field.value};
}

std::size_t Decoder::string_limit() const {
  return std::max(max_string_length_, table_.max_size());
}

}  // namespace farcall::hpack
