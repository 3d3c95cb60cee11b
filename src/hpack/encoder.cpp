#include "hpack/encoder.hpp"

#include "base/bytes.hpp"
#include "hpack/field_hash.hpp"
#include "hpack/huffman.hpp"
#include "hpack/integer.hpp"
#include "hpack/static_table.hpp"

#include <algorithm>

namespace farcall::hpack {
namespace {

/// A representation: the bits above the prefix of its first octet, and the prefix's width.
struct Form {
  std::uint8_t flags;
  int prefix_bits;
};
constexpr Form kIndexed{0x80, 7};          // RFC 7541 §6.1
constexpr Form kIncremental{0x40, 6};      // §6.2.1
constexpr Form kWithoutIndexing{0x00, 4};  // §6.2.2
constexpr Form kNeverIndexed{0x10, 4};     // §6.2.3
constexpr Form kSizeUpdate{0x20, 5};       // §6.3
constexpr Form kRawString{0x00, 7};        // §5.2
constexpr Form kHuffmanString{0x80, 7};

[[gnu::always_inline]] inline void append(Form form, std::size_t value, std::vector<std::byte>& out) {
  append_integer(static_cast<std::uint32_t>(value), form.prefix_bits, form.flags, out);
}

void append_string(std::string_view text, std::vector<std::byte>& out) {
  const std::size_t coded = huffman_length(text);
  const bool shorter = coded < text.size();
  append(shorter ? kHuffmanString : kRawString, shorter ? coded : text.size(), out);
  if (!shorter) {
    const base::ByteView raw = base::as_bytes(text);
    out.insert(out.end(), raw.data(), raw.data() + raw.size());
    return;
  }
  const std::size_t start = out.size();
  out.resize(start + coded);
  huffman_encode(text, out.data() + start);
}

/// Names whose value is rarely the same twice: entries of them would only push out others.
bool has_volatile_value(std::string_view name) {
  switch (name.size()) {
    case 3:
      return name == "age";
    case 4:
      return name == "etag";
    case 11:
      return name == "traceparent";
    case 12:
      return name == "grpc-timeout" || name == "grpc-message" || name == "x-request-id";
    case 13:
      return name == "if-none-match" || name == "content-range";
    case 14:
      return name == "content-length" || name == "grpc-trace-bin";
    case 17:
      return name == "if-modified-since";
    case 23:
      return name == "grpc-status-details-bin";
    default:
      return false;
  }
}

}  // namespace

void Encoder::set_peer_table_limit(std::size_t octets) {
  const std::size_t size = std::min(octets, kMaxTableSize);
  // A reduction is acknowledged even when our table was smaller all the time: some decoders insist on it.
  if (size != std::min(peer_limit_, kMaxTableSize) || octets < peer_limit_) {
    smallest_size_ = std::min(smallest_size_, size);
  }
  peer_limit_ = octets;
}

void Encoder::append_size_updates(std::vector<std::byte>& out) {
  const std::size_t last = std::min(peer_limit_, kMaxTableSize);
  if (smallest_size_ < last) resize_table(smallest_size_, out);
  resize_table(last, out);
  smallest_size_ = kNoChange;
}

void Encoder::resize_table(std::size_t size, std::vector<std::byte>& out) {
  append(kSizeUpdate, size, out);
  table_.set_max_size(size);
}

// What a warm connection does for nearly every field; the rest is out of line, to keep this short.
void Encoder::field(std::string_view name, std::string_view value, bool never_indexed,
                    std::vector<std::byte>& out) {
  if (never_indexed) [[unlikely]]
    return append_never_indexed(name, value, out);
  const Guess guess = guesses_[guess_for(name, value)];
  std::uint32_t index = guess.number();
  DynamicTable::Entry entry;
  if (guess.is_static()) {
    entry = {static_field(index).name, static_field(index).value};
  } else {
    const std::uint32_t age = (table_.inserted() - 1 - index) % kGuessedNumbers;
    if (age >= table_.count()) [[unlikely]]
      return append_searched(name, value, out);
    entry = table_[age];
    index = kStaticCount + 1 + age;
  }
  if (!same_text(entry.name, name) || !same_text(entry.value, value)) [[unlikely]] {
    return append_searched(name, value, out);
  }
  append(kIndexed, index, out);
}

std::size_t Encoder::guess_for(std::string_view name, std::string_view value) {
  const auto last = [](std::string_view text) {
    return text.empty() ? 0U : static_cast<unsigned char>(text.back());
  };
  return (name.size() * 5 + value.size() * 3 + last(name) + last(value)) % kGuesses;
}

void Encoder::append_searched(std::string_view name, std::string_view value, std::vector<std::byte>& out) {
  Guess& guess = guesses_[guess_for(name, value)];
  const std::uint64_t hash = hash_field(hash_text(name), hash_text(value));
  if (const std::uint32_t age = index_.find_field(table_, hash, name, value); age != FieldIndex::kNone) {
    append(kIndexed, kStaticCount + 1 + age, out);
    guess = Guess::in_table(table_.inserted() - 1 - age);
  } else if (const std::uint32_t index = find_static_field(hash, name, value)) {
    append(kIndexed, index, out);
    guess = Guess::in_static_table(index);
  } else {
    append_new(name, value, out);
    guess = Guess::in_table(table_.inserted() - 1);  // where it is if it was put into the table
  }
}

void Encoder::append_never_indexed(std::string_view name, std::string_view value,
                                   std::vector<std::byte>& out) const {
  const std::uint32_t name_index = find_name(hash_text(name), name);
  append(kNeverIndexed, name_index, out);
  if (name_index == 0) append_string(name, out);
  append_string(value, out);
}

void Encoder::append_new(std::string_view name, std::string_view value, std::vector<std::byte>& out) {
  const std::uint64_t name_hash = hash_text(name);
  const std::uint32_t name_index = find_name(name_hash, name);
  const bool fits = name.size() + value.size() + kEntryOverhead <= table_.max_size() / 4 * 3;
  // A volatile value goes into the table once, if its name is in neither, so that the next one need not
  // repeat it.
  const bool insert = fits && (name_index == 0 || !has_volatile_value(name));
  append(insert ? kIncremental : kWithoutIndexing, name_index, out);
  if (name_index == 0) append_string(name, out);
  append_string(value, out);
  if (!insert) return;
  index_.add(table_, hash_field(name_hash, hash_text(value)), name_hash);
  table_.insert(name, value);
}

std::uint32_t Encoder::find_name(std::uint64_t name_hash, std::string_view name) const {
  if (const std::uint32_t index = find_static_name(name_hash, name)) return index;
  const std::uint32_t age = index_.find_name(table_, name_hash, name);
  return age == FieldIndex::kNone ? 0 : kStaticCount + 1 + age;
}

}  // namespace farcall::hpack
