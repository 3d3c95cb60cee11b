// The short way for plain requests: that it is taken, and that nobody could tell but by how few events come.

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "http2/ping.hpp"
#include "testing/dialogue.hpp"
#include "testing/fragmenter.hpp"
#include "testing/frame_reader.hpp"
#include "testing/frame_script.hpp"
#include "testing/halves.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using farcall::testing::Fragmenter;
using farcall::testing::Frame;
using farcall::testing::FrameReader;
using farcall::testing::frames;
using farcall::testing::FrameScript;
using farcall::testing::FrameType;
using farcall::testing::header_map;
using farcall::testing::quiet_config;

/// How the bytes of one turn are handed over.
enum class Cut : std::uint8_t { whole, one_by_one, at_random };

/// A server that takes its events after every input, and answers at a turn's end what is complete then.
class Listener {
 public:
  explicit Listener(const Config& config) : engine_(Role::server, config, base::TimePoint{}) {}

  void hears(const std::string& bytes, Cut cut, std::uint64_t seed = 0) {
    Fragmenter fragments(seed);
    for (std::size_t at = 0; at < bytes.size() && !engine_.closed();) {
      const std::size_t left = bytes.size() - at;
      const std::size_t size = cut == Cut::whole ? left : cut == Cut::one_by_one ? 1 : fragments.next(left);
      // Memory of its own, so that a sanitizer sees a view that outlives it.
      auto portion = std::make_unique<std::byte[]>(size);
      std::copy_n(base::as_bytes(bytes).data() + at, size, portion.get());
      at += size;
      engine_.receive({portion.get(), size}, base::TimePoint{});
      take_events();
    }
  }
  /// The turn is over: room for more, an answer for who is waiting, and what there is to send.
  void answers() {
    for (const auto& [stream, bytes] : std::exchange(owed_, {})) engine_.release_window(stream, bytes);
    for (const StreamKey stream : std::exchange(asked_, {}))
      engine_.send_headers(stream, header_map({{":status", "200"}}), true);
    take_events();
    take_output();
  }
  void drains() { engine_.drain("enough"); }

  /// What the application has heard of each stream, by id, and of the connection (0).
  [[nodiscard]] const std::map<std::uint32_t, std::string>& told() const { return told_; }
  [[nodiscard]] const std::string& sent() const { return sent_; }
  [[nodiscard]] std::size_t open_streams() const { return engine_.open_streams(); }
  /// Requests that were told in one event.
  [[nodiscard]] std::size_t in_one() const { return in_one_; }
  [[nodiscard]] std::size_t events() const { return events_; }

 private:
  void take_events() {
    while (Event* happened = engine_.poll_event()) {
      ++events_;
      const std::optional<event::Data> second_half = farcall::testing::take_second_half(*happened);
      if (second_half) ++in_one_;
      tell(*happened);
      if (second_half) tell_payload(*second_half, false);
    }
  }
  void tell(const Event& happened) {
    if (const auto* headers = std::get_if<event::Headers>(&happened)) {
      ids_[headers->stream.index] = headers->stream_id;
      std::string& text = told_[headers->stream_id];
      text += "headers " + std::to_string(static_cast<int>(headers->kind)) + '\n';
      for (const http::Field field : headers->headers)
        text.append(field.name).append("=").append(field.value).append("\n");
      if (headers->end_stream) ends(headers->stream);
    } else if (const auto* data = std::get_if<event::Data>(&happened)) {
      tell_payload(*data, true);
    } else if (const auto* closed = std::get_if<event::StreamClosed>(&happened)) {
      told_[ids_[closed->stream.index]] += "closed " + std::to_string(static_cast<int>(closed->code)) +
                                           (closed->initiator == Initiator::local ? " by us\n" : "\n") +
                                           (closed->clean ? "in order\n" : "");
    } else {
      told_[0] += farcall::testing::describe(happened) + '\n';
    }
  }
  void tell_payload(const event::Data& data, bool owed) {
    told_[ids_[data.stream.index]] += base::as_text(data.data);
    if (owed) owed_.emplace_back(data.stream, data.data.size());
    if (data.end_stream) ends(data.stream);
  }
  void ends(StreamKey stream) {
    told_[ids_[stream.index]] += "\nend\n";
    asked_.push_back(stream);
    std::sort(asked_.begin(), asked_.end(),
              [&](StreamKey a, StreamKey b) { return ids_[a.index] < ids_[b.index]; });
  }
  void take_output() {
    std::array<base::ByteView, 4> gather;
    while (engine_.poll_output(gather) > 0) {
      reader_.feed(gather[0]);
      engine_.consumed(gather[0].size());
      take_events();
    }
    while (std::optional<Frame> frame = reader_.next()) {
      if (frame->type != FrameType::window_update) sent_ += farcall::testing::describe(*frame) + '\n';
    }
  }

  Connection engine_;
  FrameReader reader_;
  std::map<std::uint32_t, std::uint32_t> ids_;  // by the index of the key
  std::vector<StreamKey> asked_;
  std::vector<std::pair<StreamKey, std::size_t>> owed_;
  std::map<std::uint32_t, std::string> told_;
  std::string sent_;
  std::size_t in_one_ = 0;
  std::size_t events_ = 0;
};

FrameScript opening() {
  return frames().preface().settings().settings_ack();
}

FrameScript ask(std::uint32_t stream) {
  return frames().headers(stream).request();
}

FrameScript ask_and_say(std::uint32_t stream, std::string_view payload) {
  return ask(stream).data(stream, payload).end_stream();
}

/// The handshake and two requests, whose block is known by heart then.
void acquaint(Listener& server) {
  server.hears(opening().then(ask_and_say(1, "one")).then(ask_and_say(3, "two")).bytes(), Cut::whole);
  server.answers();
}

TEST(PlainRequest, IsToldInOneEvent) {
  Listener server(quiet_config());
  acquaint(server);
  EXPECT_EQ(server.in_one(), 2u) << "also where its headers have to be decoded";
  const std::size_t before = server.events();
  server.hears(ask_and_say(5, "three").then(ask_and_say(7, "four")).bytes(), Cut::whole);
  EXPECT_EQ(server.in_one(), 4u);
  EXPECT_EQ(server.events(), before + 2);
  EXPECT_TRUE(server.told().at(5).ends_with(":path=/s/M\nthree\nend\n")) << server.told().at(5);
}

TEST(PlainRequest, IsToldInOneEventAlsoWhenOthersCameBetweenItsFrames) {
  Listener server(quiet_config());
  acquaint(server);
  const std::size_t before = server.in_one();
  FrameScript script = ask(5).then(ask(7)).then(ask(9));
  for (const std::uint32_t stream : {9u, 5u, 7u}) script.data(stream, std::to_string(stream)).end_stream();
  server.hears(script.bytes(), Cut::whole);
  EXPECT_EQ(server.in_one(), before + 3);
  for (const std::uint32_t stream : {5u, 7u, 9u})
    EXPECT_TRUE(server.told().at(stream).ends_with("\n" + std::to_string(stream) + "\nend\n"));
}

TEST(PlainRequest, IsToldInPartsWhenItComesInParts) {
  Listener server(quiet_config());
  acquaint(server);
  const std::size_t before = server.in_one();
  server.hears(ask_and_say(5, "three").bytes(), Cut::one_by_one);
  server.hears(ask(7).bytes(), Cut::whole);
  server.hears(frames().data(7, "four").end_stream().bytes(), Cut::whole);
  EXPECT_EQ(server.in_one(), before) << "the headers were taken before";
  EXPECT_TRUE(server.told().at(7).ends_with("four\nend\n"));
}

TEST(PlainRequest, IsNotToldBeforePayloadThatCameEarlier) {
  Listener server(quiet_config());
  acquaint(server);
  const std::size_t before = server.in_one();
  server.hears(ask(5).data(5, "first").data(5, "last").end_stream().bytes(), Cut::whole);
  EXPECT_EQ(server.in_one(), before);
  EXPECT_TRUE(server.told().at(5).ends_with("\nfirstlast\nend\n")) << server.told().at(5);
}

TEST(PlainRequest, IsReadAnewWhenTheSameBytesMeanSomethingElse) {
  Listener server(quiet_config());
  const auto by_index = [](std::uint32_t id) {
    return frames().headers(id).request().indexed(62).data(id, "x").end_stream();
  };
  const auto enter = [](std::uint32_t id, std::string_view value) {
    return frames().headers(id).request().indexed_literal("x-name", value).data(id, "x").end_stream();
  };
  server.hears(opening().then(enter(1, "old")).then(by_index(3)).then(by_index(5)).then(by_index(7)).bytes(),
               Cut::whole);
  server.hears(enter(9, "new").then(by_index(11)).bytes(), Cut::whole);
  EXPECT_NE(server.told().at(7).find("x-name=old"), std::string::npos);
  EXPECT_NE(server.told().at(11).find("x-name=new"), std::string::npos);
}

/// What a client says in one turn, and whether the server is asked to drain before it.
struct Turn {
  std::string bytes;
  bool drain = false;
};

/// A client that mostly repeats itself, and now and then does everything that is not plain.
class Babbler {
 public:
  explicit Babbler(std::uint64_t seed) : random_(seed) {}

  std::vector<Turn> talk() {
    std::vector<Turn> turns(2 + random_() % 5);
    turns[0].bytes = opening().bytes() + opened("x-name", "first").bytes();
    const std::size_t drained = random_() % 12;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      turns[i].drain = i == drained;
      const std::size_t count = 3 + random_() % 12;
      for (std::size_t frame = 0; frame < count; ++frame) turns[i].bytes += next().bytes();
      if (i > 0 && i == drained + 1) turns[i].bytes += frames().ping_ack(kDrainPing).bytes();
    }
    return turns;
  }

 private:
  bool one_in(std::size_t n) { return random_() % n == 0; }
  std::string payload() {
    // Seldom more than one window or another holds.
    const std::size_t size = one_in(60) ? 70'000 : one_in(15) ? 700 : 5;
    return std::string(size, static_cast<char>('a' + random_() % 26));
  }
  FrameScript opened(std::string_view name, std::string_view value) {
    next_id_ += 2;
    return frames().headers(next_id_).request().indexed_literal(name, value).end_stream();
  }
  /// One of a few header blocks, most often the last one again.
  FrameScript request() {
    if (one_in(30)) block_ = random_() % 3;
    next_id_ += 2;
    open_.push_back(next_id_);
    FrameScript script = frames().headers(next_id_).request();
    if (block_ == 1) script.field("content-length", "5");
    if (block_ == 2) script.indexed(62);
    return script;
  }
  std::uint32_t some_open() {
    if (open_.empty() || one_in(200)) return static_cast<std::uint32_t>(1 + random_() % (next_id_ + 1));
    const std::size_t at = random_() % open_.size();
    return open_[at];
  }
  std::uint32_t ended() {
    const std::uint32_t id = some_open();
    std::erase(open_, id);
    return id;
  }
  FrameScript next() {
    switch (random_() % 32) {
      case 0:
      case 1:
        return request();
      case 2:
      case 3:
      case 4:
        return frames().data(ended(), payload()).end_stream();
      case 5:
        return frames().data(some_open(), payload());
      case 6:
        return frames().data(ended()).end_stream();
      case 7:
        return frames()
            .data(ended(), payload())
            .padded(static_cast<std::uint8_t>(random_() % 9))
            .end_stream();
      case 8:
        return one_in(2) ? request().padded(3) : request().depends_on(0);
      case 9:
        return one_in(2) ? request().end_stream() : request().split(4);
      case 10:
        return frames().reset(ended(), ErrorCode::cancel);
      case 11:
        return frames().headers(ended()).field("x-last", "words").end_stream();
      case 12:
        return one_in(2) ? frames().frame(0x77, 0xff, some_open(), "what?") : frames().ping(7);
      case 13:
        return frames().window_update(some_open(), 10);
      case 14:
        return one_in(4) ? opened("x-name", std::to_string(random_() % 9)) : frames();
      case 15:
        return one_in(20) ? odd_one() : request().data(next_id_, "first").data(ended(), "last").end_stream();
      default: {
        FrameScript script = request();
        const std::uint32_t id = next_id_;
        std::erase(open_, id);
        return script.data(id, payload()).end_stream();
      }
    }
  }
  /// What ends connections.
  FrameScript odd_one() {
    switch (random_() % 4) {
      case 0:
        return frames().headers(next_id_ + 1).request();
      case 1:
        return frames().headers(1).request();
      case 2:
        return ask(next_id_ + 2).no_end_headers().data(next_id_, "in between").end_stream();
      default:
        return frames().data(next_id_ + 2, "to nobody").end_stream();
    }
  }

  std::mt19937_64 random_;
  std::uint32_t next_id_ = static_cast<std::uint32_t>(-1);
  std::size_t block_ = 0;
  std::vector<std::uint32_t> open_;
};

Config config_of(std::uint64_t seed) {
  Config config = quiet_config();
  config.limits.max_concurrent_streams = seed % 3 == 0 ? 4 : 100;
  config.initial_window_size = seed % 4 == 0 ? 600 : seed % 4 == 1 ? 200'000 : 65'535;
  config.max_frame_size = seed % 2 == 0 ? 16'384 : 100'000;
  return config;
}

TEST(PlainRequest, CannotBeToldFromTheLongWay) {
  std::size_t in_one = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Config config = config_of(seed);
    Listener whole(config);
    Listener one_by_one(config);
    Listener at_random(config);
    std::size_t round = 0;
    for (const Turn& turn : Babbler(seed).talk()) {
      for (auto [server, cut] : {std::pair(&whole, Cut::whole), std::pair(&one_by_one, Cut::one_by_one),
                                 std::pair(&at_random, Cut::at_random)}) {
        if (turn.drain) server->drains();
        server->hears(turn.bytes, cut, seed + ++round);
        server->answers();
      }
      ASSERT_EQ(whole.told(), one_by_one.told()) << seed;
      ASSERT_EQ(whole.told(), at_random.told()) << seed;
      ASSERT_EQ(whole.sent(), one_by_one.sent()) << seed;
      ASSERT_EQ(whole.sent(), at_random.sent()) << seed;
      ASSERT_EQ(whole.open_streams(), one_by_one.open_streams()) << seed;
    }
    ASSERT_EQ(one_by_one.in_one(), 0u);
    in_one += whole.in_one();
  }
  EXPECT_GT(in_one, 250u) << "else this compares the long way with itself";
}

}  // namespace
}  // namespace farcall::http2
