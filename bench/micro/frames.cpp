// Frames: cut out of what was read, and written.

#include "http2/frame/reader.hpp"
#include "http2/frame/writer.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>

namespace bench::micro {
namespace {

using farcall::Buffer;
using farcall::http2::FrameHeader;
using farcall::http2::FrameLength;
using farcall::http2::FrameType;
using farcall::http2::StreamId;

/// A read's worth of DATA frames with one small message each.
Buffer data_frames(std::size_t count) {
  constexpr std::array<std::byte, 9> kPayload{};
  Buffer frames;
  for (std::size_t i = 0; i < count; ++i) {
    farcall::http2::write::append_header(
        frames, {FrameLength(kPayload.size()), FrameType::data, farcall::http2::flag::kEndStream,
                 StreamId(static_cast<std::uint32_t>(2 * i + 1))});
    frames.append(kPayload);
  }
  return frames;
}

void read_100_data_frames(benchmark::State& state) {
  const Buffer frames = data_frames(100);
  farcall::http2::FrameReader reader;
  for (auto _ : state) {
    farcall::base::ByteView input = frames.view();
    while (reader.next(input).kind != farcall::http2::FramePiece::Kind::none) {
    }
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(read_100_data_frames);

void write_100_window_updates(benchmark::State& state) {
  Buffer out;
  for (auto _ : state) {
    out.clear();
    for (std::uint32_t i = 0; i < 100; ++i)
      farcall::http2::write::window_update(out, StreamId(2 * i + 1), 65'535);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(write_100_window_updates);

void write_100_header_blocks(benchmark::State& state) {
  Buffer out;
  std::array<std::byte, farcall::http2::kFrameHeaderSize + 12> room{};
  for (auto _ : state) {
    out.clear();
    for (std::uint32_t i = 0; i < 100; ++i)
      farcall::http2::write::header_block(out, StreamId(2 * i + 1), room, false, FrameLength::kDefaultMax);
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(write_100_header_blocks);

}  // namespace
}  // namespace bench::micro
