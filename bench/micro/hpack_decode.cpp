// Header blocks on their way in.

#include "fields.hpp"
#include "hpack/decoder.hpp"

#include <benchmark/benchmark.h>

#include <string_view>

namespace bench::micro {
namespace {

class Sink final : public farcall::hpack::FieldSink {
 public:
  farcall::hpack::FieldNote on_field(std::string_view name, std::string_view value,
                                     const farcall::hpack::FieldOrigin& /*origin*/) override {
    octets_ += name.size() + value.size();
    return 0;
  }
  [[nodiscard]] std::size_t octets() const { return octets_; }

 private:
  std::size_t octets_ = 0;
};

/// The second block of these fields: the first has filled the tables.
void decode_again_and_again(benchmark::State& state, const Fields& fields, bool never_indexed) {
  farcall::hpack::Encoder encoder;
  farcall::hpack::Decoder decoder;
  Sink sink;
  std::vector<std::byte> block;
  for (int i = 0; i < 2; ++i) {
    block.clear();
    encode(encoder, fields, never_indexed, block);
    if (decoder.decode(block, true, sink)) state.SkipWithError("the first block is refused");
  }
  for (auto _ : state) {
    if (decoder.decode(block, true, sink)) state.SkipWithError("a block is refused");
  }
  benchmark::DoNotOptimize(sink.octets());
  state.counters["octets"] = static_cast<double>(block.size());
}

void decode_indexed(benchmark::State& state) {
  decode_again_and_again(state, request_fields(), false);
}
BENCHMARK(decode_indexed);

void decode_20_entries_indexed(benchmark::State& state) {
  decode_again_and_again(state, metadata_fields(20, true), false);
}
BENCHMARK(decode_20_entries_indexed);

void decode_20_entries_literal_huffman(benchmark::State& state) {
  decode_again_and_again(state, metadata_fields(20, true), true);
}
BENCHMARK(decode_20_entries_literal_huffman);

void decode_20_entries_literal_plain(benchmark::State& state) {
  decode_again_and_again(state, metadata_fields(20, false), true);
}
BENCHMARK(decode_20_entries_literal_plain);

}  // namespace
}  // namespace bench::micro
