// A request and its response through two engines, without sockets between them.

#include "fields.hpp"
#include "http2/connection.hpp"

#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <variant>

namespace bench::micro {
namespace {

using farcall::Buffer;
using farcall::base::ByteView;
using farcall::base::TimePoint;
using farcall::http::HeaderMap;
using farcall::http2::Connection;
using farcall::http2::Event;
namespace event = farcall::http2::event;

HeaderMap map_of(const Fields& fields) {
  HeaderMap map;
  for (const auto& [name, value] : fields) map.append(name, value);
  return map;
}

void move_bytes(Connection& from, Connection& to) {
  std::array<ByteView, 16> gather;
  while (const std::size_t used = from.poll_output(gather)) {
    std::size_t moved = 0;
    for (std::size_t i = 0; i < used; ++i) {
      to.receive(gather[i], TimePoint{});
      moved += gather[i].size();
    }
    from.consumed(moved);
  }
}

/// A client's and a server's engine; the server answers each request with as many bytes as it came with.
class Exchange {
 public:
  Exchange() {
    for (int i = 0; i < 3; ++i) {
      move_bytes(client_, server_);
      serve();
      move_bytes(server_, client_);
      finish();
    }
  }

  /// `size` bytes each way on each of so many streams; how many were answered.
  std::size_t run(std::size_t streams, std::size_t size) {
    for (std::size_t i = 0; i < streams; ++i) {
      const auto stream = client_.open_stream(request_, false);
      if (!stream) break;
      client_.send_data(*stream, Buffer(size), true);
    }
    std::size_t finished = 0;
    // Windows may ask for several turns.
    for (int turn = 0; turn < 64 && finished < streams; ++turn) {
      move_bytes(client_, server_);
      serve();
      move_bytes(server_, client_);
      finished += finish();
    }
    return finished;
  }

 private:
  void serve() {
    while (Event* next = server_.poll_event()) {
      if (auto* headers = std::get_if<event::Headers>(next)) {
        server_.recycle(std::move(headers->headers));
      } else if (auto* data = std::get_if<event::Data>(next)) {
        server_.release_window(data->stream, data->data.size());
        received_ += data->data.size();
        if (!data->end_stream) continue;
        server_.send_response(data->stream, response_, Buffer(received_), trailers_);
        received_ = 0;
      }
    }
  }

  std::size_t finish() {
    std::size_t finished = 0;
    while (Event* next = client_.poll_event()) {
      if (auto* headers = std::get_if<event::Headers>(next)) {
        client_.recycle(std::move(headers->headers));
      } else if (auto* data = std::get_if<event::Data>(next)) {
        client_.release_window(data->stream, data->data.size());
      } else if (auto* closed = std::get_if<event::StreamClosed>(next)) {
        finished += closed->clean ? 1 : 0;
      }
    }
    return finished;
  }

  HeaderMap request_ = map_of(request_fields());
  HeaderMap response_ = map_of({{":status", "200"}, {"content-type", "application/grpc"}});
  HeaderMap trailers_ = map_of({{"grpc-status", "0"}});
  Connection client_{farcall::http2::Role::client, farcall::http2::Config(), TimePoint{}};
  Connection server_{farcall::http2::Role::server, farcall::http2::Config(), TimePoint{}};
  std::size_t received_ = 0;
};

void request_and_response(benchmark::State& state) {
  Exchange exchange;
  const auto streams = static_cast<std::size_t>(state.range(0));
  const auto size = static_cast<std::size_t>(state.range(1));
  for (auto _ : state) {
    if (exchange.run(streams, size) != streams) {
      state.SkipWithError("a request was not answered");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(streams));
}
BENCHMARK(request_and_response)
    ->ArgNames({"streams", "bytes"})
    ->Args({1, 9})
    ->Args({100, 9})
    ->Args({1, 1 << 16});

}  // namespace
}  // namespace bench::micro
