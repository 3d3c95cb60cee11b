// A request whose payload comes with its headers is answered as one that comes in pieces.

#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::server::tests {
namespace {

using ::testing::ElementsAre;
using testing::frames;
using testing::FrameScript;
using ::testing::HasSubstr;

/// Handlers that are no coroutines.
class PlainService : public codegen::ServiceBase {
 public:
  Task<Result<Text>> pass_on(ServerContext& context, const Text& request) {
    return echo_.echo(context, request);
  }
  Task<Result<Text>> throw_at_once(ServerContext&, const Text& request) {
    throw std::runtime_error("secret " + request.value());
  }
  [[nodiscard]] std::string_view service_name() const override { return "test.Plain"; }
  [[nodiscard]] std::span<const codegen::MethodBinding> methods() const override {
    static constexpr codegen::MethodBinding kMethods[] = {
        codegen::unary<&PlainService::pass_on>("/test.Plain/PassOn"),
        codegen::unary<&PlainService::throw_at_once>("/test.Plain/ThrowAtOnce"),
    };
    return kMethods;
  }

 private:
  TestService echo_;
};

enum class Cut : std::uint8_t { whole, one_by_one };

testing::MemoryStreamOptions streams_of(Cut cut) {
  testing::MemoryStreamOptions streams;
  if (cut == Cut::one_by_one) streams.read_limit = streams.write_limit = 1;
  return streams;
}

FrameScript call_of(std::uint32_t stream, std::string_view path) {
  return frames()
      .headers(stream)
      .request("POST", path)
      .field("te", "trailers")
      .field("content-type", "application/grpc");
}

/// Everything that the client has heard on the stream.
std::string text_of(const Answer& answer) {
  std::string all;
  for (const testing::HeaderField& field : answer.headers) all += field.name + "=" + field.value + "\n";
  all += answer.body + "\n";
  for (const testing::HeaderField& field : answer.trailers) all += field.name + "=" + field.value + "\n";
  if (answer.ended) all += "ended\n";
  // NO_ERROR asks a client for no more, if it had not finished when the answer was clear.
  if (answer.reset && answer.reset != http2::ErrorCode::no_error) all += "reset\n";
  return all;
}

constexpr std::uint32_t kTimes = 5;

/// The answers to the same request, which comes so often that it is known by heart in the end.
std::vector<std::string> answers(Cut cut, const ServerOptions& options, std::string_view path,
                                 std::string_view payload) {
  ServerDialogue d(options, streams_of(cut));
  PlainService plain;
  d.add(plain);
  Peer& peer = d.connect();
  FrameScript script;
  for (std::uint32_t i = 0; i < kTimes; ++i)
    script.then(call_of(2 * i + 1, path)).data(2 * i + 1, payload).end_stream();
  peer.says(script);
  std::vector<std::string> texts;
  for (std::uint32_t i = 0; i < kTimes; ++i) texts.push_back(text_of(peer.answer(2 * i + 1)));
  EXPECT_EQ(d.shard().calls_in_use(), 0u) << path;
  EXPECT_EQ(d.service.lives.begun, d.service.lives.ended) << path;
  return texts;
}

/// The only answer that there is to such a request, however it comes.
std::string answer(std::string_view path, std::string_view payload,
                   const ServerOptions& options = ServerOptions()) {
  const std::vector<std::string> whole = answers(Cut::whole, options, path, payload);
  EXPECT_EQ(whole, std::vector<std::string>(kTimes, whole.front())) << path;
  EXPECT_EQ(answers(Cut::one_by_one, options, path, payload), whole) << path;
  EXPECT_THAT(whole.front(), HasSubstr("ended\n"));
  return whole.front();
}

TEST(WholeRequest, IsAnsweredWithItsMessage) {
  EXPECT_THAT(answer("/test.Coroutines/Echo", message("hello")), HasSubstr(message("hello")));
  EXPECT_THAT(answer("/test.Coroutines/Echo", message("")), HasSubstr("grpc-status=0"));
  EXPECT_THAT(answer("/test.Coroutines/Echo", message(std::string(9'000, 'x'))),
              HasSubstr(message(std::string(9'000, 'x'))));
  EXPECT_THAT(answer("/test.Coroutines/Count", message("3")), HasSubstr(message("2")));
}

TEST(WholeRequest, MustBeOneUncompressedMessageOfTheLengthThatItSays) {
  const std::string good = message("hello");
  std::string compressed = good;
  compressed[0] = 1;
  std::string too_long = good;
  ++too_long[4];
  std::string too_short = good;
  --too_short[4];
  EXPECT_THAT(answer("/test.Coroutines/Echo", compressed), HasSubstr("grpc-status=13"));
  EXPECT_THAT(answer("/test.Coroutines/Echo", too_long), HasSubstr("grpc-status=13"));
  EXPECT_THAT(answer("/test.Coroutines/Echo", too_short), HasSubstr("grpc-status="));
  EXPECT_THAT(answer("/test.Coroutines/Echo", good + good), HasSubstr("grpc-status=12"));
  EXPECT_THAT(answer("/test.Coroutines/Echo", good.substr(0, 3)), HasSubstr("grpc-status=13"));
}

TEST(WholeRequest, MustNotBeLargerThanTheLimit) {
  ServerOptions options;
  options.max_receive_message_size = 100;
  const std::size_t overhead = message("x").size() - 5 - 1;
  const std::string largest(100 - overhead, 'x');
  EXPECT_THAT(answer("/test.Coroutines/Echo", message(largest), options), HasSubstr("grpc-status=0"));
  EXPECT_THAT(answer("/test.Coroutines/Echo", message(largest + "x"), options), HasSubstr("grpc-status=8"));
}

TEST(WholeRequest, MustBeOfTheMethodsType) {
  std::string garbage = message("hello");
  garbage[5] = '\xff';
  EXPECT_THAT(answer("/test.Coroutines/Echo", garbage), HasSubstr("grpc-status=13"));
  EXPECT_THAT(answer("/test.Coroutines/Count", garbage), HasSubstr("grpc-status=13"));
}

TEST(WholeRequest, MustBeForAMethodThatThereIs) {
  EXPECT_THAT(answer("/test.Coroutines/Sing", message("hello")), HasSubstr("grpc-status=12"));
}

// The payload was lost once, and the stream read as ended.
TEST(WholeRequest, IsHeardByHandlersThatReadStreams) {
  const std::string both = message("a") + message("b");
  EXPECT_THAT(answer("/test.Coroutines/Join", both), HasSubstr(message("a;b;")));
  EXPECT_THAT(answer("/test.Coroutines/Chat", both), HasSubstr(message("re: a") + message("re: b")));
  EXPECT_THAT(answer("/test.Coroutines/Early", both), HasSubstr(message("enough after a")));
  EXPECT_THAT(answer("/test.Coroutines/Greet", both), HasSubstr("grpc-status=10"));
  EXPECT_THAT(answer("/test.Coroutines/Join", both + "\1"), HasSubstr("grpc-status=13"));
}

TEST(WholeRequest, WaitsInTheReaderOfAHandlerThatReadsLater) {
  for (const Cut cut : {Cut::whole, Cut::one_by_one}) {
    ServerDialogue d(ServerOptions(), streams_of(cut));
    Peer& peer = d.connect();
    FrameScript script;
    for (const std::uint32_t stream : {1u, 3u})
      script.then(unary(stream, "SlowReader", "x")).reset(stream, http2::ErrorCode::cancel);
    script.then(call(5, "SlowReader").data(5, message("four") + message("five!")).end_stream());
    peer.says(script);
    peer.says(unary(7, "Echo", std::string(200, 'y')));  // where the other bytes were
    d.loop().post([&d] { d.service.gate.open(); });
    d.settle();
    EXPECT_THAT(peer.answer(5).texts(), ElementsAre("9"));
  }
}

TEST(WholeRequest, IsKeptWhileItsHandlerHasToWait) {
  ServerOptions options;
  options.max_concurrent_streams = 2;
  for (const Cut cut : {Cut::whole, Cut::one_by_one}) {
    ServerDialogue d(options, streams_of(cut));
    Peer& peer = d.connect();
    for (const std::uint32_t stream : {1u, 3u})
      peer.says(unary(stream, "WaitForeign", "x").reset(stream, http2::ErrorCode::cancel));
    peer.says(unary(5, "WaitForeign", "waits").then(call(7, "Join").data(7, message("too")).end_stream()));
    peer.says(frames().frame(0x77, 0, 0, std::string(500, 'z')));  // where the other bytes were
    EXPECT_EQ(d.service.lives.begun, 2u);
    while (d.service.foreign.waiters() > 0) {
      d.loop().post([&d] { d.service.foreign.let_one_pass(); });
      d.settle();
    }
    d.loop().post([&d] { d.service.gate.open(); });
    d.settle();
    EXPECT_THAT(peer.answer(5).texts(), ElementsAre("waits"));
    EXPECT_THAT(peer.answer(7).texts(), ElementsAre("too;"));
    EXPECT_EQ(peer.answer(5).status(), "0");
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
  }
}

TEST(WholeRequest, MayBeForAHandlerThatThrowsAtOnce) {
  for (const std::string_view path : {"/test.Coroutines/Explode", "/test.Plain/ThrowAtOnce"}) {
    const std::string heard = answer(path, message("word"));
    EXPECT_THAT(heard, HasSubstr("grpc-status=2\n")) << path;
    EXPECT_THAT(heard, ::testing::Not(HasSubstr("secret"))) << path;
  }
  EXPECT_THAT(answer("/test.Coroutines/Explode", message("int")), HasSubstr("grpc-status=2\n"));
}

TEST(WholeRequest, MayBeForAHandlerThatIsNoCoroutine) {
  EXPECT_THAT(answer("/test.Plain/PassOn", message("hello")), HasSubstr(message("hello")));
}

TEST(WholeRequest, MayBeParsedOnAnArena) {
  ServerOptions options;
  options.request_arenas = true;
  for (const std::string_view path : {"/test.Coroutines/Echo", "/test.Plain/PassOn"})
    EXPECT_THAT(answer(path, message("hello"), options), HasSubstr(message("hello")));
  EXPECT_THAT(answer("/test.Plain/ThrowAtOnce", message("hello"), options), HasSubstr("grpc-status=2\n"));
  std::string garbage = message("hello");
  garbage[5] = '\xff';
  EXPECT_THAT(answer("/test.Coroutines/Echo", garbage, options), HasSubstr("grpc-status=13"));
}

TEST(WholeRequest, MayBeRefusedOrAnsweredWithMetadata) {
  EXPECT_THAT(answer("/test.Coroutines/Refuse", message("hello")), HasSubstr("x-why=because"));
  EXPECT_THAT(answer("/test.Coroutines/Describe", message("te")), HasSubstr("x-initial=first"));
}

}  // namespace
}  // namespace farcall::server::tests
