// Memory runs out at the first allocation, at the second, at the third: each time the worst that may happen
// is std::bad_alloc to the caller, after which the connection can be destroyed. (Leaks are found by the
// sanitized build.) A program of its own, because failing_allocator.cpp replaces operator new.

#include "failing_allocator.hpp"
#include "http2/connection.hpp"

#include <gtest/gtest.h>

#include <array>
#include <new>
#include <string>

namespace farcall::http2 {
namespace {

http::HeaderMap fields(std::string_view first_name, std::string_view first_value) {
  http::HeaderMap map;
  map.append(first_name, first_value);
  if (first_name == ":method") {
    map.append(":scheme", "http");
    map.append(":authority", "somewhere");
    map.append(":path", "/package.Service/Method");
  }
  map.append("x-field", "a value that no small string holds without memory of its own");
  return map;
}

/// Moves what `from` has to say to `to`. What `to` makes of it is answered as a server of echoes would.
bool carry(Connection& from, Connection& to, bool answer) {
  std::array<base::ByteView, 4> gather;
  bool moved = false;
  while (from.poll_output(gather) > 0) {
    to.receive(gather[0], base::TimePoint{});
    from.consumed(gather[0].size());
    moved = true;
    while (Event* happened = to.poll_event()) {
      auto* data = std::get_if<event::Data>(&*happened);
      if (data == nullptr) continue;
      to.release_window(data->stream, data->data.size());
      if (!answer || !data->end_stream) continue;
      to.send_headers(data->stream, fields(":status", "200"), false);
      to.send_data(data->stream, Buffer(40'000), false);
      to.send_trailers(data->stream, fields("grpc-status", "0"));
    }
  }
  return moved;
}

/// Some calls, a reset, a drain. Returns how many allocations it took.
std::size_t talk(std::size_t allocations) {
  testing_memory::allocations_left = allocations;
  {
    Config config;
    Connection client(Role::client, config, base::TimePoint{});
    Connection server(Role::server, config, base::TimePoint{});
    for (int i = 0; i < 6; ++i) {
      auto key = client.open_stream(fields(":method", "POST"), false);
      client.send_data(*key, Buffer(std::size_t{100} << (2 * i)), i != 5);
      if (i == 5) client.reset(*key, ErrorCode::cancel);
    }
    while (carry(client, server, true) || carry(server, client, false)) {
    }
    server.drain("max_age");
    client.fail(ErrorCode::no_error, "enough");
    while (carry(client, server, true) || carry(server, client, false)) {
    }
  }
  std::size_t used = allocations - testing_memory::allocations_left;
  testing_memory::allocations_left = testing_memory::kUnlimited;
  return used;
}

TEST(OutOfMemory, IsAnExceptionToTheCallerAndNothingWorse) {
  std::size_t needed = talk(1'000'000);
  ASSERT_GT(needed, 10U);
  std::size_t failed = 0;
  for (std::size_t allocations = 0; allocations < needed; ++allocations) {
    try {
      talk(allocations);
    } catch (const std::bad_alloc&) {
      ++failed;
    }
    testing_memory::allocations_left = testing_memory::kUnlimited;
  }
  EXPECT_GT(failed, needed / 2);
}

}  // namespace
}  // namespace farcall::http2
