// The shape of frames: RFC 9113 §4 and §6. Names of the form "6.1/1" are h2spec's.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

struct Rule {
  const char* name;
  FrameScript says;
  Outcome outcome;
};

const Outcome kProtocol = connection_error(ErrorCode::protocol_error);
const Outcome kFrameSize = connection_error(ErrorCode::frame_size_error);

FrameScript open_request(std::uint32_t stream) {
  return frames().headers(stream).request();
}
FrameScript request(std::uint32_t stream) {
  return frames().headers(stream).request().end_stream();
}

class Frames : public EachChunking {
 protected:
  /// Each row is the whole of what a client says after the handshake, or a server in answer to a request.
  template <class Rows>
  void check_server(const Rows& rows) {
    for_each(rows, [this](const Rule& row) {
      Dialogue& d = server();
      d.peer_sends(row.says);
      expect_outcome(d, row.outcome);
    });
  }
  template <class Rows>
  void check_client(const Rows& rows) {
    for_each(rows, [this](const Rule& row) {
      Dialogue& d = client();
      d.request(true);
      d.peer_sends(row.says);
      expect_outcome(d, row.outcome);
    });
  }
};
FARCALL_EACH_CHUNKING(Frames);

const std::string kMaxPayload(16'384, 'x');
const std::string kTooLarge(16'385, 'x');

// RFC 9113 §4.1, §4.2, §5.5.
const Rule kFormat[] = {
    {"4.1/1 unknown types are ignored", frames().frame(0x16, 0, 0, "anything"), kIgnored},
    {"4.1/1 on any stream, whatever its flags", frames().frame(0xff, 0xff, 77, "anything"), kIgnored},
    {"an unknown type may be empty", frames().frame(0xa, 0, 0), kIgnored},
    {"4.1/2 flags that mean nothing are ignored", frames().ping(1).add_flags(0xfe), kIgnored},
    {"4.1/3 the reserved bit is ignored", frames().frame(6, 0, 0x8000'0000U, "12345678"), kIgnored},
    {"the reserved bit of a stream", frames().headers(0x8000'0001U).request().end_stream(), kAccepted},
    {"4.2/1 a frame as large as allowed", open_request(1).data(1, kMaxPayload), kAccepted},
    {"4.2/2 DATA larger than allowed", open_request(1).data(1, kTooLarge), kFrameSize},
    {"4.2/3 HEADERS larger than allowed", frames().headers(1).request().field("x", kTooLarge), kFrameSize},
    {"SETTINGS larger than allowed", frames().frame(4, 0, 0, kTooLarge), kFrameSize},
    {"an unknown type larger than allowed", frames().frame(0x42, 0, 0, kTooLarge), kFrameSize},
    {"the size is refused before the payload comes", frames().data(1).declared_length(0xff'ffff), kFrameSize},
};

// RFC 9113 §6.1, §6.2: DATA and HEADERS.
const Rule kPadding[] = {
    {"6.1/1 DATA on stream 0", frames().data(0, "x"), kProtocol},
    {"6.1/3 DATA with more padding than payload",
     open_request(1).frame(0, 0x8, 1,
                           "\x06"
                           "12345"),
     kProtocol},
    {"DATA with as much padding as payload",
     open_request(1).frame(0, 0x8, 1,
                           "\x05"
                           "12345"),
     kAccepted},
    {"DATA that is padded and has no pad length", open_request(1).frame(0, 0x8, 1), kFrameSize},
    {"DATA of padding alone", open_request(1).data(1).padded(255), kAccepted},
    {"6.2/3 HEADERS on stream 0", request(0), kProtocol},
    {"6.2/4 HEADERS with more padding than payload",
     frames().frame(1, 0xd, 1,
                    "\x10"
                    "abc"),
     kProtocol},
    {"HEADERS that are padded and have no pad length", frames().frame(1, 0xd, 1), kFrameSize},
    {"HEADERS too short for its priority", frames().frame(1, 0x25, 1, "1234"), kFrameSize},
    {"HEADERS with padding", request(1).padded(9), kAccepted},
    {"HEADERS with padding and priority", request(1).padded(9).depends_on(0), kAccepted},
    {"5.3.1/1 HEADERS that depends on itself", request(1).depends_on(1), kProtocol},
};

// RFC 9113 §6.3, §6.4, §6.7, §6.8, §6.9.
const Rule kSmallFrames[] = {
    {"6.3/1 PRIORITY on stream 0", frames().priority(0, 1), kProtocol},
    {"6.3/2 PRIORITY of 4 bytes", request(1).frame(2, 0, 1, "1234"), kFrameSize},
    {"PRIORITY of 6 bytes", request(1).frame(2, 0, 1, "123456"), kFrameSize},
    {"5.3.1/2 PRIORITY that depends on itself", frames().priority(1, 1), kProtocol},
    {"PRIORITY of an idle stream", frames().priority(99, 3), kIgnored},
    {"6.4/1 RST_STREAM on stream 0", frames().reset(0, ErrorCode::cancel), kProtocol},
    {"6.4/2 RST_STREAM on an idle stream", frames().reset(1, ErrorCode::cancel), kProtocol},
    {"6.4/3 RST_STREAM of 3 bytes", open_request(1).frame(3, 0, 1, "123"), kFrameSize},
    {"RST_STREAM of 5 bytes", open_request(1).frame(3, 0, 1, "12345"), kFrameSize},
    {"6.7/1 PING", frames().ping(1), kIgnored},
    {"6.7/2 PING with ACK", frames().ping_ack(1), kIgnored},
    {"6.7/3 PING on a stream", frames().frame(6, 0, 1, "12345678"), kProtocol},
    {"6.7/4 PING of 6 bytes", frames().frame(6, 0, 0, "123456"), kFrameSize},
    {"PING of 9 bytes", frames().frame(6, 0, 0, "123456789"), kFrameSize},
    {"6.8/1 GOAWAY on a stream", frames().frame(7, 0, 1, "12345678"), kProtocol},
    {"GOAWAY of 7 bytes", frames().frame(7, 0, 0, "1234567"), kFrameSize},
    {"6.9/1 WINDOW_UPDATE of 0 on the connection", frames().window_update(0, 0), kProtocol},
    {"6.9/2 WINDOW_UPDATE of 0 on a stream", open_request(1).window_update(1, 0), kProtocol},
    {"6.9/3 WINDOW_UPDATE of 3 bytes", frames().frame(8, 0, 0, "123"), kFrameSize},
    {"WINDOW_UPDATE of 5 bytes", open_request(1).frame(8, 0, 1, "12345"), kFrameSize},
    {"WINDOW_UPDATE with the reserved bit", frames().window_update(0, 0x8000'0001U), kIgnored},
};

// RFC 9113 §6.10, §4.3: header sections are contiguous.
const Rule kContinuation[] = {
    {"6.10/1 several CONTINUATION frames", request(1).field("a", std::string(300, 'a')).split(100),
     kAccepted},
    {"CONTINUATION frames of one byte", frames().headers(1).block("828486").end_stream().split(1), kAccepted},
    {"6.10/2 a second section in between", frames().headers(1).request().no_end_headers().data(1, "x"),
     kProtocol},
    {"6.2/1 HEADERS in between", frames().headers(1).request().no_end_headers().then(request(3)), kProtocol},
    {"6.2/2 PRIORITY in between", frames().headers(1).request().no_end_headers().priority(1, 0), kProtocol},
    {"PING in between", frames().headers(1).request().no_end_headers().ping(1), kProtocol},
    {"an unknown type in between", frames().headers(1).request().no_end_headers().frame(0x42, 0, 0),
     kProtocol},
    {"6.10/3 CONTINUATION on stream 0", frames().headers(1).request().no_end_headers().continuation(0),
     kProtocol},
    {"CONTINUATION of another stream", frames().headers(1).request().no_end_headers().continuation(3),
     kProtocol},
    {"6.10/4 CONTINUATION after END_HEADERS", open_request(1).continuation(1).field("a", "b"), kProtocol},
    {"6.10/5 CONTINUATION after a finished section",
     frames().headers(1).request().no_end_headers().continuation(1).continuation(1).field("a", "b"),
     kProtocol},
    {"6.10/6 CONTINUATION after DATA", open_request(1).data(1, "x").continuation(1).field("a", "b"),
     kProtocol},
    {"CONTINUATION of nothing", frames().continuation(1).request(), kProtocol},
};

// RFC 9113 §8.4: neither side pushes here.
const Rule kPush[] = {
    {"8.2/1 PUSH_PROMISE", request(1).push_promise(1, 2).request(), kProtocol},
    {"PUSH_PROMISE on stream 0", frames().push_promise(0, 2), kProtocol},
    {"PUSH_PROMISE on an idle stream", frames().push_promise(9, 2), kProtocol},
};

TEST_P(Frames, AreReadAsTheirFormatSays) {
  check_server(kFormat);
}
TEST_P(Frames, MustNotHaveMorePaddingThanPayload) {
  check_server(kPadding);
}
TEST_P(Frames, OfFixedSizeHaveThatSizeAndTheirPlace) {
  check_server(kSmallFrames);
}
TEST_P(Frames, OfAHeaderSectionAreContiguous) {
  check_server(kContinuation);
}
TEST_P(Frames, NeverPromiseAPushToAServer) {
  check_server(kPush);
}

// The same rules bind a server's frames (hostile-input A57).
TEST_P(Frames, OfAServerHaveTheSameShape) {
  const std::string kPad =
      "\x06"
      "12345";
  const FrameScript response = frames().headers(1).response();
  const Rule kRows[] = {
      {"unknown types", frames().frame(0x42, 0xff, 9, "x"), kIgnored},
      {"DATA larger than allowed", frames().then(response).data(1, kTooLarge), kFrameSize},
      {"DATA on stream 0", frames().data(0, "x"), kProtocol},
      {"DATA with more padding than payload", frames().then(response).frame(0, 0x8, 1, kPad), kProtocol},
      {"HEADERS on stream 0", frames().headers(0).response(), kProtocol},
      {"PRIORITY of 4 bytes", frames().frame(2, 0, 1, "1234"), kFrameSize},
      {"RST_STREAM of 3 bytes", frames().frame(3, 0, 1, "123"), kFrameSize},
      {"RST_STREAM on an idle stream", frames().reset(3, ErrorCode::cancel), kProtocol},
      {"PING of 7 bytes", frames().frame(6, 0, 0, "1234567"), kFrameSize},
      {"GOAWAY on a stream", frames().frame(7, 0, 1, "12345678"), kProtocol},
      {"WINDOW_UPDATE of 0", frames().window_update(0, 0), kProtocol},
      {"CONTINUATION of nothing", frames().continuation(1).response(), kProtocol},
      {"PING inside a section", frames().headers(1).response().no_end_headers().ping(1), kProtocol},
      {"a section in three frames", frames().headers(1).response().field("a", "b").split(4), kAccepted},
  };
  check_client(kRows);
}

// RFC 9113 §8.4: a client that said ENABLE_PUSH=0 treats a push as a connection error.
TEST_P(Frames, NeverPromiseAPushToAClient) {
  const Rule kRows[] = {
      {"PUSH_PROMISE on an open stream", frames().push_promise(1, 2).request("GET", "/"), kProtocol},
      {"PUSH_PROMISE on stream 0", frames().push_promise(0, 2), kProtocol},
      {"HEADERS on a stream nobody promised", frames().headers(2).response(), kProtocol},
  };
  check_client(kRows);
}

// RFC 9113 §6.7: the payload comes back as it was, before anything else that waits.
TEST_P(Frames, OfPingAreAnsweredWithTheSamePayload) {
  Dialogue& d = server();
  d.peer_sends(frames().ping(0x0123'4567'89ab'cdef));
  d.expect_sent(frames().ping_ack(0x0123'4567'89ab'cdef));
  d.expect_quiet();
}

// RFC 9113 §6.7, hostile-input §4-22: a sender that has no window still answers PINGs.
TEST_P(Frames, OfPingAreAnsweredWhileDataIsBlocked) {
  Dialogue& d = server_with_request(true);
  d.respond(1);
  d.send(1, std::string(70'000, 'x'));
  d.take_sent();
  d.peer_sends(frames().ping(5)).expect_sent(frames().ping_ack(5));
  d.ignore_rest();
}

// RFC 9113 §6.7: an acknowledgement of our own PING is told; one of somebody else's is not.
TEST_P(Frames, OfPingThatWeSentAreToldWhenTheyComeBack) {
  Dialogue& d = server();
  d.calls([](Connection& c) { c.ping(42); });
  d.expect_sent(frames().ping(42));
  d.peer_sends(frames().ping_ack(41)).expect_quiet();
  d.peer_sends(frames().ping_ack(42));
  EXPECT_EQ(d.expect_event<event::PingAcknowledged>().payload, 42U);
  d.peer_sends(frames().ping_ack(42)).expect_quiet();
}

// RFC 9113 §6.1: padding is no payload, and its window comes back without the application's doing.
TEST_P(Frames, OfPaddedDataGiveThePayloadAlone) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().data(1, "pay").padded(200).data(1, "load").padded(0).end_stream());
  d.expect_data(1, "payload", true);
  d.expect_quiet();
  d.reset(1, ErrorCode::cancel).expect_sent(frames().reset(1, ErrorCode::cancel));
}

}  // namespace
}  // namespace farcall::http2
