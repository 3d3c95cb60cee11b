#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

/// The benchmark.ComplexMessage that is sent, in protobuf's encoding: made without the library, for the
/// programs that do not have it, and parsed by those that do.
class ComplexMessageBytes {
 public:
  [[nodiscard]] static std::string make() {
    ComplexMessageBytes message;
    message.put_text(1, "Penryn to Falmouth Docks, calling at Penmere and Falmouth Town");
    message.put_fixed<8>(2, std::bit_cast<std::uint64_t>(92.75));
    message.put_fixed<4>(3, std::bit_cast<std::uint32_t>(88.5F));
    message.put_varint(4, 1);
    message.put_varint(5, 2);
    message.put_varint(6, 1'700'000'000'000);
    message.put_text(7, "Morwenna Trevithick");
    for (std::uint64_t i = 0; i < 5; ++i) {
      ComplexMessageBytes carriage;
      carriage.put_text(1, "15312" + std::to_string(i));
      carriage.put_varint(2, 1 + i % 3);
      carriage.put_varint(3, 60 + 8 * i);
      message.put_text(9, carriage.bytes_);
    }
    return message.bytes_;
  }

 private:
  void put_number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void put_varint(unsigned field, std::uint64_t value) {
    put_number(field << 3);
    put_number(value);
  }
  template <int size>
  void put_fixed(unsigned field, std::uint64_t value) {
    put_number(field << 3 | (size == 8 ? 1 : 5));
    for (int i = 0; i < size; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  void put_text(unsigned field, std::string_view text) {
    put_number(field << 3 | 2);
    put_number(text.size());
    bytes_ += text;
  }

  std::string bytes_;
};

}  // namespace bench
