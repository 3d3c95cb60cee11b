// A response told as a whole is what its parts would have told: the same to the application, the same to the
// connection. And a request sent as a whole is what its steps would have sent.

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"
#include "testing/wire.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using testing::frames;
using testing::FrameScript;

constexpr std::size_t kAtOnce = 1 << 30;

http::HeaderMap request_headers() {
  http::HeaderMap fields;
  fields.append(":method", "POST");
  fields.append(":scheme", "http");
  fields.append(":path", "/s/M");
  return fields;
}

/// A client whose application does nothing but write down what it is told, in parts.
class Client {
 public:
  explicit Client(const Config& config) : engine_(Role::client, config, base::TimePoint{}) { take_output(); }

  void hears(const std::string& bytes, std::size_t step) {
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      const std::size_t size = std::min(step, bytes.size() - at);
      // Freed at once, so that a sanitizer sees a view that is kept too long.
      auto portion = std::make_unique<std::byte[]>(size);
      std::copy_n(base::as_bytes(bytes).begin() + static_cast<std::ptrdiff_t>(at), size, portion.get());
      engine_.receive({portion.get(), size}, base::TimePoint{});
      take_events();
    }
    take_output();
  }
  [[nodiscard]] Connection& engine() { return engine_; }
  void take_output() {
    std::array<base::ByteView, 8> gather;
    while (const std::size_t count = engine_.poll_output(gather)) {
      std::size_t size = 0;
      for (std::size_t i = 0; i < count; ++i) {
        said_ += base::as_text(gather[i]);
        size += gather[i].size();
      }
      engine_.consumed(size);
      take_events();
    }
  }
  [[nodiscard]] const std::string& told() const { return told_; }
  [[nodiscard]] const std::string& said() const { return said_; }
  [[nodiscard]] int whole() const { return whole_; }

 private:
  void take_events() {
    while (Event* happened = engine_.poll_event()) {
      if (auto* response = std::get_if<event::Response>(happened)) {
        ++whole_;
        tell_headers(response->stream_id, event::HeadersKind::initial, false, response->headers);
        tell_data(response->stream, response->data, false);
        tell_headers(response->stream_id, event::HeadersKind::trailers, true, response->trailers);
        tell_closed(event::StreamClosed{response->stream});
      } else if (auto* headers = std::get_if<event::Headers>(happened)) {
        tell_headers(headers->stream_id, headers->kind, headers->end_stream, headers->headers);
      } else if (auto* data = std::get_if<event::Data>(happened)) {
        tell_data(data->stream, data->data, data->end_stream);
      } else if (auto* closed = std::get_if<event::StreamClosed>(happened)) {
        tell_closed(*closed);
      } else if (auto* over = std::get_if<event::ConnectionClosed>(happened)) {
        told_ += "connection closed: " + over->reason + '\n';
      } else {
        told_ += std::to_string(happened->index()) + '\n';
      }
    }
  }
  void tell_headers(std::uint32_t id, event::HeadersKind kind, bool end, const http::HeaderMap& fields) {
    told_ += std::to_string(id) + " headers " + std::to_string(static_cast<int>(kind)) + (end ? " end" : "");
    for (const http::Field field : fields) {
      told_.append(" ").append(field.name).append("=").append(field.value);
    }
    told_ += '\n';
  }
  void tell_data(StreamKey stream, base::ByteView bytes, bool end) {
    // Byte by byte: in how many events they come is not the point.
    for (const std::byte byte : bytes)
      told_ += std::to_string(stream.index) + " byte " + static_cast<char>(byte) + '\n';
    if (end) told_ += std::to_string(stream.index) + " ends\n";
  }
  void tell_closed(const event::StreamClosed& closed) {
    told_ += std::to_string(closed.stream.index) + "/" + std::to_string(closed.stream.generation) +
             " closed " + (closed.clean ? "cleanly" : std::string(name(closed.code))) +
             (closed.unprocessed ? " unprocessed" : "") + '\n';
  }

  Connection engine_;
  std::string told_;
  std::string said_;
  int whole_ = 0;
};

FrameScript head(std::uint32_t id) {
  return frames().headers(id).response().field("content-type", "application/grpc");
}
FrameScript tail(std::uint32_t id) {
  return frames().headers(id).field("grpc-status", "0").end_stream();
}
FrameScript good(std::uint32_t id) {
  return head(id).data(id, "hello").then(tail(id));
}

struct Answer {
  const char* what;
  /// What the server says on stream 9, behind four responses of the good kind.
  FrameScript script;
  /// Whether it comes as a whole.
  bool whole;
  void (*prepare)(Connection& engine, StreamKey stream) = nullptr;
  bool half_closed = true;
  /// What the server says on the streams before.
  FrameScript (*usual)(std::uint32_t id) = good;
};

FrameScript with_length(std::uint32_t id) {
  return head(id).field("content-length", "5").data(id, "hello").then(tail(id));
}
constexpr std::uint32_t kId = 9;
const std::string kLarge(16'384, 'l');
const std::string kMuch(60'000, 'm');

std::vector<Answer> answers() {
  return {
      {"a good one", good(kId), true},
      {"one with other frames around", frames().ping(7).then(good(kId)).window_update(0, 9), true},
      {"a large message", head(kId).data(kId, kLarge).then(tail(kId)), true},
      {"two for one stream", good(kId).then(good(kId)), true},
      {"a frame that is too large", head(kId).data(kId, std::string(16'385, 'x')).then(tail(kId)), false},
      {"other headers", head(kId).field("x", "y").data(kId, "hello").then(tail(kId)), false},
      {"other trailers", head(kId).data(kId, "hello").then(tail(kId)).field("x", "y"), false},
      {"a length", head(kId).field("content-length", "5").data(kId, "hello").then(tail(kId)), false},
      {"a wrong length", head(kId).field("content-length", "4").data(kId, "hello").then(tail(kId)), false},
      {"no message", head(kId).then(tail(kId)), false},
      {"an empty message", head(kId).data(kId).then(tail(kId)), false},
      {"two pieces", head(kId).data(kId, "hel").data(kId, "lo").then(tail(kId)), false},
      {"padding", head(kId).data(kId, "hello").padded(3).then(tail(kId)), false},
      {"priority", head(kId).depends_on(3).data(kId, "hello").then(tail(kId)), false},
      {"no trailers", head(kId).data(kId, "hello").end_stream(), false},
      {"trailers that do not end the stream",
       head(kId).data(kId, "hello").headers(kId).field("grpc-status", "0"), false},
      {"headers in two frames", head(kId).split(10).data(kId, "hello").then(tail(kId)), false},
      {"an early hint before", frames().headers(kId).response("103").then(good(kId)), false},
      {"an unfinished header block before", head(kId).no_end_headers().then(good(kId)), false},
      {"the headers twice", head(kId).then(good(kId)), false},
      {"data before the headers", frames().data(kId, "x").then(good(kId)), false},
      {"another stream in between", head(kId).data(kId, "hello").headers(11).response().then(tail(kId)),
       false},
      {"a reset", head(kId).data(kId, "hello").reset(kId, ErrorCode::cancel), false},
      {"a reset before", frames().reset(kId, ErrorCode::cancel).then(good(kId)), false},
      {"a stream that was never opened", good(101), false},
      {"a stream of the server's", good(2), false},
      {"a stream that is closed", good(1), false},
      {"trailers as headers", tail(kId).then(good(kId)), false},
      {"only the beginning", head(kId).data(kId, "hello"), false},
      {"bytes that are no frame", head(kId).data(kId, "hello").text("\x01\xff"), false},
      {"a stream that was reset", good(kId), false,
       [](Connection& engine, StreamKey stream) { engine.reset(stream, ErrorCode::cancel); }},
      {"a stream that nobody reads", good(kId), false,
       [](Connection& engine, StreamKey stream) { engine.stop_reading(stream, true); }},
      {"a request under way", good(kId), false, nullptr, false},
      {"the usual length", with_length(kId), false, nullptr, true, with_length},
      {"another than the usual length",
       head(kId).field("content-length", "5").data(kId, "hell").then(tail(kId)), false, nullptr, true,
       with_length},
      {"nothing but a hint that is known",
       frames()
           .headers(11)
           .response("103")
           .headers(11)
           .response("103")
           .headers(kId)
           .response("103")
           .data(kId, "x")
           .then(tail(kId)),
       false},
  };
}

/// Opens streams 1 to 11, has four good responses come to the first ones, and then the answer to 9.
void play(Client& client, const Answer& answer, std::size_t step) {
  client.hears(frames().settings().bytes(), step);
  StreamKey ninth;
  for (std::uint32_t id = 1; id <= 11; id += 2) {
    const auto key = client.engine().open_stream(request_headers(), id != kId || answer.half_closed);
    ASSERT_TRUE(key);
    if (id == kId) ninth = *key;
  }
  for (std::uint32_t id = 1; id < kId; id += 2) client.hears(answer.usual(id).bytes(), step);
  if (answer.prepare != nullptr) answer.prepare(client.engine(), ninth);
  client.hears(answer.script.bytes(), step);
  // The connection goes on, or has ended, alike.
  client.hears(good(11).bytes(), step);
}

Config told_whole(bool whole) {
  Config config;
  config.whole_responses = whole;
  return config;
}

TEST(WholeResponse, IsToldAsItsPartsWouldBe) {
  for (const Answer& answer : answers()) {
    SCOPED_TRACE(answer.what);
    Client whole(told_whole(true));
    Client in_parts(told_whole(false));
    Client byte_by_byte(told_whole(true));
    play(whole, answer, kAtOnce);
    play(in_parts, answer, kAtOnce);
    play(byte_by_byte, answer, 1);
    EXPECT_EQ(whole.told(), in_parts.told());
    EXPECT_EQ(whole.said(), in_parts.said());
    EXPECT_EQ(byte_by_byte.told(), in_parts.told());
    EXPECT_EQ(whole.engine().open_streams(), in_parts.engine().open_streams());
    EXPECT_EQ(in_parts.whole(), 0);
    EXPECT_EQ(byte_by_byte.whole(), 0);
    // Streams 5 and 7, since a block is learnt at its second coming, and 11 if the connection lives.
    const int others = in_parts.engine().closed() ? 2 : 3;
    if (answer.whole) {
      EXPECT_EQ(whole.whole(), others + 1);
    } else {
      EXPECT_LE(whole.whole(), others);
    }
  }
}

TEST(WholeResponse, IsChargedToBothWindowsAndToTheBudgetOfTinyFrames) {
  struct Case {
    const char* what;
    std::uint32_t window;
    /// Frames of one byte that lie unread on another stream.
    int tiny;
    std::size_t size;
    bool whole;
  };
  for (const Case& each : {Case{"more than the stream's window", 1'000, 0, 1'001, false},
                           Case{"all of the stream's window", 1'000, 0, 1'000, true},
                           Case{"more than the connection's window in all", 65'535, 0, 16'384, true},
                           Case{"one tiny frame too many", 65'535, 4, 1, false},
                           Case{"just no tiny frame too many", 65'535, 3, 1, true}}) {
    SCOPED_TRACE(each.what);
    std::vector<std::unique_ptr<Client>> clients;
    for (const bool whole : {true, false}) {
      Config config = told_whole(whole);
      config.tune_windows = false;
      config.initial_window_size = each.window;
      config.limits.tiny_data_deficit = 4 * (config.limits.tiny_data_size - 1);
      auto client = std::make_unique<Client>(config);
      client->hears(frames().settings().settings_ack().bytes(), kAtOnce);
      const std::string message(each.size, 'm');
      for (std::uint32_t id = 1; id < 60; id += 2) {
        ASSERT_TRUE(client->engine().closed() || client->engine().open_stream(request_headers(), true));
        if (id == 1) client->hears(frames().headers(1).response().bytes(), kAtOnce);
        // The blocks are learnt from 3 and 5.
        if (id == 3 || id == 5) client->hears(good(id).bytes(), kAtOnce);
        for (int i = 0; id == 5 && i < each.tiny; ++i) client->hears(frames().data(1, "t").bytes(), kAtOnce);
        if (id > 5) client->hears(head(id).data(id, message).then(tail(id)).bytes(), kAtOnce);
      }
      clients.push_back(std::move(client));
    }
    EXPECT_EQ(clients[0]->told(), clients[1]->told());
    EXPECT_EQ(clients[0]->said(), clients[1]->said());
    EXPECT_EQ(clients[0]->whole() > 10, each.whole);
  }
}

struct Server {
  std::uint32_t window = 65'535;
  std::uint32_t most_streams = 100;
};

/// What the client puts on the wire, each stream for itself, for requests of these sizes, all of which are
/// begun before any of it is written; sent as a whole or in steps.
std::map<std::uint32_t, std::string> requests(bool whole, const Server& server,
                                              const std::vector<std::size_t>& sizes, bool queue) {
  Client client{Config()};
  client.hears(frames()
                   .settings({{testing::Setting::initial_window_size, server.window},
                              {testing::Setting::max_concurrent_streams, server.most_streams}})
                   .bytes(),
               kAtOnce);
  // Stands in line before the others.
  if (queue) {
    const auto key = client.engine().open_stream(request_headers(), false);
    static_cast<void>(client.engine().send_data(*key, Buffer::copy_of(std::string(100'000, 'q')), true));
  }
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : sizes) {
      const std::string message(size, static_cast<char>('a' + size % 26));
      if (whole) {
        static_cast<void>(client.engine().send_request(request_headers(), base::as_bytes(message)));
      } else if (const auto key = client.engine().open_stream(request_headers(), false)) {
        static_cast<void>(client.engine().send_data(*key, Buffer::copy_of(message), true));
      }
    }
    client.take_output();
    FrameScript more = frames().window_update(0, 500);
    for (std::uint32_t id = 1; id < 20; id += 2) {
      if (id < 2 * sizes.size() * static_cast<std::size_t>(round + 1)) more.window_update(id, 700);
    }
    client.hears(more.bytes(), kAtOnce);
  }
  std::map<std::uint32_t, std::string> streams;
  testing::FrameReader reader;
  reader.expect_preface();
  reader.feed(base::as_bytes(client.said()));
  while (const std::optional<testing::Frame> frame = reader.next())
    streams[frame->stream] += testing::describe(*frame) + frame->payload + '\n';
  streams[0] += client.told() + std::to_string(client.engine().open_streams());
  return streams;
}

TEST(WholeRequest, IsWhatTheStepsWouldHaveSent) {
  const std::vector<std::vector<std::size_t>> sizes = {
      {1}, {9}, {1'024}, {1'025}, {20'000}, {5, 6, 7}, {1'000, 1'000, 1'000, 20'000, 5}};
  for (const std::uint32_t window : {0U, 1U, 100U, 65'535U}) {
    for (const std::uint32_t most : {2U, 100U}) {
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        for (const bool queue : {false, true}) {
          SCOPED_TRACE(std::to_string(window) + ' ' + std::to_string(most) + " sizes " + std::to_string(i) +
                       (queue ? " behind others" : ""));
          const Server server{window, most};
          EXPECT_EQ(requests(true, server, sizes[i], queue), requests(false, server, sizes[i], queue));
        }
      }
    }
  }
}

TEST(WholeRequest, GoesOutInOnePieceBehindItsHeaders) {
  Client client{Config()};
  client.hears(frames().settings().bytes(), kAtOnce);
  const std::string before = client.said();
  const auto key = client.engine().send_request(request_headers(), base::as_bytes("hello"));
  ASSERT_TRUE(key);
  EXPECT_EQ(client.engine().queued(*key), 0U);
  client.take_output();
  testing::FrameReader reader;
  reader.feed(base::as_bytes(client.said()).subspan(before.size()));
  const auto headers = reader.next();
  const auto data = reader.next();
  ASSERT_TRUE(headers && data);
  EXPECT_FALSE(headers->end_stream());
  EXPECT_EQ(data->payload, "hello");
  EXPECT_TRUE(data->end_stream());
  // The stream waits for nothing but the answer.
  client.hears(good(1).bytes(), kAtOnce);
  EXPECT_EQ(client.engine().open_streams(), 0U);
}

}  // namespace
}  // namespace farcall::http2
