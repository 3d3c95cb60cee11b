// What a busy stream takes from the heap once it is warm: nothing, on either side.

#include "base/bytes.hpp"
#include "failing_allocator.hpp"
#include "http2/connection.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <variant>

namespace farcall::http2 {
namespace {

/// All that `from` has to say, told to `to`, which consumes its payload at once. Returns how much that was.
std::size_t carry(Connection& from, Connection& to, StreamKey& stream) {
  std::array<base::ByteView, 4> gather;
  std::size_t payload = 0;
  while (from.poll_output(gather) > 0) {
    to.receive(gather[0], base::TimePoint{});
    from.consumed(gather[0].size());
    while (Event* happened = to.poll_event()) {
      if (auto* headers = std::get_if<event::Headers>(happened)) stream = headers->stream;
      auto* data = std::get_if<event::Data>(happened);
      if (data == nullptr) continue;
      payload += data->data.size();
      to.release_window(data->stream, data->data.size());
    }
  }
  return payload;
}

/// The bytes that arrive of `messages` small ones, and what they have cost.
struct Streamed {
  std::size_t bytes = 0;
  std::size_t allocations = 0;
};

TEST(Allocations, SmallMessagesOfABusyStreamNeedNone) {
  Connection client(Role::client, Config(), base::TimePoint{});
  Connection server(Role::server, Config(), base::TimePoint{});
  http::HeaderMap request;
  request.append(":method", "POST");
  request.append(":scheme", "http");
  request.append(":authority", "somewhere");
  request.append(":path", "/package.Service/Method");
  http::HeaderMap response;
  response.append(":status", "200");
  StreamKey stream;
  static_cast<void>(client.open_stream(request, true));
  for (int i = 0; i < 3; ++i) {
    carry(client, server, stream);
    carry(server, client, stream);
  }
  server.send_headers(stream, response, false);

  const auto stream_messages = [&](int rounds, int messages) {
    Streamed streamed;
    const std::size_t before = testing_memory::allocations_left = 1'000'000;
    StreamKey ignored;
    for (int round = 0; round < rounds; ++round) {
      for (int i = 0; i < messages; ++i) {
        static_cast<void>(server.send_data(stream, base::as_bytes("message"), false));
      }
      // Window updates let the rest go.
      for (std::size_t moved = 1; moved > 0; streamed.bytes += moved) {
        moved = carry(server, client, ignored);
        carry(client, server, ignored);
      }
    }
    streamed.allocations = before - testing_memory::allocations_left;
    testing_memory::allocations_left = testing_memory::kUnlimited;
    return streamed;
  };
  for (int messages : {1, 100, 9'000}) {
    static_cast<void>(stream_messages(200, messages));  // windows are returned, and widened, now and then
    const Streamed streamed = stream_messages(20, messages);
    EXPECT_EQ(streamed.bytes, 20U * static_cast<std::size_t>(messages) * 7) << messages << " at a time";
    EXPECT_EQ(streamed.allocations, 0U) << messages << " at a time";
  }
}

}  // namespace
}  // namespace farcall::http2
