// Two engines and a network that does to their bytes what networks do, from a seed. What must hold for every
// seed: every byte arrives, in order; nothing stays behind.

#include "testing/dialogue.hpp"
#include "testing/frame_reader.hpp"
#include "testing/halves.hpp"
#include "testing/pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace farcall::http2 {
namespace {

using farcall::testing::Frame;
using farcall::testing::FrameReader;
using farcall::testing::FrameType;
using farcall::testing::header_map;
using farcall::testing::Pair;
using farcall::testing::Side;

[[noreturn]] void fail(const std::string& text) {
  throw std::runtime_error(text);
}
void require(bool holds, const char* text) {
  if (!holds) fail(text);
}

/// The byte at `offset` of what one side sends on a stream.
char byte_at(std::uint32_t stream, Side sender, std::size_t offset) {
  return static_cast<char>(offset * 31 + offset / 251 + stream * 7 + (sender == Side::client ? 0 : 101));
}

/// One direction of one stream, as its sender or its receiver sees it.
struct Half {
  std::size_t size = 0;  ///< In all; of a receiver: as announced.
  std::size_t done = 0;
  std::size_t unreleased = 0;
  bool started = false;
  bool ended = false;
  bool blocked = false;
};

struct Call {
  StreamKey key;
  Half sending;
  Half receiving;
  bool doomed = false;  ///< To be reset by this side, sooner or later.
};

/// The same for client and server: sends what it has to, checks what comes, releases windows when it pleases.
class Application {
 public:
  /// No message is larger than 2^`magnitude` bytes.
  Application(Side side, Pair& pair, std::mt19937_64& random, unsigned magnitude)
      : side_(side), engine_(pair.engine(side)), random_(random), magnitude_(magnitude) {}

  [[nodiscard]] std::size_t calls() const { return calls_.size(); }
  [[nodiscard]] std::size_t finished() const { return finished_; }

  std::size_t size() {
    std::size_t order = random_() % (magnitude_ + 1);
    return random_() % (std::size_t{1} << order);
  }
  bool one_in(unsigned n) { return random_() % n == 0; }

  /// Client.
  bool open() {
    if (!engine_.can_open_stream()) return false;
    std::size_t bytes = one_in(4) ? 0 : size();
    bool end = bytes == 0 && one_in(2);
    auto key = engine_.open_stream(header_map({{":method", "POST"},
                                               {":scheme", "http"},
                                               {":path", "/s/M"},
                                               {"size", std::to_string(bytes)},
                                               {"id", std::to_string(next_id_)}}),
                                   end);
    require(key.has_value(), "can_open_stream was wrong");
    Call& call = calls_[next_id_];
    next_id_ += 2;
    call.key = *key;
    call.sending = {bytes, 0, 0, true, end, false};
    call.doomed = one_in(10);
    return true;
  }

  void act() {
    std::vector<std::uint32_t> ids;
    for (const auto& [id, call] : calls_) ids.push_back(id);
    for (std::uint32_t id : ids) {
      auto found = calls_.find(id);
      if (found != calls_.end() && one_in(3)) act(id, found->second);
    }
  }

  void handle(Event& happened) {
    const std::optional<event::Data> second_half = farcall::testing::take_second_half(happened);
    if (const auto* headers = std::get_if<event::Headers>(&happened)) on_headers(*headers);
    if (second_half) on_data(*second_half);
    if (const auto* data = std::get_if<event::Data>(&happened)) return on_data(*data);
    if (const auto* closed = std::get_if<event::StreamClosed>(&happened)) return on_closed(*closed);
    if (const auto* writable = std::get_if<event::Writable>(&happened))
      call_of(writable->stream).sending.blocked = false;
    if (std::holds_alternative<event::ConnectionClosed>(happened))
      fail("the connection broke: " + farcall::testing::describe(happened));
  }

 private:
  void act(std::uint32_t id, Call& call) {
    Half& receiving = call.receiving;
    if (receiving.unreleased > 0 && one_in(2)) {
      std::size_t part = one_in(2) ? receiving.unreleased : 1 + random_() % receiving.unreleased;
      receiving.unreleased -= part;
      engine_.release_window(call.key, part);
    }
    if (call.doomed && one_in(5)) {
      engine_.reset(call.key, ErrorCode::cancel);
      calls_.erase(id);
      ++finished_;
      return;
    }
    Half& sending = call.sending;
    if (!sending.started && one_in(2)) {
      sending.started = true;
      if (one_in(5)) engine_.send_headers(call.key, header_map({{":status", "103"}}), false);
      engine_.send_headers(call.key, header_map({{":status", "200"}, {"size", std::to_string(sending.size)}}),
                           false);
    }
    if (sending.started && !sending.ended && !sending.blocked) send(id, call);
  }

  void send(std::uint32_t id, Call& call) {
    Half& sending = call.sending;
    std::size_t part = std::min(sending.size - sending.done, std::max<std::size_t>(size(), 1));
    std::string bytes(part, '\0');
    for (std::size_t i = 0; i < part; ++i) bytes[i] = byte_at(id, side_, sending.done + i);
    sending.done += part;
    bool last = sending.done == sending.size && one_in(2);
    bool trailers = last && one_in(2);
    if (part > 0 || (last && !trailers)) {
      sending.blocked =
          !engine_.send_data(call.key, Buffer::copy_of(base::as_bytes(bytes)), last && !trailers);
    }
    if (trailers) engine_.send_trailers(call.key, header_map({{"status", "0"}}));
    sending.ended = last;
  }

  void on_headers(const event::Headers& headers) {
    require(!headers.too_large, "headers too large");
    if (headers.kind == event::HeadersKind::informational) return;
    if (side_ == Side::server && headers.kind == event::HeadersKind::initial) {
      Call& fresh = calls_[headers.stream_id];
      fresh.key = headers.stream;
      fresh.sending.size = one_in(4) ? 0 : size();
      fresh.doomed = one_in(10);
    }
    Call& call = call_of(headers.stream);
    if (headers.kind == event::HeadersKind::initial) {
      call.receiving.started = true;
      call.receiving.size = std::stoul(std::string(headers.headers.find("size").value()));
    } else {
      require(headers.end_stream, "trailers that do not end the stream");
    }
    if (headers.end_stream) on_end(call);
  }

  void on_data(const event::Data& data) {
    Call& call = call_of(data.stream);
    std::uint32_t id = id_of(data.stream);
    Side sender = side_ == Side::client ? Side::server : Side::client;
    for (std::byte byte : data.data) {
      if (static_cast<char>(byte) != byte_at(id, sender, call.receiving.done++))
        fail("a byte is wrong on stream " + std::to_string(id));
    }
    call.receiving.unreleased += data.data.size();
    if (data.end_stream) on_end(call);
  }

  void on_end(Call& call) {
    require(!call.receiving.ended, "a stream ended twice");
    require(call.receiving.done == call.receiving.size, "a stream ended before all its bytes had come");
    call.receiving.ended = true;
  }

  void on_closed(const event::StreamClosed& closed) {
    Call& call = call_of(closed.stream);
    if (closed.clean)
      require(call.receiving.ended && call.sending.ended, "a clean end of a stream that had not ended");
    // Refused: what the client opened before it knew the server's limit.
    bool refused = closed.code == ErrorCode::refused_stream && closed.unprocessed;
    if (!closed.clean) require(closed.code == ErrorCode::cancel || refused, "a reset that nobody asked for");
    calls_.erase(id_of(closed.stream));
    ++finished_;
  }

  std::uint32_t id_of(StreamKey key) const {
    for (const auto& [id, call] : calls_) {
      if (call.key == key) return id;
    }
    fail("an event of a stream that is gone");
  }
  Call& call_of(StreamKey key) { return calls_.at(id_of(key)); }

  Side side_;
  Connection& engine_;
  std::mt19937_64& random_;
  unsigned magnitude_;
  std::map<std::uint32_t, Call> calls_;
  std::uint32_t next_id_ = 1;
  std::size_t finished_ = 0;
};

/// What passes on the wire in one direction, read by somebody who shares no code with the engines.
class Tap {
 public:
  void read(const std::string& bytes) {
    reader_.feed(base::as_bytes(bytes));
    while (std::optional<Frame> frame = reader_.next()) {
      if (frame->type == FrameType::data) data_ += static_cast<std::int64_t>(frame->payload.size());
      if (frame->type == FrameType::window_update && frame->stream == 0) granted_ += frame->integer();
    }
  }
  explicit Tap(bool from_client) {
    reader_.set_max_frame_size(1U << 20);
    if (from_client) reader_.expect_preface();
  }
  [[nodiscard]] std::int64_t data() const { return data_; }
  [[nodiscard]] std::int64_t granted() const { return granted_; }
  [[nodiscard]] std::size_t pending() const { return reader_.pending(); }

 private:
  FrameReader reader_;
  std::int64_t data_ = 0;
  std::int64_t granted_ = 0;
};

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : random_(seed),
        narrow_(random_() % 4 == 0),
        pair_(config(), config(), seed),
        client_(Side::client, pair_, random_, narrow_ ? 9 : 17),
        server_(Side::server, pair_, random_, narrow_ ? 9 : 17) {}

  void run() {
    std::size_t wanted = 1 + random_() % 40;
    std::size_t opened = 0;
    std::size_t idle = 0;
    for (std::size_t steps = 0; client_.finished() < wanted || server_.calls() > 0; ++steps) {
      require(steps < 2'000'000, "it does not end");
      if (opened < wanted && random_() % 4 == 0 && client_.open()) ++opened;
      client_.act();
      server_.act();
      idle = step() ? 0 : idle + 1;
      require(idle < 10'000, "nothing moves any more");
    }
    finish();
  }

 private:
  Config config() {
    Config config;
    constexpr std::uint32_t kNarrow[] = {1, 20, 300, 65'535};
    constexpr std::uint32_t kWide[] = {5'000, 16'384, 65'535, 1'000'000};
    config.initial_window_size = narrow_ ? kNarrow[random_() % 4] : kWide[random_() % 4];
    config.max_frame_size = random_() % 2 == 0 ? 16'384 : 65'536;
    config.header_table_size = random_() % 2 == 0 ? 4096 : static_cast<std::uint32_t>(random_() % 300);
    config.tune_windows = random_() % 2 == 0;
    config.limits.max_concurrent_streams = 1 + static_cast<std::uint32_t>(random_() % 20);
    // Windows of one byte are dripped into: what is a flood from a stranger is the subject here.
    config.limits.window_updates_base = 100'000'000;
    config.limits.tiny_data_deficit = 100'000'000;
    return config;
  }

  bool step() {
    std::optional<Side> side = pair_.step();
    from_client_.read(pair_.take_wire(Side::client));
    from_server_.read(pair_.take_wire(Side::server));
    drain_events(Side::client);
    drain_events(Side::server);
    return side.has_value();
  }

  void drain_events(Side side) {
    while (Event* happened = pair_.engine(side).poll_event()) application(side).handle(*happened);
  }

  Application& application(Side side) { return side == Side::client ? client_ : server_; }

  void finish() {
    while (step()) {
    }
    require(pair_.client().open_streams() == 0, "the client keeps a stream");
    require(pair_.server().open_streams() == 0, "the server keeps a stream");
    require(client_.calls() == 0, "the client's application was not told of an end");
    require(from_client_.pending() == 0 && from_server_.pending() == 0, "half a frame is left");
    // What was granted beyond what was used is the sender's credit, and at most half a window is not returned
    // yet.
    require(65'535 + from_server_.granted() - from_client_.data() >= 32'767, "credit of the client was lost");
    require(65'535 + from_client_.granted() - from_server_.data() >= 32'767, "credit of the server was lost");
    pair_.server().drain("max_age");
    pair_.client().drain();
    while (step()) {
    }
    require(pair_.server().drained() && pair_.client().drained(), "a drain does not end");
  }

  std::mt19937_64 random_;
  bool narrow_;
  Pair pair_;
  Application client_;
  Application server_;
  Tap from_client_{true};
  Tap from_server_{false};
};

// RFC 9113 as a whole. To see one seed again: FARCALL_SEED=7 test_http2_dialogues --gtest_filter=TwoEngines.*
TEST(TwoEngines, CarryEveryByteWhateverTheNetworkDoes) {
  const char* only = std::getenv("FARCALL_SEED");
  std::uint64_t first = only ? std::strtoull(only, nullptr, 10) : 1;
  std::uint64_t last = only ? first : 200;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    try {
      Simulation(seed).run();
    } catch (const std::exception& failure) {
      FAIL() << "FARCALL_SEED=" << seed << ": " << failure.what();
    }
  }
}

}  // namespace
}  // namespace farcall::http2
