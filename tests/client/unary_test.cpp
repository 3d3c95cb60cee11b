#include "calls.hpp"
#include "wire_peer.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace farcall::client_test {
namespace {

using namespace std::chrono_literals;
using testing::Frame;
using testing::frames;
using testing::FrameType;

TEST(UnaryCall, SendsItsRequestAndReceivesTheReply) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));

  WireConnection server = peer.accept();
  const Frame headers = server.hears(FrameType::headers);
  EXPECT_EQ(headers.header(":method"), "POST");
  EXPECT_EQ(headers.header(":path"), "/test.Speech/Say");
  EXPECT_EQ(headers.header(":authority"), peer.target());
  EXPECT_EQ(headers.header("te"), "trailers");
  EXPECT_EQ(headers.header("content-type"), "application/grpc");
  for (const testing::HeaderField& field : headers.headers) EXPECT_NE(field.name, "grpc-timeout");
  EXPECT_FALSE(headers.end_stream());
  const Frame data = server.hears(FrameType::data);
  EXPECT_EQ(text_in(data.payload), "hello");
  EXPECT_TRUE(data.end_stream());
  server.says(reply(1, "good morning"));

  EXPECT_EQ(shown(outcome(answer)), "good morning");
}

TEST(UnaryCall, DoesNothingUntilItIsAwaited) {
  WirePeer peer;
  Channel channel(peer.target());
  static_cast<void>(say(channel, "never sent"));
  EXPECT_EQ(channel.state(), ConnectivityState::idle);

  std::future<Result<Text>> answer = begin(say(channel, "sent"));
  WireConnection server = peer.accept();
  EXPECT_EQ(server.hears(FrameType::headers).stream, 1U);
  EXPECT_EQ(text_in(server.hears(FrameType::data).payload), "sent");
  server.says(reply(1, "yes"));
  EXPECT_EQ(shown(outcome(answer)), "yes");
}

TEST(UnaryCall, BlocksInGetUntilTheReplyIsThere) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<std::string> answer =
      std::async(std::launch::async, [&channel] { return shown(say(channel, "blocking").get()); });
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "done"));
  EXPECT_EQ(outcome(answer), "done");
}

TEST(UnaryCall, GivesTheStatusOfTheServer) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "?"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(frames()
                  .headers(1)
                  .response()
                  .field("content-type", "application/grpc")
                  .field("grpc-status", "5")
                  .field("grpc-message", "no such train%3a 7")
                  .end_stream());
  const Result<Text> result = outcome(answer);
  EXPECT_EQ(result.status(), Status::not_found("no such train: 7"));
  EXPECT_EQ(result.status().origin(), StatusOrigin::peer);
}

TEST(UnaryCall, CarriesMetadataBothWays) {
  WirePeer peer;
  Channel channel(peer.target());
  ResponseMetadata metadata;
  CallOptions options;
  options.metadata("x-tenant", "north")
      .metadata("x-tenant", "south")
      .metadata("x-key-bin", std::string("\0\xff", 2));
  options.collect(metadata);
  std::future<Result<Text>> answer = begin(say(channel, "hello", std::move(options)));

  WireConnection server = peer.accept();
  const Frame headers = server.hears(FrameType::headers);
  std::string tenants;
  for (const testing::HeaderField& field : headers.headers) {
    if (field.name == "x-tenant") tenants += field.value + " ";
  }
  EXPECT_EQ(tenants, "north south ");
  EXPECT_EQ(headers.header("x-key-bin"), "AP8");
  server.says(good_headers(1).field("x-served-by", "a").data(1, message("hi")));
  server.says(frames().headers(1).field("grpc-status", "0").field("x-cost-bin", "AQI=").end_stream());

  EXPECT_TRUE(outcome(answer).ok());
  EXPECT_EQ(metadata.initial.find("x-served-by"), "a");
  EXPECT_EQ(metadata.trailing.find("x-cost-bin"), "\x01\x02");
}

TEST(UnaryCall, TellsTheServerItsTimeoutAndResetsTheStreamWhenItIsOver) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "slow", within(300ms)));
  WireConnection server = peer.accept();
  const Frame headers = server.hears(FrameType::headers);
  EXPECT_NE(headers.header("grpc-timeout"), "");
  server.hears(FrameType::data);
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), http2::ErrorCode::cancel);
  const Result<Text> result = outcome(answer);
  EXPECT_EQ(result.status().code(), StatusCode::deadline_exceeded);
  EXPECT_EQ(result.status().origin(), StatusOrigin::local);
}

TEST(UnaryCall, SendsNothingWhenItsDeadlineHasPassed) {
  WirePeer peer;
  Channel channel(peer.target());
  for (CallOptions options : {at(std::chrono::steady_clock::now() - 1s), within(0s), within(-5s)}) {
    EXPECT_EQ(outcome(say(channel, "late", options)).status().code(), StatusCode::deadline_exceeded);
  }
  EXPECT_EQ(channel.state(), ConnectivityState::idle);
}

TEST(UnaryCall, ToleratesTheLongestTimeout) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "patient", within(std::chrono::hours::max())));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "ok"));
  EXPECT_EQ(shown(outcome(answer)), "ok");
}

TEST(UnaryCall, RefusesAReplyAboveTheLimitFromItsPrefixAlone) {
  WirePeer peer;
  Channel channel(peer.target());
  CallOptions options;
  options.max_receive_message_size(100);
  std::future<Result<Text>> answer = begin(say(channel, "big", std::move(options)));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).data(1, testing::from_hex("00 00000065 0a")));
  EXPECT_EQ(server.hears(FrameType::rst_stream).code(), http2::ErrorCode::cancel);
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::resource_exhausted);

  std::future<Result<Text>> next = begin(say(channel, "small"));
  server.skips_to(FrameType::data, 3);
  server.says(reply(3, "fine"));
  EXPECT_EQ(shown(outcome(next)), "fine");
}

/// Half a window at a time, waiting for the client to grant the next one.
void say_within_window(WireConnection& server, std::string_view bytes) {
  std::size_t credit = testing::kDefaultWindow;
  while (!bytes.empty()) {
    const std::size_t size = std::min<std::size_t>({16'384, bytes.size(), credit});
    if (size == 0) {
      credit += server.skips_to(FrameType::window_update, 1).integer();
      continue;
    }
    server.says(frames().data(1, bytes.substr(0, size)));
    bytes.remove_prefix(size);
    credit -= size;
  }
}

TEST(UnaryCall, ReceivesAReplyLargerThanTheFlowControlWindow) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "much, please"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  const std::string much(300'000, 'm');
  server.says(good_headers(1));
  say_within_window(server, message(much));
  server.says(trailers(1));
  EXPECT_EQ(outcome(answer)->value(), much);
}

/// What a SETTINGS frame says of it.
std::uint32_t initial_window(const testing::Frame& frame) {
  const base::ByteView payload = base::as_bytes(frame.payload);
  for (std::size_t at = 0; at + 6 <= payload.size(); at += 6) {
    if (payload[at + 1] == static_cast<std::byte>(testing::Setting::initial_window_size))
      return base::load_u32(payload.data() + at + 2);
  }
  return 65'535;
}

TEST(UnaryCall, LetsTheServerSend64KiBAtOnce) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "64 KiB, please"));
  WireConnection server = peer.accept();
  const std::string text(64 * 1024, 'm');
  const std::string bytes = message(text);
  EXPECT_GE(initial_window(server.skips_to(FrameType::settings, 0)), bytes.size());
  server.skips_to(FrameType::data, 1);
  server.says(frames().settings_ack());  // before it, the window is the default one
  server.says(good_headers(1));
  for (std::size_t at = 0; at < bytes.size(); at += 16'384) {
    server.says(frames().data(1, bytes.substr(at, 16'384)));
  }
  server.says(trailers(1));
  EXPECT_EQ(shown(outcome(answer)), text);
}

/// What no two parts of are alike, so that each shows where it is.
TEST(UnaryCall, PutsTogetherAReplyOfManyParts) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "much, please"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  std::string much;
  for (int i = 0; i < 100'000; ++i) much += std::to_string(i) + ' ';
  server.says(good_headers(1));
  say_within_window(server, message(much));
  server.says(trailers(1));
  EXPECT_TRUE(outcome(answer)->value() == much);
}

TEST(UnaryCall, FailsWithAReplyOfManyPartsThatIsNone) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "much, please"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  std::string bytes = message(std::string(600'000, 'm'));
  bytes[6] = static_cast<char>(bytes[6] + 1);  // a field that goes on beyond the message
  server.says(good_headers(1));
  say_within_window(server, bytes);
  server.says(trailers(1));
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::internal);
}

struct Misbehaviour {
  const char* what;
  testing::FrameScript answer;
  StatusCode code;
};

class UnaryAnswer : public ::testing::TestWithParam<Misbehaviour> {};

TEST_P(UnaryAnswer, BecomesAStatus) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(GetParam().answer);
  const Result<Text> result = outcome(answer);
  EXPECT_EQ(result.status().code(), GetParam().code) << GetParam().what << ": " << result.status();
  EXPECT_NE(result.status().message(), "") << GetParam().what;
}

INSTANTIATE_TEST_SUITE_P(
    OfAServerThatErrs, UnaryAnswer,
    ::testing::Values(
        Misbehaviour{"no message", good_headers(1).then(trailers(1)), StatusCode::unimplemented},
        Misbehaviour{"two messages", good_headers(1).data(1, message("a") + message("b")).then(trailers(1)),
                     StatusCode::unimplemented},
        Misbehaviour{"two messages, apart", good_headers(1).data(1, message("a")).data(1, message("b")),
                     StatusCode::unimplemented},
        Misbehaviour{"no trailers", good_headers(1).data(1, message("a")).end_stream(), StatusCode::internal},
        Misbehaviour{"trailers without status",
                     good_headers(1).data(1, message("a")).headers(1).field("x", "y").end_stream(),
                     StatusCode::unknown},
        Misbehaviour{"a message cut short", good_headers(1).data(1, std::string(3, '\0')).then(trailers(1)),
                     StatusCode::internal},
        Misbehaviour{"not a protobuf message",
                     good_headers(1).data(1, testing::from_hex("00 00000002 0aff")).then(trailers(1)),
                     StatusCode::internal},
        Misbehaviour{"data before headers", frames().data(1, message("a")), StatusCode::internal},
        Misbehaviour{"an HTML page",
                     frames()
                         .headers(1)
                         .response("503")
                         .field("content-type", "text/html")
                         .data(1, "<p>down")
                         .end_stream(),
                     StatusCode::unavailable},
        Misbehaviour{"HTTP 404", frames().headers(1).response("404").end_stream(), StatusCode::unimplemented},
        Misbehaviour{"RST_STREAM after the headers",
                     good_headers(1).reset(1, http2::ErrorCode::internal_error), StatusCode::internal},
        Misbehaviour{"RST_STREAM CANCEL", frames().reset(1, http2::ErrorCode::cancel), StatusCode::cancelled},
        Misbehaviour{"RST_STREAM ENHANCE_YOUR_CALM", frames().reset(1, http2::ErrorCode::enhance_your_calm),
                     StatusCode::resource_exhausted},
        Misbehaviour{
            "RST_STREAM within the message",
            good_headers(1).data(1, message("abc").substr(0, 7)).reset(1, http2::ErrorCode::no_error),
            StatusCode::internal}));

TEST(UnaryCall, KeepsAnUnknownStatusCode) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> answer = begin(say(channel, "hello"));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(good_headers(1).then(trailers(1, 99, "strange")));
  EXPECT_EQ(outcome(answer).status().code(), static_cast<StatusCode>(99));
}

TEST(UnaryCall, FailsHereWhenItsMetadataIsMoreThanTheServerAccepts) {
  WirePeer peer;
  Channel channel(peer.target());
  std::future<Result<Text>> first = begin(say(channel, "hello"));
  WireConnection server = peer.accept({{testing::Setting::max_header_list_size, 1000}});
  server.skips_to(FrameType::data, 1);
  server.says(reply(1, "hi"));
  EXPECT_TRUE(outcome(first).ok());

  CallOptions options;
  options.metadata("x-large", std::string(1000, 'x'));
  EXPECT_EQ(outcome(say(channel, "hello", std::move(options))).status().code(), StatusCode::internal);
}

TEST(UnaryCall, AnswersAnEarlyReplyWithAResetThatSaysNoError) {
  WirePeer peer;
  Channel channel(peer.target());
  // The request does not fit the server's window, and the server does not wait for it.
  std::future<Result<Text>> answer = begin(say(channel, std::string(200'000, 'x')));
  WireConnection server = peer.accept();
  server.skips_to(FrameType::data, 1);
  server.says(frames()
                  .headers(1)
                  .response()
                  .field("content-type", "application/grpc")
                  .field("grpc-status", "7")
                  .end_stream());
  EXPECT_EQ(outcome(answer).status().code(), StatusCode::permission_denied);
  EXPECT_EQ(server.skips_to(FrameType::rst_stream, 1).code(), http2::ErrorCode::no_error);
}

}  // namespace
}  // namespace farcall::client_test
