// Answers that repeat. From the third on, a server's answer that comes in one piece is recognised without
// being read again: what the caller gets must not depend on it.

#include "calls.hpp"
#include "wire_peer.hpp"

#include <farcall/codec.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::client_test {
namespace {

using testing::frames;
using testing::FrameScript;
using testing::FrameType;

constexpr int kTimes = 5;

FrameScript answer_with(std::uint32_t id, std::string_view payload) {
  return good_headers(id).data(id, payload).then(trailers(id));
}
std::string prefixed(std::string_view prefix_hex, std::string_view bytes) {
  return testing::from_hex(prefix_hex) + std::string(bytes);
}

struct Repeated {
  const char* what;
  FrameScript (*answer)(std::uint32_t id);
};

const Repeated kAnswers[] = {
    {"a good one", [](std::uint32_t id) { return reply(id, "good morning"); }},
    {"an empty message", [](std::uint32_t id) { return answer_with(id, prefixed("00 00000000", "")); }},
    {"a message of some size", [](std::uint32_t id) { return reply(id, std::string(5'000, 'm')); }},
    {"a message that just fits the limit",
     [](std::uint32_t id) { return reply(id, std::string(9'997, 'm')); }},
    {"a message above the limit", [](std::uint32_t id) { return reply(id, std::string(9'998, 'm')); }},
    {"no protobuf",
     [](std::uint32_t id) { return answer_with(id, prefixed("00 00000002", testing::from_hex("0aff"))); }},
    {"a compressed message", [](std::uint32_t id) { return answer_with(id, prefixed("01 00000002", "ab")); }},
    {"flags that do not exist",
     [](std::uint32_t id) { return answer_with(id, prefixed("02 00000002", "ab")); }},
    {"a message cut short", [](std::uint32_t id) { return answer_with(id, prefixed("00 00000003", "ab")); }},
    {"a message too long", [](std::uint32_t id) { return answer_with(id, prefixed("00 00000001", "ab")); }},
    {"half a prefix", [](std::uint32_t id) { return answer_with(id, testing::from_hex("00 0000")); }},
    {"two messages", [](std::uint32_t id) { return answer_with(id, message("a") + message("b")); }},
    {"a message and a status",
     [](std::uint32_t id) { return good_headers(id).data(id, message("a")).then(trailers(id, 5, "gone")); }},
    {"OK with a text",
     [](std::uint32_t id) { return good_headers(id).data(id, message("a")).then(trailers(id, 0, "fine")); }},
    {"metadata in the headers",
     [](std::uint32_t id) {
       return good_headers(id).field("x-served-by", "a").data(id, message("a")).then(trailers(id));
     }},
    {"metadata in the trailers",
     [](std::uint32_t id) {
       return good_headers(id)
           .data(id, message("a"))
           .headers(id)
           .field("grpc-status", "0")
           .field("x-cost-bin", "AQI=")
           .end_stream();
     }},
    {"metadata that is not base64",
     [](std::uint32_t id) {
       return good_headers(id)
           .data(id, message("a"))
           .headers(id)
           .field("grpc-status", "0")
           .field("x-cost-bin", "A")
           .end_stream();
     }},
    {"trailers without a status",
     [](std::uint32_t id) {
       return good_headers(id).data(id, message("a")).headers(id).field("x", "y").end_stream();
     }},
    {"another format",
     [](std::uint32_t id) {
       return frames()
           .headers(id)
           .response()
           .field("content-type", "application/grpc+json")
           .data(id, message("a"))
           .then(trailers(id));
     }},
    {"an encoding that was not offered",
     [](std::uint32_t id) {
       return good_headers(id).field("grpc-encoding", "br").data(id, message("a")).then(trailers(id));
     }},
    {"no gRPC",
     [](std::uint32_t id) {
       return frames().headers(id).response("404").data(id, "not here").then(trailers(id));
     }},
};

CallOptions limited(ResponseMetadata& metadata) {
  CallOptions options;
  options.collect(metadata).max_receive_message_size(10'000);
  return options;
}

std::string listed(const Metadata& metadata) {
  std::string text;
  for (const auto& [name, value] : metadata) text += std::string(name) + '=' + std::string(value) + ';';
  return text;
}

/// What one call gives when the server says `answer`.
using Play = std::string (*)(Channel& channel, WireConnection& server, const FrameScript& answer);

std::string unary(Channel& channel, WireConnection& server, const FrameScript& answer) {
  ResponseMetadata metadata;
  std::future<Result<Text>> reply = begin(say(channel, "hello", limited(metadata)));
  server.hears(FrameType::headers);
  server.hears(FrameType::data);
  server.says(answer);
  const std::string result = shown(outcome(reply));
  return result + '|' + listed(metadata.initial) + '|' + listed(metadata.trailing);
}

std::string client_streaming(Channel& channel, WireConnection& server, const FrameScript& answer) {
  ResponseMetadata metadata;
  ClientWriter<Text, Text> writer = dictate(channel, limited(metadata));
  std::future<Metadata> initial = begin(writer.initial_metadata());
  static_cast<void>(outcome(writer.write(text("hello"))));
  std::future<Result<Text>> reply = begin(writer.finish());
  server.hears(FrameType::headers);
  while (!server.hears(FrameType::data).end_stream()) {
  }
  server.says(answer);
  const std::string result = shown(outcome(reply));
  return result + '|' + listed(outcome(initial)) + '|' + listed(metadata.trailing) + '|' +
         listed(writer.trailing_metadata());
}

std::string server_streaming(Channel& channel, WireConnection& server, const FrameScript& answer) {
  ResponseMetadata metadata;
  ClientReader<Text> reader = recite(channel, "hello", limited(metadata));
  server.hears(FrameType::headers);
  server.hears(FrameType::data);
  std::future<std::optional<Text>> first = begin(reader.read());
  server.says(answer);
  std::string told = shown(outcome(first));
  while (const std::optional<Text> next = outcome(reader.read())) told += '+' + next->value();
  return told + '|' + to_string(outcome(reader.finish())) + '|' + listed(metadata.initial) + '|' +
         listed(metadata.trailing);
}

void play_repeatedly(Play play) {
  for (const Repeated& repeated : kAnswers) {
    SCOPED_TRACE(repeated.what);
    WirePeer peer;
    Channel channel(peer.target());
    channel.connect();
    WireConnection server = peer.accept();
    std::vector<std::string> outcomes;
    for (int i = 0; i < kTimes; ++i) {
      const auto id = static_cast<std::uint32_t>(2 * i + 1);
      outcomes.push_back(play(channel, server, repeated.answer(id)));
      EXPECT_EQ(outcomes.back(), outcomes.front()) << "the " << i << "th time";
    }
  }
}

TEST(RepeatedAnswer, GivesAUnaryCallTheSameEveryTime) {
  play_repeatedly(unary);
}
TEST(RepeatedAnswer, GivesAClientStreamTheSameEveryTime) {
  play_repeatedly(client_streaming);
}
TEST(RepeatedAnswer, GivesAServerStreamTheSameEveryTime) {
  play_repeatedly(server_streaming);
}

TEST(RepeatedAnswer, IsReadAnewForACallOfAnotherFormat) {
  class Json final : public Codec {
   public:
    [[nodiscard]] std::string_view name() const override { return "json"; }
    [[nodiscard]] Status serialize(const google::protobuf::MessageLite& from, Buffer& to) const override {
      const std::string bytes = from.SerializeAsString();
      to.append(std::as_bytes(std::span(bytes)));
      return Status();
    }
    [[nodiscard]] Status parse(std::span<const std::byte> from,
                               google::protobuf::MessageLite& to) const override {
      return to.ParseFromArray(from.data(), static_cast<int>(from.size())) ? Status()
                                                                           : Status::internal("no message");
    }
  };
  WirePeer peer;
  Channel channel(peer.target());
  channel.connect();
  WireConnection server = peer.accept();
  std::uint32_t id = 1;
  const auto call = [&](bool json) {
    CallOptions options;
    if (json) options.codec(std::make_shared<Json>());
    std::future<Result<Text>> answer = begin(say(channel, "hello", std::move(options)));
    server.hears(FrameType::headers);
    server.hears(FrameType::data);
    server.says(frames()
                    .headers(id)
                    .response()
                    .field("content-type", "application/grpc+json")
                    .data(id, message("hi"))
                    .then(trailers(id)));
    id += 2;
    return shown(outcome(answer));
  };
  for (int i = 0; i < kTimes; ++i) {
    for (int j = 0; j < 3; ++j) EXPECT_EQ(call(true), "hi");
    EXPECT_THAT(call(false), ::testing::HasSubstr("the server answers in the message format 'json'"));
  }
}

}  // namespace
}  // namespace farcall::client_test
