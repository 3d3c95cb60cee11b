// Header blocks on their way out.

#include "fields.hpp"

#include <benchmark/benchmark.h>

namespace bench::micro {
namespace {

void encode_again_and_again(benchmark::State& state, const Fields& fields, bool never_indexed) {
  farcall::hpack::Encoder encoder;
  std::vector<std::byte> block;
  encode(encoder, fields, never_indexed, block);
  for (auto _ : state) {
    block.clear();
    encode(encoder, fields, never_indexed, block);
    benchmark::DoNotOptimize(block.data());
  }
  state.counters["octets"] = static_cast<double>(block.size());
}

void encode_indexed(benchmark::State& state) {
  encode_again_and_again(state, request_fields(), false);
}
BENCHMARK(encode_indexed);

void encode_20_entries_indexed(benchmark::State& state) {
  encode_again_and_again(state, metadata_fields(20, true), false);
}
BENCHMARK(encode_20_entries_indexed);

void encode_20_entries_literal_huffman(benchmark::State& state) {
  encode_again_and_again(state, metadata_fields(20, true), true);
}
BENCHMARK(encode_20_entries_literal_huffman);

void encode_20_entries_literal_plain(benchmark::State& state) {
  encode_again_and_again(state, metadata_fields(20, false), true);
}
BENCHMARK(encode_20_entries_literal_plain);

}  // namespace
}  // namespace bench::micro
