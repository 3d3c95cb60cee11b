// Floods of frames that cost their sender little: each limit of http2/limits.hpp just below, where nothing
// happens, and just above, where exactly the promised outcome does. Names of the form A10 are of the attack
// catalogue (reference: CVE-2019-9511 to 9518 and their successors).

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

FrameScript times(std::size_t count, const FrameScript& script) {
  return frames().times(count, script);
}

class Floods : public EachChunking {
 protected:
  /// `count` of `script` are borne, one more is not.
  void expect_limit(Dialogue& d, std::size_t count, const FrameScript& script, std::string_view token) {
    // In portions, as a transport would bring them, so that replies are read in between.
    for (std::size_t done = 0; done < count; done += 50)
      d.peer_sends(times(std::min<std::size_t>(50, count - done), script));
    d.ignore_rest();
    EXPECT_FALSE(d.engine().closed()) << "too early";
    d.peer_sends(script);
    expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, token));
  }
};
FARCALL_EACH_CHUNKING(Floods);

Config without_strikes() {
  Config config = quiet_config();
  config.limits.max_ping_strikes = 0;
  return config;
}

// A10, gRFC A8: two strikes are borne. The first PING is free: nothing came before it.
TEST_P(Floods, OfPingsEndTheConnection) {
  Dialogue& idle = server();
  idle.peer_sends(times(3, frames().ping(1)));
  idle.expect_sent(times(3, frames().ping_ack(1))).expect_quiet();
  idle.peer_sends(frames().ping(1));
  expect_outcome(idle, connection_error(ErrorCode::enhance_your_calm, "too_many_pings"));

  Dialogue& busy = server_with_request(true);
  busy.peer_sends(times(3, frames().ping(1)));
  busy.expect_sent(times(3, frames().ping_ack(1))).expect_quiet();
  busy.peer_sends(frames().ping(1));
  expect_outcome(busy, connection_error(ErrorCode::enhance_your_calm, "too_many_pings"));
}

// gRFC A8: a client that keeps to five minutes with streams, and to two hours without, is never punished.
TEST_P(Floods, OfPingsAreNoneWhenTheyKeepTheirDistance) {
  Dialogue& busy = server_with_request(true);
  for (int i = 0; i < 20; ++i)
    busy.after(minutes(5)).peer_sends(frames().ping(1)).expect_sent(frames().ping_ack(1));
  busy.expect_quiet();

  Dialogue& idle = server();
  for (int i = 0; i < 5; ++i)
    idle.after(hours(2)).peer_sends(frames().ping(1)).expect_sent(frames().ping_ack(1));
  idle.expect_quiet();
  idle.peer_sends(frames().ping(1));
  idle.after(hours(1)).peer_sends(frames().ping(1)).after(hours(1)).peer_sends(frames().ping(1));
  idle.ignore_rest();
}

// gRFC A8: HEADERS or DATA that we send wipe the slate.
TEST_P(Floods, OfPingsAreForgivenByWhatWeSend) {
  Dialogue& d = server_with_request(true);
  d.respond(1);
  for (int i = 0; i < 20; ++i) {
    d.peer_sends(times(3, frames().ping(1)));
    d.send(1, "data");
  }
  d.ignore_rest();
  EXPECT_FALSE(d.engine().closed());
}

// A10, R2: a peer that does not read its replies is not read either; what had been read already has a bound,
// too.
TEST_P(Floods, OfPingsThatNobodyReadsStopOurReading) {
  Dialogue& d = server(without_strikes());
  d.stop_writing();
  d.peer_sends(times(63, frames().ping(1)));
  EXPECT_TRUE(d.engine().wants_input());
  d.peer_sends(frames().ping(1));
  EXPECT_FALSE(d.engine().wants_input());
  d.peer_sends(times(64, frames().ping(1)));
  EXPECT_FALSE(d.engine().closed());
  d.resume_writing();
  EXPECT_TRUE(d.engine().wants_input());
  d.expect_sent(times(128, frames().ping_ack(1))).expect_quiet();
}

TEST_P(Floods, OfPingsThatNobodyReadsEndTheConnection) {
  Dialogue& d = server(without_strikes());
  d.stop_writing().peer_sends(times(129, frames().ping(1)));
  EXPECT_TRUE(d.engine().closed());
  d.resume_writing();
  std::vector<Frame> sent = d.take_sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_LE(sent.size(), 129U);
  EXPECT_EQ(sent.back().code(), ErrorCode::enhance_your_calm);
  d.ignore_rest();
}

// A11: ten SETTINGS at once and ten a second; each further one is a glitch, of which a thousand are borne.
// The token names the last straw.
TEST_P(Floods, OfSettingsEndTheConnection) {
  Dialogue& d = server();
  // The handshake's was the first of the ten.
  expect_limit(d, 9 + 1'000, frames().settings(), "too_many_settings");
}

TEST_P(Floods, OfSettingsAreForgivenWithTime) {
  Dialogue& d = server();
  for (int i = 0; i < 200; ++i) d.after(seconds(1)).peer_sends(times(10, frames().settings()));
  d.ignore_rest();
  EXPECT_FALSE(d.engine().closed());
}

// A11, R2.
TEST_P(Floods, OfSettingsThatNobodyReadsStopOurReading) {
  Dialogue& d = server();
  d.stop_writing().peer_sends(times(64, frames().settings()));
  EXPECT_FALSE(d.engine().wants_input());
  EXPECT_FALSE(d.engine().closed());
  d.resume_writing();
  EXPECT_TRUE(d.engine().wants_input());
  d.expect_sent(times(64, frames().settings_ack())).expect_quiet();
}

FrameScript settings_of(std::size_t entries) {
  std::string payload;
  for (std::size_t i = 0; i < entries; ++i) payload += std::string("\x00\x03\x00\x00\x00\x64", 6);
  return frames().frame(4, 0, 0, payload);
}

// A12, CVE-2020-11080.
TEST_P(Floods, OfSettingsInOneFrameEndTheConnection) {
  server().peer_sends(settings_of(32)).expect_sent(frames().settings_ack()).expect_quiet();
  server().peer_sends(settings_of(33)).expect_go_away(ErrorCode::enhance_your_calm, "too_many_settings");
  client().peer_sends(settings_of(33)).expect_go_away(ErrorCode::enhance_your_calm, "too_many_settings");
}

// A13: the table's size goes up and down between blocks; the encoder signals the least and the last of it.
TEST_P(Floods, OfTableSizesAreCoalesced) {
  Dialogue& d = server_with_request(true);
  for (int i = 0; i < 4; ++i) {
    d.peer_sends(frames()
                     .settings({{Setting::header_table_size, 0}})
                     .settings({{Setting::header_table_size, 0xffff'ffffU}}));
  }
  d.take_sent();
  d.respond(1, "200", true);
  EXPECT_LT(d.expect_frame(FrameType::headers).payload.size(), 16U);
  d.expect_closed(1);
}

// A14: window sizes that oscillate over many streams.
TEST_P(Floods, OfWindowSizesEndTheConnection) {
  Dialogue& d = server();
  for (std::uint32_t id = 1; id < 201; id += 2) d.peer_sends(frames().headers(id).request());
  const FrameScript flip = frames()
                               .settings({{Setting::initial_window_size, 0}})
                               .settings({{Setting::initial_window_size, 65'535}});
  for (int i = 0; i < 2'000 && !d.engine().closed(); ++i) d.peer_sends(flip);
  EXPECT_TRUE(d.engine().closed());
  d.ignore_rest();
}

// A15: acknowledgements nobody asked for. (Of SETTINGS: dialogue_handshake.cpp.)
TEST_P(Floods, OfPingAcknowledgementsEndTheConnection) {
  expect_limit(server(), 1'000, frames().ping_ack(7), "too_many_glitches");
}

// A16, CVE-2019-9513.
TEST_P(Floods, OfPriorityEndTheConnection) {
  expect_limit(server(), 1'000, frames().priority(99, 4), "too_many_glitches");
}

// A17: 5 + 2 x streams + 20 x DATA frames sent.
TEST_P(Floods, OfWindowUpdatesEndTheConnection) {
  expect_limit(server(), 5, frames().window_update(0, 1), "window_update_flood");
  Dialogue& d = server_with_request(true);
  d.respond(1).send(1, "x");
  d.ignore_rest();
  expect_limit(d, 5 + 2 + 20, frames().window_update(1, 1), "window_update_flood");
}

// A21: types that nobody knows: a hundred are free.
TEST_P(Floods, OfUnknownFramesEndTheConnection) {
  expect_limit(server(), 100 + 1'000, frames().frame(0x42, 0, 0, "x"), "too_many_glitches");
}

// A22: GOAWAY again and again; its debug data is not kept.
TEST_P(Floods, OfGoAwayAreIdempotent) {
  Dialogue& d = server();
  const FrameScript bye = frames().go_away(0, ErrorCode::no_error, std::string(8'000, '!'));
  d.peer_sends(times(3, bye));
  EXPECT_LE(d.expect_event<event::GoAwayReceived>().debug_data.size(), kGoAwayDebugKept);
  EXPECT_FALSE(d.engine().closed());
  for (int i = 0; i < 2'000 && !d.engine().closed(); ++i)
    d.peer_sends(frames().go_away(0, ErrorCode::no_error));
  EXPECT_TRUE(d.engine().closed());
  d.ignore_rest();
}

TEST_P(Floods, OfGoAwayMustNotRaiseTheLastStream) {
  Dialogue& d = server();
  d.peer_sends(frames().go_away(0, ErrorCode::no_error).go_away(2, ErrorCode::no_error));
  expect_outcome(d, connection_error(ErrorCode::protocol_error));
}

// A57: a server's floods are held against it as well.
TEST_P(Floods, OfAServerEndTheConnection) {
  expect_limit(client(), 1'000, frames().priority(99, 4), "too_many_glitches");
  expect_limit(client(), 5, frames().window_update(0, 1), "window_update_flood");

  Dialogue& d = client();
  d.request(true);
  const FrameScript interim = frames().headers(1).response("103");
  expect_limit(d, 8 + 1'000, interim, "too_many_glitches");
}

}  // namespace
}  // namespace farcall::http2
