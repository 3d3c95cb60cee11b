// What an engine makes of a stream of bytes must not depend on how the stream is cut. Most of the bytes here
// are wrong in some way, so the same test asks whether anything a peer can say breaks more than its
// connection.

#include "testing/dialogue.hpp"
#include "testing/fragmenter.hpp"
#include "testing/frame_reader.hpp"
#include "testing/halves.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <variant>

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
using farcall::testing::Setting;

FrameScript random_frame(Role speaker, std::mt19937_64& random) {
  std::uint32_t stream = 1 + 2 * static_cast<std::uint32_t>(random() % 8);
  FrameScript script = frames();
  auto maybe_end = [&] {
    if (random() % 2 == 0) script.end_stream();
  };
  switch (random() % 12) {
    case 0:
    case 1:
    case 2:
      script.headers(stream);
      if (random() % 8 != 0) speaker == Role::client ? script.request() : script.response();
      if (random() % 2 == 0) script.indexed_literal("name", "value");
      if (random() % 4 == 0) script.padded(static_cast<std::uint8_t>(random() % 20));
      if (random() % 4 == 0) script.split(1 + random() % 30);
      maybe_end();
      return script;
    case 3:
    case 4:
    case 5:
      script.data(stream, std::string(random() % 300, 'd'));
      if (random() % 3 == 0) script.padded(static_cast<std::uint8_t>(random()));
      maybe_end();
      return script;
    case 6:
      return script.window_update(random() % 2 == 0 ? 0 : stream,
                                  static_cast<std::uint32_t>(random() % 1'000));
    case 7:
      return script.reset(stream, ErrorCode::cancel);
    case 8:
      return script.settings(
          {{static_cast<Setting>(random() % 8), static_cast<std::uint32_t>(random() % 70'000)}});
    case 9:
      return script.ping(random());
    case 10:
      return script.priority(stream, static_cast<std::uint32_t>(random() % 9));
    default:
      return script.frame(static_cast<std::uint8_t>(random()), static_cast<std::uint8_t>(random()), stream,
                          "payload!");
  }
}

std::string random_stream(Role speaker, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  FrameScript script = frames();
  if (speaker == Role::client) script.preface();
  script.settings();
  std::size_t count = 1 + random() % 40;
  for (std::size_t i = 0; i < count; ++i) script.then(random_frame(speaker, random));
  std::string bytes = script.bytes();
  std::size_t broken = random() % 3;
  for (std::size_t i = 0; i < broken; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
  return bytes;
}

/// Everything one engine said and told, as text.
class Listener {
 public:
  explicit Listener(Role role) : server_(role == Role::server), engine_(role, quiet_config(), now_) {
    if (role == Role::client) {
      begun_ = 8;
      reader_.expect_preface();
      for (int i = 0; i < 8; ++i) {
        (void)engine_.open_stream(header_map({{":method", "POST"}, {":scheme", "http"}, {":path", "/"}}),
                                  i % 2 == 0);
      }
    }
    listen();
  }

  void hears(const std::string& bytes, Fragmenter* fragments) {
    for (std::size_t at = 0; at < bytes.size() && !engine_.closed();) {
      std::size_t size = fragments ? fragments->next(bytes.size() - at) : bytes.size() - at;
      auto portion = std::make_unique<std::byte[]>(size);
      std::copy_n(base::as_bytes(bytes).data() + at, size, portion.get());
      at += size;
      engine_.receive({portion.get(), size}, now_);
      collect();
      portion.reset();
      listen();
    }
  }

  /// The transport ends, wherever it is. Every stream that began has ended once then.
  void loses_the_transport() {
    engine_.transport_closed("cut");
    collect();
    EXPECT_EQ(ended_, begun_);
    EXPECT_EQ(engine_.open_streams(), 0U);
    EXPECT_TRUE(engine_.closed());
    EXPECT_EQ(engine_.next_deadline(), base::kNever);
  }

  /// By the stream's index, and of the connection (none): what is told of one does not wait for the others.
  std::map<std::optional<std::uint32_t>, std::string> told;
  std::string said;

 private:
  static std::optional<std::uint32_t> stream_of(const Event& event) {
    return std::visit(
        [](const auto& happened) -> std::optional<std::uint32_t> {
          if constexpr (requires { happened.stream; }) return happened.stream.index;
          return std::nullopt;
        },
        event);
  }

  void collect() {
    while (Event* happened = engine_.poll_event()) {
      const std::optional<event::Data> second_half = farcall::testing::take_second_half(*happened);
      const auto* headers = std::get_if<event::Headers>(&*happened);
      if (headers && server_ && headers->kind == event::HeadersKind::initial) ++begun_;
      if (std::holds_alternative<event::StreamClosed>(*happened)) ++ended_;
      if (const auto* data = std::get_if<event::Data>(&*happened)) {
        tell(*data);
      } else {
        told[stream_of(*happened)] += farcall::testing::describe(*happened) + '\n';
      }
      if (second_half) tell(*second_half);
    }
  }

  /// Payload byte by byte: how many events it came in is not the point.
  void tell(const event::Data& data) {
    std::string& text = told[data.stream.index];
    for (std::byte byte : data.data) text.append(1, static_cast<char>(byte)).append("\n");
    if (data.end_stream) text += "end\n";
  }

  void listen() {
    std::array<base::ByteView, 4> gather;
    while (engine_.poll_output(gather) > 0) {
      reader_.feed(gather[0]);
      engine_.consumed(gather[0].size());
      while (std::optional<Frame> frame = reader_.next()) {
        // How credit is portioned may depend on when output was asked for.
        if (frame->type != FrameType::window_update) said += describe(*frame) + '\n';
      }
    }
    collect();
  }

  base::TimePoint now_{};
  bool server_;
  std::size_t begun_ = 0;
  std::size_t ended_ = 0;
  Connection engine_;
  FrameReader reader_;
};

void compare(Role role) {
  const Role speaker = role == Role::client ? Role::server : Role::client;
  for (std::uint64_t seed = 1; seed <= 1'000; ++seed) {
    const std::string bytes = random_stream(speaker, seed);
    Listener whole(role);
    whole.hears(bytes, nullptr);
    Fragmenter single(seed, 1);
    Listener one_by_one(role);
    one_by_one.hears(bytes, &single);
    Fragmenter some(seed);
    Listener in_portions(role);
    in_portions.hears(bytes, &some);
    one_by_one.loses_the_transport();
    in_portions.loses_the_transport();
    whole.loses_the_transport();
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed;
    ASSERT_EQ(whole.told, one_by_one.told) << "seed " << seed;
    ASSERT_EQ(whole.said, one_by_one.said) << "seed " << seed;
    ASSERT_EQ(whole.told, in_portions.told) << "seed " << seed;
    ASSERT_EQ(whole.said, in_portions.said) << "seed " << seed;
  }
}

TEST(AnyBytes, MeanTheSameToAServerHoweverTheyAreCut) {
  compare(Role::server);
}
TEST(AnyBytes, MeanTheSameToAClientHoweverTheyAreCut) {
  compare(Role::client);
}

}  // namespace
}  // namespace farcall::http2
