// Small payloads written to lent room are sent as `send_data` would have sent them.

#include "base/bytes.hpp"
#include "http2/connection.hpp"
#include "testing/frame_script.hpp"

#include <farcall/send_room.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <variant>
#include <vector>

namespace farcall::http2 {
namespace {

using codegen::SendRoom;
using testing::frames;
using testing::FrameScript;

http::HeaderMap fields(const char* name, const char* value) {
  http::HeaderMap map;
  map.append(name, value);
  return map;
}

/// A payload that was made and is not sent: as the server's streams hold them.
struct Payload {
  std::uint32_t stream = 0;
  std::string bytes;
  std::array<std::byte, 256> refuge{};
};

/// A server whose client has opened some streams, and what it sends.
class Side {
 public:
  explicit Side(bool lends) : lends_(lends), engine_(Role::server, config(), base::TimePoint{}) {}

  static Config config() {
    Config config;
    config.limits.stream_send_budget = 3'000;
    config.limits.connection_send_budget = 7'000;
    return config;
  }

  void hears(const FrameScript& script) {
    engine_.receive(base::as_bytes(script.bytes()), base::TimePoint{});
    take_events();
  }
  void answers(std::uint32_t stream) { engine_.send_headers(keys_[stream], fields(":status", "200"), false); }
  void make(Payload& payload) {
    std::byte* to = payload.refuge.data();
    SendRoom* room = holders_[payload.stream];
    if (lends_ && room != nullptr) to = room->place(payload.bytes.size(), payload.refuge.data());
    in_room_ += to != payload.refuge.data() ? 1 : 0;
    std::copy_n(base::as_bytes(payload.bytes).begin(), payload.bytes.size(), to);
  }
  bool send(Payload& payload) {
    const StreamKey key = keys_[payload.stream];
    const base::ByteView bytes = base::ByteView(payload.refuge).first(payload.bytes.size());
    if (!lends_) return engine_.send_data(key, bytes, false);
    SendRoom*& holder = holders_[payload.stream];
    if (holder != nullptr && holder->send(payload.refuge.data())) return true;
    return engine_.send_small(key, bytes, room_, holder);
  }
  void drop(Payload& payload) {
    if (SendRoom* room = holders_[payload.stream]) room->forget(payload.refuge.data());
  }
  bool send_large(std::uint32_t stream, std::size_t size) {
    return engine_.send_data(keys_[stream], Buffer::copy_of(std::string(size, 'L')), false);
  }
  void ends(std::uint32_t stream) { engine_.send_trailers(keys_[stream], fields("grpc-status", "0")); }
  void resets(std::uint32_t stream) { engine_.reset(keys_[stream], ErrorCode::cancel); }
  std::size_t queued(std::uint32_t stream) { return engine_.queued(keys_[stream]); }
  /// Writes at most `most` bytes.
  void writes(std::size_t most) {
    std::array<base::ByteView, 8> gather;
    const std::size_t count = engine_.poll_output(gather);
    std::size_t size = 0;
    for (std::size_t i = 0; i < count && size < most; ++i) {
      const std::string_view part = base::as_text(gather[i]).substr(0, most - size);
      said_ += part;
      size += part.size();
    }
    engine_.consumed(size);
    take_events();
  }

  [[nodiscard]] const std::string& said() const { return said_; }
  [[nodiscard]] const std::string& told() const { return told_; }
  [[nodiscard]] int in_room() const { return in_room_; }
  [[nodiscard]] bool has_room(std::uint32_t stream) { return holders_[stream] != nullptr; }

 private:
  void take_events() {
    while (Event* happened = engine_.poll_event()) {
      if (auto* headers = std::get_if<event::Headers>(happened)) {
        keys_[headers->stream_id] = headers->stream;
      } else if (auto* room = std::get_if<event::Writable>(happened)) {
        told_ += "writable " + std::to_string(room->stream.index) + '\n';
      } else if (auto* closed = std::get_if<event::StreamClosed>(happened)) {
        told_ += "closed " + std::to_string(closed->stream.index) + '\n';
      } else {
        told_ += std::to_string(happened->index()) + '\n';
      }
    }
  }

  bool lends_;
  SendRoom room_;
  std::map<std::uint32_t, SendRoom*> holders_;
  Connection engine_;
  std::map<std::uint32_t, StreamKey> keys_;
  std::string said_;
  std::string told_;
  int in_room_ = 0;
};

/// The two, which do the same in the same order.
class SendRoomTest : public ::testing::Test {
 protected:
  template <class Step>
  void both(Step step) {
    step(plain);
    step(lending);
    ASSERT_EQ(plain.said(), lending.said());
    ASSERT_EQ(plain.told(), lending.told());
  }
  void open(std::uint32_t streams) {
    both([&](Side& side) {
      side.hears(frames().preface().settings({}).settings_ack());
      for (std::uint32_t i = 0; i < streams; ++i) side.hears(frames().headers(1 + 2 * i).request());
      for (std::uint32_t i = 0; i < streams; ++i) side.answers(1 + 2 * i);
    });
  }
  void write(std::uint32_t stream, const std::string& bytes) {
    both([&](Side& side) {
      Payload payload{stream, bytes};
      side.make(payload);
      EXPECT_TRUE(side.send(payload));
    });
  }

  Side plain{false};
  Side lending{true};
};

TEST_F(SendRoomTest, IsLentFromTheSecondPayloadOn) {
  open(1);
  write(1, "one");
  EXPECT_FALSE(lending.has_room(1)) << "who writes one message a turn pays nothing for more";
  write(1, "two");
  EXPECT_TRUE(lending.has_room(1));
  write(1, "three");
  write(1, "four");
  EXPECT_EQ(lending.in_room(), 2);
  both([](Side& side) { side.writes(1 << 20); });
  EXPECT_FALSE(lending.has_room(1));
  EXPECT_NE(plain.said().find("onetwothreefour"), std::string::npos);
}

TEST_F(SendRoomTest, KeepsOneThatWaitsWhenTheRoomGoes) {
  open(1);
  write(1, "a");
  write(1, "b");
  Payload late{1, "late"};
  Payload later{1, "later"};
  lending.make(late);
  lending.make(later);
  EXPECT_EQ(lending.in_room(), 1) << "only one may wait there";
  lending.writes(1 << 20);
  EXPECT_TRUE(lending.send(later));
  EXPECT_TRUE(lending.send(late));
  lending.writes(1 << 20);
  EXPECT_NE(lending.said().find("laterlate"), std::string::npos);
}

TEST_F(SendRoomTest, ForgetsOneThatIsNotSent) {
  open(1);
  write(1, "a");
  write(1, "b");
  Payload never{1, "never"};
  lending.make(never);
  lending.drop(never);
  write(1, "c");
  EXPECT_EQ(lending.in_room(), 2);
  lending.writes(1 << 20);
  EXPECT_NE(lending.said().find("abc"), std::string::npos);
  EXPECT_EQ(lending.said().find("never"), std::string::npos);
}

TEST_F(SendRoomTest, EndsWithItsStream) {
  open(2);
  for (const char* bytes : {"a", "b", "c"}) write(1, bytes);
  ASSERT_TRUE(lending.has_room(1));
  both([](Side& side) { side.hears(frames().reset(1, ErrorCode::cancel)); });
  EXPECT_FALSE(lending.has_room(1));
  for (const char* bytes : {"d", "e", "f"}) write(3, bytes);
  both([](Side& side) { side.resets(3); });
  EXPECT_FALSE(lending.has_room(3));
  both([](Side& side) { side.writes(1 << 20); });
}

TEST_F(SendRoomTest, CountsForTheBudget) {
  open(1);
  int sent = 0;
  for (bool more = true; more; ++sent) {
    both([&](Side& side) {
      Payload payload{1, std::string(100, 'x')};
      side.make(payload);
      more = side.send(payload);
      EXPECT_EQ(more, sent < 29) << sent;
    });
  }
  EXPECT_EQ(sent, 30);
  EXPECT_GT(lending.in_room(), 15);
  EXPECT_EQ(lending.queued(1), 3'000U);
}

/// The same steps, drawn at random, on a side that is lent room and on one that is not.
class RandomSteps {
 public:
  explicit RandomSteps(unsigned seed) : seed_(seed), random_(seed) {
    quietly([](Side& side) {
      side.hears(frames().preface().settings({}).settings_ack());
      for (std::uint32_t i = 0; i < kStreams; ++i) side.hears(frames().headers(1 + 2 * i).request());
      for (std::uint32_t i = 0; i < kStreams; ++i) side.answers(1 + 2 * i);
    });
  }

  void step() {
    stream_ = 1 + 2 * static_cast<std::uint32_t>(random_() % kStreams);
    alive_ = !is_over(stream_);
    size_ = 1 + random_() % 200;
    place_ = random_() % 2;
    letter_ = (letter_ + 1) % 26;
    const auto choice = random_() % 100;
    if (choice < 60) return make_and_send();
    if (choice < 72) return make();
    if (choice < 80) return send();
    if (choice < 92) return write_or_send_large(choice < 84);
    if (choice < 96) return open_windows();
    if (choice < 98) return end(choice == 96);
    if (alive_) on_both([&](Side& side) { return side.queued(stream_); });
  }
  [[nodiscard]] int in_room() const { return lent_.in_room(); }

 private:
  static constexpr std::uint32_t kStreams = 4;

  template <class Step>
  void on_both(Step step) {
    const auto first = step(plain_);
    const auto second = step(lent_);
    ASSERT_EQ(first, second) << seed_;
    ASSERT_EQ(plain_.said(), lent_.said()) << seed_;
    ASSERT_EQ(plain_.told(), lent_.told()) << seed_;
  }
  template <class Step>
  void quietly(Step step) {
    on_both([&](Side& side) {
      step(side);
      return true;
    });
  }
  [[nodiscard]] bool is_over(std::uint32_t stream) const {
    return std::find(ended_.begin(), ended_.end(), stream) != ended_.end();
  }
  [[nodiscard]] std::string bytes(char first) const {
    return std::string(size_, static_cast<char>(first + letter_));
  }
  /// What was made and not sent, of which there may be two.
  [[nodiscard]] Payload& waiting(const Side& side) { return waiting_[&side == &lent_ ? 1 : 0][place_]; }

  void make_and_send() {
    on_both([&](Side& side) {
      Payload payload{alive_ ? stream_ : 1 + 2 * kStreams, bytes('a')};
      side.make(payload);
      return side.send(payload);
    });
  }
  void make() {
    if (!alive_) return;
    quietly([&](Side& side) {
      Payload& payload = waiting(side);
      if (!payload.bytes.empty()) side.drop(payload);
      payload.stream = stream_;
      payload.bytes = bytes('A');
      side.make(payload);
    });
  }
  void send() {
    on_both([&](Side& side) {
      Payload& payload = waiting(side);
      if (payload.bytes.empty() || is_over(payload.stream)) return true;
      const bool more = side.send(payload);
      payload.bytes.clear();
      return more;
    });
  }
  void write_or_send_large(bool send_large) {
    if (!send_large) return quietly([&](Side& side) { side.writes(size_ * 20); });
    if (alive_) on_both([&](Side& side) { return side.send_large(stream_, 1 + size_ * 40); });
  }
  void open_windows() {
    quietly([&](Side& side) {
      side.hears(frames().window_update(0, 2'000).window_update(alive_ ? stream_ : 0, 2'000));
    });
  }
  void end(bool in_order) {
    if (!alive_) return;
    quietly([&](Side& side) {
      if (in_order) return side.ends(stream_);
      side.hears(frames().reset(stream_, ErrorCode::cancel));
    });
    ended_.push_back(stream_);
  }

  unsigned seed_;
  std::mt19937 random_;
  Side plain_{false};
  Side lent_{true};
  std::array<std::array<Payload, 2>, 2> waiting_;  // of each side; empty: none
  std::vector<std::uint32_t> ended_;
  // Of the step under way.
  std::uint32_t stream_ = 0;
  bool alive_ = true;
  std::size_t size_ = 0;
  std::size_t place_ = 0;
  int letter_ = 0;
};

TEST_F(SendRoomTest, MakesNoDifferenceUnderRandomSteps) {
  int in_room = 0;
  for (unsigned seed = 0; seed < 200 && !HasFatalFailure(); ++seed) {
    RandomSteps steps(seed);
    for (int i = 0; i < 400 && !HasFatalFailure(); ++i) steps.step();
    in_room += steps.in_room();
  }
  EXPECT_GT(in_room, 2'000);
}

}  // namespace
}  // namespace farcall::http2
