// A stream's send queue: whatever the pieces and however they are cut, what comes out is what went in; and
// small messages that are copied make the same frames as buffers that are handed over.

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "http2/stream/send.hpp"
#include "testing/frame_script.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using testing::frames;

std::string drained(Output& output) {
  std::array<base::ByteView, 8> gather;
  std::string bytes;
  if (output.built() > 0) output.seal();
  for (std::size_t used = output.gather(gather); output.in_flight() > 0; used = output.gather(gather)) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < used; ++i) {
      bytes += base::as_text(gather[i]);
      size += gather[i].size();
    }
    output.consume(size);
  }
  return bytes;
}

TEST(SendQueue, GivesOutWhatWentInWhateverThePiecesAndTheCuts) {
  for (std::uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 draw(seed);
    SendQueue queue;
    Buffer spare;
    Output output;
    std::string in;
    std::string out;
    for (int step = 0; step < 300; ++step) {
      if (draw() % 3 != 0) {
        const std::size_t size = draw() % 8 == 0 ? draw() % 5'000 : draw() % 40;
        const std::string piece(size, static_cast<char>('a' + step % 26));
        if (draw() % 2 == 0) {
          queue.add(Buffer::copy_of(piece), spare);
        } else {
          queue.add(base::as_bytes(piece), spare);
        }
        in += piece;
      } else {
        queue.move_to(output, draw() % (queue.bytes() + 1), spare);
        out += drained(output);
      }
      ASSERT_EQ(queue.bytes(), in.size() - out.size()) << "seed " << seed;
    }
    queue.move_to(output, queue.bytes(), spare);
    out += drained(output);
    ASSERT_EQ(out, in) << "seed " << seed;
    EXPECT_FALSE(queue.pending());
  }
}

TEST(Gathered, KeepsAtMostTwiceWhatItHoldsHoweverMuchPassesThroughIt) {
  Gathered gathered;
  Buffer spare;
  const std::string piece(100, 'p');
  for (int i = 0; i < 10; ++i) gathered.append(base::as_bytes(piece), spare);
  for (int i = 0; i < 10'000; ++i) {
    gathered.append(base::as_bytes(piece), spare);
    gathered.drop_front(piece.size(), spare);
    ASSERT_EQ(gathered.view().size(), 1'000U);
  }
  EXPECT_LE(gathered.capacity(), 2'200U);
}

TEST(Gathered, HandsItsMemoryOnWhenItIsEmptyAndKeepsNextToNothing) {
  Gathered gathered;
  Buffer spare;
  const std::string much(10'000, 'm');
  gathered.append(base::as_bytes(much), spare);
  gathered.drop_front(much.size(), spare);
  EXPECT_LE(gathered.capacity(), Gathered::kSmallest);
  EXPECT_GE(spare.capacity(), much.size());
  EXPECT_TRUE(spare.empty());
  const std::byte* where = spare.data();
  Gathered another;
  another.append(base::as_bytes("m"), spare);
  EXPECT_EQ(another.view().data(), where) << "the next one that fills takes it";
}

enum class Way : std::uint8_t { handed_over, copied };

/// A server that answers one request with messages of these sizes, as the windows open up bit by bit.
std::string conversation(Way way, const std::vector<std::size_t>& sizes, std::uint32_t window) {
  Connection engine(Role::server, Config(), base::TimePoint{});
  std::string sent;
  std::string told;
  StreamKey stream;
  const auto flow = [&] {
    std::array<base::ByteView, 8> gather;
    for (bool more = true; more;) {
      more = false;
      while (Event* happened = engine.poll_event()) {
        more = true;
        told += std::to_string(happened->index()) + ' ';
        if (auto* headers = std::get_if<event::Headers>(happened)) stream = headers->stream;
      }
      while (engine.poll_output(gather) > 0) {
        more = true;
        sent += base::as_text(gather[0]);
        engine.consumed(gather[0].size());
      }
    }
  };
  const auto says = [&](const std::string& bytes) {
    engine.receive(base::as_bytes(bytes), base::TimePoint{});
    flow();
  };
  says(frames().preface().settings({{testing::Setting::initial_window_size, window}}).bytes());
  says(frames().headers(1).request().end_stream().bytes());
  http::HeaderMap headers;
  headers.append(":status", "200");
  engine.send_headers(stream, headers, false);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string message(sizes[i], static_cast<char>('a' + i % 26));
    const bool room = way == Way::handed_over ? engine.send_data(stream, Buffer::copy_of(message), false)
                                              : engine.send_data(stream, base::as_bytes(message), false);
    told += room ? "room " : "full ";
    if (i % 5 == 4) says(frames().window_update(1, 700).bytes());
  }
  engine.send_trailers(stream, headers);
  for (int i = 0; i < 400; ++i) says(frames().window_update(1, 1'000).window_update(0, 1'000).bytes());
  EXPECT_EQ(engine.open_streams(), 0U);
  return sent + '\n' + told;
}

TEST(SendData, MakesTheSameFramesOfBytesThatAreCopiedAsOfBuffersThatAreHandedOver) {
  const std::vector<std::vector<std::size_t>> all = {{7},
                                                     {0, 7},
                                                     {7, 7, 7, 7, 7, 7, 7},
                                                     {1'024, 1'025, 5, 5, 40'000, 5},
                                                     std::vector<std::size_t>(3'000, 30)};
  for (const std::vector<std::size_t>& sizes : all) {
    for (std::uint32_t window : {0U, 10U, 1'000U, 65'535U}) {
      EXPECT_EQ(conversation(Way::copied, sizes, window), conversation(Way::handed_over, sizes, window));
    }
  }
}

}  // namespace
}  // namespace farcall::http2
