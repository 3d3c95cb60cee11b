// Clients that break the rules: items 57 to 60 of docs/behaviours.md.

#include "server_dialogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace farcall::server::tests {
namespace {

using http2::ErrorCode;
using ::testing::ElementsAre;
using testing::frames;
using testing::FrameScript;
using testing::Setting;

/// The beginning of gRPC headers in literals that touch no table, without te and the end of the block.
FrameScript begun_headers(std::uint32_t stream) {
  return frames().headers(stream).request("POST", "/test.Coroutines/Echo").no_end_headers();
}

TEST(MalformedClient, ConnectionsThatEndWithinAFrameHeaderLeaveNothingBehind) {
  ServerDialogue d;
  for (std::uint8_t type = 0; type <= 10; ++type) {
    const std::string frame = frames().frame(type, 0, 1, std::string(8, '\0')).bytes();
    for (std::size_t cut = 1; cut < frame.size(); ++cut) {
      Peer& peer = d.connect();
      peer.says(frames().text(frame.substr(0, cut)));
      peer.disconnects();
      d.settle();
      ASSERT_EQ(d.shard().sessions(), 0u) << "type " << int{type} << " cut at " << cut;
    }
  }
}

struct BadClient {
  const char* what;
  FrameScript script;
};

// What C-core's tests of bad clients send. The outcome is told by the client's means: the connection is
// closed with a GOAWAY that names an error, or the next call succeeds.
TEST(MalformedClient, IsClosedWithAReasonOrServedButNeverLeftHanging) {
  using testing::flag::kEndHeaders;
  using testing::flag::kPadded;
  using testing::flag::kPriority;
  const std::vector<BadClient> kTable = {
      {"HEADERS whose padding is missing", frames().frame(0x1, kPadded | kEndHeaders, 1)},
      {"HEADERS whose priority is cut short", frames().frame(0x1, kPriority | kEndHeaders, 1, "\1\2\3\4")},
      {"HEADERS with more padding than payload", frames().frame(0x1, kPadded | kEndHeaders, 1, "\x09\x82")},
      {"DATA with more padding than payload", call(1, "Join").frame(0x0, kPadded, 1, "\x09 ")},
      {"PRIORITY of 4 bytes", frames().frame(0x2, 0, 1, std::string(4, '\0'))},
      {"RST_STREAM of 3 bytes", call(1, "Join").frame(0x3, 0, 1, std::string(3, '\0'))},
      {"SETTINGS of 5 bytes", frames().frame(0x4, 0, 0, std::string(5, '\0'))},
      {"SETTINGS of a stream", frames().frame(0x4, 0, 1)},
      {"an acknowledgement with content", frames().frame(0x4, 1, 0, std::string(6, '\0'))},
      {"PING of 7 bytes", frames().frame(0x6, 0, 0, std::string(7, '\0'))},
      {"GOAWAY of 7 bytes", frames().frame(0x7, 0, 0, std::string(7, '\0'))},
      {"WINDOW_UPDATE of 3 bytes", frames().frame(0x8, 0, 0, std::string(3, '\0'))},
      {"an index of nothing", frames().headers(1).block("80")},
      {"an index beyond the table", frames().headers(1).block("ff ff ff ff 0f")},
      {"an endless integer", frames().headers(1).block("ff 80 80 80 80 80 80 80 80 80 01")},
      {"three table sizes", frames().headers(1).block("20 20 20")},
      {"a table size in the middle", frames().headers(1).block("82 20")},
      {"a string that is cut short", frames().headers(1).block("40 0a 61")},
      {"HEADERS twice", call(1, "Join").then(call(1, "Join"))},
      {"HEADERS three times", call(1, "Join").then(call(1, "Join")).then(call(1, "Join"))},
      {"two content-types", unary(1, "Echo", "x")
                                .headers(3)
                                .request()
                                .field("content-type", "a")
                                .field("content-type", "b")
                                .end_stream()},
      {"a block that another frame interrupts", begun_headers(1).ping(1)},
      {"CONTINUATION of nothing", frames().continuation(1)},
      {"a stream's window that overflows",
       call(1, "Join").window_update(1, testing::kMaxWindow).window_update(1, testing::kMaxWindow)},
      {"the connection's window that overflows", frames().window_update(0, testing::kMaxWindow)},
      {"a window update of nothing", frames().window_update(0, 0)},
      {"a frame beyond the largest size", frames().data(1).declared_length(16'385)},
      {"DATA beyond the stream's window",
       call(1, "SlowReader").times(5, frames().data(1, std::string(16'384, '\0')))},
      {"DATA of a stream that nobody opened", frames().data(7, "hello")},
      {"unknown frames", frames().frame(0x42, 0xff, 1, "what?").frame(0xee, 0, 0).frame(0x0b, 0, 9)},
      {"an even stream", call(2, "Join")},
      {"a stream below the last one", call(5, "Join").then(call(3, "Join"))},
      {"PUSH_PROMISE", frames().push_promise(1, 2)},
      {"a promise to read of 4 GiB", call(1, "Echo").data(1, std::string("\0\xff\xff\xff\xff", 5))},
      {"metadata of 20 KB", call(1, "Echo").field("x-large", std::string(20'000, 'x')).split(9'000)},
      {"metadata of 100 KB", call(1, "Echo").field("x-large", std::string(100'000, 'x')).split(16'000)},
      {"another protocol", frames().text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")},
  };
  for (const BadClient& row : kTable) {
    SCOPED_TRACE(row.what);
    ServerDialogue d;
    Peer& peer = d.connect();
    peer.says(row.script);
    if (peer.go_away()) {
      EXPECT_NE(*peer.go_away(), ErrorCode::no_error);
      EXPECT_TRUE(peer.closed());
    } else {
      peer.says(unary(101, "Echo", "next").window_update(101, 1000));
      EXPECT_THAT(peer.answer(101).texts(), ElementsAre("next"));
    }
    peer.disconnects();
    d.settle();
    EXPECT_EQ(d.shard().sessions(), 0u);
    d.service.gate.open();
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
  }
}

TEST(MalformedClient, AMessageThatNeverComesHoldsUpNoOtherCall) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Echo").data(1, std::string("\0\0\0\xff\xff", 5) + std::string(1000, 'x')));
  for (std::uint32_t stream = 3; stream < 43; stream += 2) {
    peer.says(unary(stream, "Echo", "past it"));
    EXPECT_THAT(peer.answer(stream).texts(), ElementsAre("past it"));
  }
  EXPECT_FALSE(peer.answer(1).ended);
}

TEST(MalformedClient, WrongRequestsAreAnsweredInHttpAndInGrpc) {
  const auto request = [](const char* method, const char* path) {
    return frames().headers(1).request(method, path);
  };
  struct Row {
    const char* what;
    FrameScript script;
    const char* http;
    const char* grpc;
  };
  const char* kEcho = "/test.Coroutines/Echo";
  const std::vector<Row> kTable = {
      {"GET", request("GET", kEcho).field("content-type", "application/grpc").end_stream(), "405", "13"},
      {"DELETE", request("DELETE", kEcho).field("content-type", "application/grpc").end_stream(), "405",
       "13"},
      {"another content-type", request("POST", kEcho).field("content-type", "image/jpeg").end_stream(), "415",
       "3"},
      {"no content-type", request("POST", kEcho).end_stream(), "415", "3"},
      {"a timeout of nine digits", call(1, "Echo").field("grpc-timeout", "123456789S").end_stream(), "400",
       "13"},
      {"a -bin value that is not base64", call(1, "Echo").field("x-bin", "!!*!!").end_stream(), "400", "13"},
      {"two hosts", call(1, "Echo").field("host", "a").field("host", "b").end_stream(), "400", "13"},
      {"a path without a method",
       request("POST", "/test.Coroutines").field("content-type", "application/grpc").end_stream(), "200",
       "12"},
      {"a path with two slashes",
       request("POST", "//test.Coroutines/Echo").field("content-type", "application/grpc").end_stream(),
       "200", "12"},
      {"a path of a slash", request("POST", "/").field("content-type", "application/grpc").end_stream(),
       "200", "12"},
  };
  for (const Row& row : kTable) {
    SCOPED_TRACE(row.what);
    ServerDialogue d;
    Peer& peer = d.connect();
    peer.says(row.script);
    EXPECT_EQ(peer.answer(1).header(":status"), row.http);
    EXPECT_EQ(peer.answer(1).header("grpc-status"), row.grpc);
    EXPECT_TRUE(peer.answer(1).ended);
    EXPECT_EQ(d.service.lives.begun, 0u);
    peer.says(unary(3, "Echo", "next"));
    EXPECT_THAT(peer.answer(3).texts(), ElementsAre("next"));
  }
}

// gRFC A41.
TEST(MalformedClient, AConnectionHeaderResetsTheStream) {
  ServerDialogue d;
  Peer& peer = d.connect();
  peer.says(call(1, "Echo").field("connection", "close").end_stream());
  EXPECT_EQ(peer.answer(1).reset, ErrorCode::protocol_error);
  EXPECT_FALSE(peer.go_away());
}

TEST(MalformedClient, ARefusalThatThePeerWouldNotReadIsAReset) {
  for (const char* method : {"Echo", "NoSuchMethod"}) {
    ServerDialogue d;
    Peer& peer = d.connect({{Setting::max_header_list_size, 60}});
    peer.says(call(1, method).field("grpc-timeout", "never").end_stream());
    EXPECT_EQ(peer.answer(1).reset, ErrorCode::internal_error) << method;
    EXPECT_EQ(d.shard().calls_in_use(), 0u);
    EXPECT_FALSE(peer.go_away());
  }
}

}  // namespace
}  // namespace farcall::server::tests
