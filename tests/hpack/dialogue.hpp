#pragma once

// What the HPACK tests speak in: fields, blocks written in hex, and one decoder that is asked to read them.

#include "base/bytes.hpp"
#include "hpack/decoder.hpp"
#include "hpack/encoder.hpp"

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::hpack {

inline std::ostream& operator<<(std::ostream& out, DecodeError error) {
  return out << name(error);
}

}  // namespace farcall::hpack

namespace farcall::hpack::test {

using Bytes = std::vector<std::byte>;

struct TestField {
  std::string name;
  std::string value;
  bool never_indexed = false;

  bool operator==(const TestField&) const = default;
};
using Fields = std::vector<TestField>;

inline std::ostream& operator<<(std::ostream& out, const TestField& field) {
  return out << field.name << ": " << field.value << (field.never_indexed ? " (never indexed)" : "");
}

/// Octets from hex digits; blanks are for the reader.
inline Bytes hex(std::string_view digits) {
  Bytes bytes;
  int high = -1;
  for (const char c : digits) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      bytes.push_back(static_cast<std::byte>(high * 16 + digit));
      high = -1;
    }
  }
  return bytes;
}

inline std::string to_hex(base::ByteView bytes) {
  std::string digits;
  for (const std::byte b : bytes) {
    digits += "0123456789abcdef"[std::to_integer<int>(b >> 4)];
    digits += "0123456789abcdef"[std::to_integer<int>(b & std::byte{15})];
  }
  return digits;
}

/// A block in parts: hex("40 01 61") + hex("7f...").
inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

/// `count` times the same octet.
inline Bytes times(std::size_t count, char octet) {
  return {count, static_cast<std::byte>(octet)};
}

/// How a block is cut into fragments.
enum class Cut { kWhole, kSingleOctets };

class Recorder final : public FieldSink {
 public:
  FieldNote on_field(std::string_view name, std::string_view value, const FieldOrigin& origin) override {
    fields.push_back({std::string(name), std::string(value), origin.never_indexed});
    return 0;
  }
  Fields fields;
};

struct Outcome {
  Fields fields;
  std::optional<DecodeError> error;
};

/// Decodes a fragment from memory of its own that is gone afterwards, so that a view kept too long is found.
inline std::optional<DecodeError> decode_copy(Decoder& decoder, base::ByteView fragment, bool last,
                                              FieldSink& sink) {
  const Bytes copy(fragment.begin(), fragment.end());
  return decoder.decode(copy, last, sink);
}

inline Outcome decode(Decoder& decoder, base::ByteView block, Cut cut = Cut::kWhole) {
  Recorder recorder;
  if (cut == Cut::kWhole || block.empty()) {
    const auto error = decode_copy(decoder, block, true, recorder);
    return {recorder.fields, error};
  }
  for (std::size_t i = 0; i < block.size(); ++i) {
    const auto error = decode_copy(decoder, block.subspan(i, 1), i + 1 == block.size(), recorder);
    if (error) return {recorder.fields, error};
  }
  return {recorder.fields, std::nullopt};
}

inline Bytes encode(Encoder& encoder, const Fields& fields) {
  Bytes block;
  encoder.begin_block(block);
  for (const TestField& field : fields) encoder.field(field.name, field.value, field.never_indexed, block);
  return block;
}

/// The entries, newest first.
inline Fields entries(const DynamicTable& table) {
  Fields fields;
  for (std::uint32_t age = 0; age < table.count(); ++age) {
    const DynamicTable::Entry entry = table[age];
    fields.push_back({std::string(entry.name), std::string(entry.value)});
  }
  return fields;
}

}  // namespace farcall::hpack::test
