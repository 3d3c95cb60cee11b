// Messages out of the payload of DATA frames.

#include "rpc/envelope.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstddef>

namespace bench::micro {
namespace {

using farcall::Buffer;
using farcall::rpc::MessageReader;

Buffer messages(std::size_t count, std::size_t size) {
  Buffer bytes((farcall::rpc::kPrefixSize + size) * count);
  std::fill_n(bytes.data(), bytes.size(), std::byte{'x'});
  for (std::size_t i = 0; i < count; ++i)
    farcall::rpc::write_prefix(bytes.data() + i * (farcall::rpc::kPrefixSize + size), size);
  return bytes;
}

/// As they come when the whole payload is there at once, or in fragments of `fragment` bytes.
void read_messages(benchmark::State& state, std::size_t count, std::size_t size, std::size_t fragment) {
  const Buffer bytes = messages(count, size);
  MessageReader reader(64 * 1024 * 1024);
  for (auto _ : state) {
    std::size_t seen = 0;
    for (std::size_t at = 0; at < bytes.size(); at += fragment) {
      reader.feed(bytes.view().subspan(at, std::min(fragment, bytes.size() - at)));
      while (reader.next() == MessageReader::Next::message) seen += reader.message().size() + 1;
    }
    if (seen != count * (size + 1)) state.SkipWithError("messages are missing");
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void read_1000_small_messages_whole(benchmark::State& state) {
  read_messages(state, 1000, 4, 16'384);
}
BENCHMARK(read_1000_small_messages_whole);

void read_one_message_of_1_mib_in_frames(benchmark::State& state) {
  read_messages(state, 1, 1 << 20, 16'384);
}
BENCHMARK(read_one_message_of_1_mib_in_frames);

}  // namespace
}  // namespace bench::micro
