// The start of a connection: RFC 9113 §3.4 and §6.5, hostile-input A03 and A04.

#include "dialogue_fixture.hpp"

#include <algorithm>

namespace farcall::http2 {
namespace {

class Handshake : public EachChunking {};
FARCALL_EACH_CHUNKING(Handshake);

// RFC 9113 §3.4: the server's preface is a SETTINGS frame, and each side acknowledges the other's.
TEST_P(Handshake, OfAServerIsSettingsAndAnAcknowledgement) {
  Dialogue& d = fresh_server();
  EXPECT_FALSE(d.engine().handshake_complete());
  d.opens();
  EXPECT_TRUE(d.engine().handshake_complete());
  d.expect_quiet();
}

// RFC 9113 §3.4: the client's preface begins with 24 fixed bytes.
TEST_P(Handshake, OfAClientIsThePrefaceSettingsAndAnAcknowledgement) {
  Dialogue& d = fresh_client();
  EXPECT_FALSE(d.engine().handshake_complete());
  d.opens();
  EXPECT_TRUE(d.engine().handshake_complete());
  d.expect_quiet();
}

// RFC 9113 §6.5.2: what an endpoint wants to bind its peer, it says. §8.4: a client that wants no push says
// so.
TEST_P(Handshake, AdvertisesTheConfiguredLimits) {
  Config config = quiet_config();
  config.initial_window_size = 100'000;
  config.max_frame_size = 32'768;
  config.limits.max_concurrent_streams = 17;
  config.limits.max_header_list_size = 12'345;
  Dialogue& d = server(config);
  EXPECT_EQ(d.peer().engine_setting(Setting::initial_window_size, 65'535), 100'000U);
  EXPECT_EQ(d.peer().engine_setting(Setting::max_frame_size, 16'384), 32'768U);
  EXPECT_EQ(d.peer().engine_setting(Setting::max_concurrent_streams, 0), 17U);
  EXPECT_EQ(d.peer().engine_setting(Setting::max_header_list_size, 0), 12'345U);

  Dialogue& c = client(config);
  EXPECT_EQ(c.peer().engine_setting(Setting::enable_push, 1), 0U);
  EXPECT_EQ(c.peer().engine_setting(Setting::max_header_list_size, 0), 12'345U);
}

// RFC 9113 §3.4 and hostile-input A03: the first wrong byte ends it; nobody waits for all 24.
TEST_P(Handshake, EndsAtTheFirstWrongByteOfThePreface) {
  for (std::size_t right = 0; right < farcall::testing::kPreface.size(); ++right) {
    Dialogue& d = fresh_server();
    d.peer_sends(frames().text(farcall::testing::kPreface.substr(0, right)));
    EXPECT_FALSE(d.engine().closed()) << right;
    d.peer_sends(frames().text("\x7f"));
    EXPECT_TRUE(d.engine().closed()) << right;
    for (const Frame& frame : d.take_sent()) {
      EXPECT_TRUE(frame.type != FrameType::go_away || frame.code() == ErrorCode::protocol_error) << right;
    }
    d.ignore_rest();
  }
}

// h2spec http2/3.5/2.
TEST_P(Handshake, RefusesTheRequestOfAnotherProtocol) {
  for (const char* words :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "INVALID CONNECTION PREFACE\r\n\r\n", "\x16\x03\x01\x02"}) {
    Dialogue& d = fresh_server();
    d.peer_sends(frames().text(words));
    EXPECT_TRUE(d.engine().closed()) << words;
    d.ignore_rest();
  }
}

struct FirstFrame {
  const char* name;
  FrameScript script;
};

// RFC 9113 §3.4, hostile-input A04: SETTINGS must be the first frame of either side.
TEST_P(Handshake, NeedsSettingsAsThePeersFirstFrame) {
  const FirstFrame kRows[] = {
      {"PING", frames().ping(1)},
      {"HEADERS", frames().headers(1).request().end_stream()},
      {"WINDOW_UPDATE", frames().window_update(0, 1)},
      {"an acknowledgement of SETTINGS", frames().settings_ack()},
      {"GOAWAY", frames().go_away(0, ErrorCode::no_error)},
      {"a type that nobody knows", frames().frame(0x42, 0, 0, "x")},
  };
  for_each(kRows, [this](const FirstFrame& row) {
    Dialogue& d = fresh_server();
    d.peer_sends(frames().preface().then(row.script));
    expect_outcome(d, connection_error(ErrorCode::protocol_error));
  });
  for_each(kRows, [this](const FirstFrame& row) {
    Dialogue& d = fresh_client();
    d.calls([](Connection&) {});
    d.peer_sends(row.script);
    expect_outcome(d, connection_error(ErrorCode::protocol_error));
  });
}

// hostile-input A02: one deadline of 10 s from the beginning to the peer's first SETTINGS, not moved by
// drips.
TEST_P(Handshake, IsGivenUpAfterTenSeconds) {
  Dialogue& silent = fresh_server();
  silent.after(milliseconds(9'999));
  EXPECT_FALSE(silent.engine().closed());
  silent.after(milliseconds(1));
  EXPECT_TRUE(silent.engine().closed());
  silent.ignore_rest();

  Dialogue& dripping = fresh_server();
  std::string hello = frames().preface().settings().bytes();
  for (std::size_t i = 0; i < 10; ++i)
    dripping.peer_sends(frames().text(hello.substr(i, 1))).after(milliseconds(999));
  EXPECT_FALSE(dripping.engine().closed());
  dripping.after(milliseconds(10));
  std::vector<Frame> sent = dripping.take_sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.back().type, FrameType::go_away);
  EXPECT_EQ(sent.back().debug_data(), "handshake_timeout");
  dripping.ignore_rest();

  Dialogue& mute_server = fresh_client();
  mute_server.after(seconds(10));
  EXPECT_TRUE(mute_server.engine().closed());
  mute_server.ignore_rest();
}

// RFC 9113 §6.5.3: SETTINGS that are not acknowledged in time end the connection.
TEST_P(Handshake, EndsWhenOurSettingsAreNotAcknowledgedFor30Seconds) {
  Dialogue& d = fresh_server();
  d.peer_sends(frames().preface().settings());
  d.take_sent();
  EXPECT_TRUE(d.expect_event<event::SettingsReceived>().first);
  d.after(milliseconds(29'999)).expect_quiet();
  d.after(milliseconds(1)).expect_go_away(ErrorCode::settings_timeout, "settings_timeout");
}

// RFC 9113 §6.5.3: an acknowledgement that nothing asked for.
TEST_P(Handshake, DoesNotTakeAnAcknowledgementTwice) {
  server().peer_sends(frames().settings_ack()).expect_go_away(ErrorCode::protocol_error);
  client().peer_sends(frames().settings_ack()).expect_go_away(ErrorCode::protocol_error);
}

// RFC 9113 §3.4: a client may send requests without waiting for the server's SETTINGS.
TEST_P(Handshake, DoesNotDelayTheFirstRequest) {
  Dialogue& s = fresh_server();
  s.peer_sends(frames().preface().settings().headers(1).request().end_stream());
  EXPECT_TRUE(s.expect_event<event::SettingsReceived>().first);
  s.expect_headers(1);
  s.ignore_rest();

  Dialogue& c = fresh_client();
  c.calls([](Connection&) {});
  EXPECT_EQ(c.expect_frame(FrameType::settings).stream, 0U);
  EXPECT_EQ(c.request(true), 1U);
}

// After the end nothing is parsed (hostile-input R6), and the transport's end says nothing new.
TEST_P(Handshake, IsNotResumedAfterAnError) {
  Dialogue& d = server();
  d.peer_sends(frames().settings_ack()).expect_go_away(ErrorCode::protocol_error);
  d.engine().receive(base::as_bytes(frames().ping(1).headers(1).request().end_stream().bytes()), d.now());
  d.calls([](Connection&) {});
  d.expect_no_event().expect_nothing_sent();
  d.peer_disconnects();
  d.expect_no_event();
}

// A transport that ends takes all streams with it; whether the peer acted on them, nobody knows.
TEST_P(Handshake, IsUndoneByTheEndOfTheTransport) {
  Dialogue& d = client();
  std::uint32_t stream = d.request(true);
  d.peer_disconnects("broken pipe");
  auto closed = d.expect_event<event::StreamClosed>();
  EXPECT_EQ(closed.stream, d.key(stream));
  EXPECT_FALSE(closed.clean);
  EXPECT_FALSE(closed.unprocessed);
  EXPECT_EQ(closed.initiator, Initiator::peer);
  EXPECT_EQ(d.expect_event<event::ConnectionClosed>().reason, "broken pipe");
  d.expect_no_event().expect_nothing_sent();
  EXPECT_TRUE(d.engine().closed());
}

// RFC 9113 §8.7: what never left us the peer has not acted on.
TEST_P(Handshake, IsUndoneWithRequestsThatNeverLeft) {
  Dialogue& d = client();
  std::uint32_t sent = d.request(true);
  d.stop_writing();
  std::optional<StreamKey> kept = d.engine().open_stream(header_map({{":method", "GET"}}), true);
  ASSERT_TRUE(kept);
  d.peer_disconnects();
  for (int i = 0; i < 2; ++i) {
    auto closed = d.expect_event<event::StreamClosed>();
    EXPECT_EQ(closed.unprocessed, closed.stream == *kept);
    EXPECT_EQ(closed.unprocessed, closed.stream != d.key(sent));
  }
  d.expect_event<event::ConnectionClosed>();
}

}  // namespace
}  // namespace farcall::http2
