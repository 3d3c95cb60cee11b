#pragma once

#include "hpack/encoder.hpp"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bench::micro {

using Fields = std::vector<std::pair<std::string, std::string>>;

/// What a gRPC request carries.
inline Fields request_fields() {
  return {{":method", "POST"},
          {":scheme", "http"},
          {":path", "/benchmark.BenchmarkService/GetSum"},
          {":authority", "127.0.0.1:9100"},
          {"te", "trailers"},
          {"content-type", "application/grpc"},
          {"user-agent", "grpc-c++-farcall"}};
}

/// Metadata of so many entries. The values that Huffman coding makes longer are sent as they are.
inline Fields metadata_fields(std::size_t entries, bool huffman) {
  Fields fields;
  for (std::size_t i = 0; i < entries; ++i) {
    const std::string number = std::to_string(i);
    fields.emplace_back("bench-key-" + number, (huffman ? "a value of entry " : "<{|}~^`[]@#$!\\>") + number);
  }
  return fields;
}

inline void encode(farcall::hpack::Encoder& encoder, const Fields& fields, bool never_indexed,
                   std::vector<std::byte>& out) {
  encoder.begin_block(out);
  for (const auto& [name, value] : fields) encoder.field(name, value, never_indexed, out);
}

}  // namespace bench::micro
