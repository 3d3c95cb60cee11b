// How a connection ends, and what keeps it: GOAWAY (RFC 9113 §6.8), keepalive (gRFC A8), idle time, age and
// grace (gRFC A9).

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

constexpr std::uint32_t kAll = 0x7fff'ffff;

FrameScript request(std::uint32_t stream) {
  return frames().headers(stream).request().end_stream();
}

class Drain : public EachChunking {};
FARCALL_EACH_CHUNKING(Drain);

// RFC 9113 §6.8: the graceful shutdown of a server has two steps, with a round trip in between.
TEST_P(Drain, OfAServerServesWhatWasOnItsWay) {
  Dialogue& d = server_with_request(true);
  d.calls([](Connection& c) { c.drain("max_age"); });
  EXPECT_TRUE(d.engine().draining());
  EXPECT_FALSE(d.engine().drained());
  d.expect_sent(frames().go_away(kAll, ErrorCode::no_error, "max_age"));
  std::uint64_t payload = d.expect_frame(FrameType::ping).opaque();
  d.peer_sends(request(3)).expect_headers(3);
  d.peer_sends(frames().ping_ack(payload));
  d.expect_sent(frames().go_away(3, ErrorCode::no_error, "max_age"));
  d.respond(1, "200", true).respond(3, "200", true);
  d.expect_sent(frames().headers(1).response().end_stream().headers(3).response().end_stream());
  d.expect_closed(1).expect_closed(3);
  EXPECT_TRUE(d.engine().drained());
  d.expect_quiet();
}

// RFC 9113 §6.8: after the last GOAWAY newer streams are ignored, but for the state that all streams share.
TEST_P(Drain, OfAServerTakesNoStreamsAfterTheLastGoAway) {
  Dialogue& d = server();
  d.calls([](Connection& c) { c.drain(); });
  d.expect_sent(frames().go_away(kAll, ErrorCode::no_error));
  d.peer_sends(frames().ping_ack(d.expect_frame(FrameType::ping).opaque()));
  d.expect_sent(frames().go_away(0, ErrorCode::no_error));
  EXPECT_TRUE(d.engine().drained());
  d.peer_sends(frames().headers(1).request().data(1, "x").end_stream().ping(1));
  d.expect_no_event();
  std::vector<Frame> sent = d.take_sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.back().type, FrameType::ping);
  EXPECT_FALSE(d.engine().closed());
}

// A peer that does not answer the PING does not hold the drain up.
TEST_P(Drain, OfAServerGoesOnAfterFiveSeconds) {
  Dialogue& d = server_with_request(true);
  d.calls([](Connection& c) { c.drain(); });
  d.expect_sent(frames().go_away(kAll, ErrorCode::no_error));
  std::uint64_t payload = d.expect_frame(FrameType::ping).opaque();
  d.after(milliseconds(4'999)).expect_quiet();
  d.after(milliseconds(1)).expect_sent(frames().go_away(1, ErrorCode::no_error));
  // hostile-input §4-6: late, and once more.
  d.peer_sends(frames().ping_ack(payload).ping_ack(payload)).expect_quiet();
  d.respond(1, "200", true);
  EXPECT_TRUE(d.engine().drained());
  d.ignore_rest();
}

TEST_P(Drain, IsDoneOnce) {
  Dialogue& d = server();
  d.calls([](Connection& c) {
    c.drain();
    c.drain();
  });
  d.expect_sent(frames().go_away(kAll, ErrorCode::no_error));
  d.peer_sends(frames().ping_ack(d.expect_frame(FrameType::ping).opaque()));
  d.expect_sent(frames().go_away(0, ErrorCode::no_error));
  d.calls([](Connection& c) { c.drain(); });
  d.expect_quiet();
}

// hostile-input §4-12: a stream whose end waits for the peer's window is still open.
TEST_P(Drain, WaitsForWhatIsQueued) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 0}});
  d.peer_sends(request(1)).expect_headers(1);
  d.respond(1).send(1, "x", true);
  d.calls([](Connection& c) { c.drain(); });
  d.after(seconds(5));
  EXPECT_FALSE(d.engine().drained());
  d.peer_sends(frames().window_update(1, 1));
  EXPECT_TRUE(d.engine().drained());
  d.ignore_rest();
}

// A client says GOAWAY once: it accepts no streams of the server's anyway.
TEST_P(Drain, OfAClientFinishesItsStreams) {
  Dialogue& d = client();
  std::uint32_t stream = d.request(true);
  d.calls([](Connection& c) { c.drain(); });
  d.expect_sent(frames().go_away(0, ErrorCode::no_error));
  EXPECT_FALSE(d.engine().can_open_stream());
  EXPECT_FALSE(d.engine().open_stream(header_map({{":method", "GET"}}), true).has_value());
  EXPECT_FALSE(d.engine().drained());
  d.peer_sends(frames().headers(stream).response().end_stream());
  d.expect_headers(stream);
  d.expect_closed(stream).expect_quiet();
  EXPECT_TRUE(d.engine().drained());
}

// `fail` ends it at once, for everybody.
TEST_P(Drain, IsNotWhatFailDoes) {
  Dialogue& d = server_with_request(true);
  d.calls([](Connection& c) { c.fail(ErrorCode::internal_error, "out of order"); });
  EXPECT_EQ(d.expect_frame(FrameType::go_away).debug_data(), "out of order");
  d.expect_reset_event(1, ErrorCode::internal_error, Initiator::local);
  EXPECT_EQ(d.expect_event<event::ConnectionClosed>().reason, "out of order");
  d.expect_nothing_sent();
}

class GoAway : public EachChunking {};
FARCALL_EACH_CHUNKING(GoAway);

// RFC 9113 §6.8, §8.7: streams beyond the last id were not acted on; the others go on.
TEST_P(GoAway, EndsTheStreamsThatTheServerDidNotSee) {
  Dialogue& d = client();
  std::uint32_t seen = d.request(true);
  std::uint32_t unseen = d.request(true);
  d.peer_sends(frames().go_away(seen, ErrorCode::no_error, "bye"));
  auto told = d.expect_event<event::GoAwayReceived>();
  EXPECT_EQ(told.last_stream_id, seen);
  EXPECT_EQ(told.code, ErrorCode::no_error);
  EXPECT_EQ(told.debug_data, "bye");
  auto closed = d.expect_event<event::StreamClosed>();
  EXPECT_EQ(closed.stream, d.key(unseen));
  EXPECT_TRUE(closed.unprocessed);
  EXPECT_FALSE(closed.clean);
  EXPECT_TRUE(d.engine().draining());
  EXPECT_FALSE(d.engine().can_open_stream());
  d.peer_sends(frames().headers(seen).response().end_stream());
  d.expect_headers(seen);
  d.expect_closed(seen).expect_quiet();
}

// RFC 9113 §6.8: several of them, each with the same last id or a lower one. hostile-input §4-4.
TEST_P(GoAway, MayComeAgainWithALowerLastStream) {
  Dialogue& d = client();
  std::uint32_t first = d.request(true);
  std::uint32_t second = d.request(true);
  d.peer_sends(frames().go_away(kAll, ErrorCode::no_error, "max_age").ping(1));
  EXPECT_EQ(d.expect_event<event::GoAwayReceived>().last_stream_id, kAll);
  d.expect_sent(frames().ping_ack(1)).expect_quiet();
  d.peer_sends(frames().go_away(second, ErrorCode::no_error).go_away(second, ErrorCode::no_error));
  d.expect_event<event::GoAwayReceived>();
  d.expect_event<event::GoAwayReceived>();
  d.expect_quiet();
  d.peer_sends(frames().go_away(first, ErrorCode::no_error));
  d.expect_event<event::GoAwayReceived>();
  EXPECT_TRUE(d.expect_event<event::StreamClosed>().unprocessed);
  d.peer_sends(frames().go_away(second, ErrorCode::no_error));
  expect_outcome(d, connection_error(ErrorCode::protocol_error));
}

struct Bad {
  const char* name;
  std::uint32_t last;
};

// wire-facts 3.7: a server's last stream is one of the client's, so it is odd, or 0.
TEST_P(GoAway, MustNameAStreamOfOurs) {
  const Bad kRows[] = {{"2", 2}, {"4", 4}, {"2^31-2", 0x7fff'fffe}};
  for_each(kRows, [this](const Bad& row) {
    Dialogue& d = client();
    d.request(true);
    d.peer_sends(frames().go_away(row.last, ErrorCode::no_error));
    expect_outcome(d, connection_error(ErrorCode::protocol_error));
  });
}

// An error is told with its code and text (hostile-input §4-8), of which only the beginning is kept (A22).
TEST_P(GoAway, IsToldWithItsCodeAndText) {
  Dialogue& d = client();
  d.request(true);
  const std::string text = "too_many_pings" + std::string(8'000, '!');
  d.peer_sends(frames().go_away(0, ErrorCode::enhance_your_calm, text));
  auto told = d.expect_event<event::GoAwayReceived>();
  EXPECT_EQ(told.code, ErrorCode::enhance_your_calm);
  EXPECT_EQ(told.debug_data, text.substr(0, kGoAwayDebugKept));
  EXPECT_TRUE(d.expect_event<event::StreamClosed>().unprocessed);
  d.ignore_rest();
}

// h2spec 7/1: a code that nobody lists is no error.
TEST_P(GoAway, MayHaveAnUnknownCode) {
  Dialogue& d = server_with_request(true);
  d.peer_sends(frames().go_away(0, static_cast<ErrorCode>(0xff)));
  EXPECT_EQ(d.expect_event<event::GoAwayReceived>().code, static_cast<ErrorCode>(0xff));
  d.expect_quiet();
}

// A client that says goodbye does not take back its requests.
TEST_P(GoAway, OfAClientLetsItsStreamsFinish) {
  Dialogue& d = server_with_request(true);
  d.peer_sends(frames().go_away(0, ErrorCode::no_error));
  EXPECT_EQ(d.expect_event<event::GoAwayReceived>().code, ErrorCode::no_error);
  d.respond(1, "200", true).expect_sent(frames().headers(1).response().end_stream());
  d.expect_closed(1).expect_quiet();
}

// RFC 9113 §8.7: a refused stream was not acted on; one that was cancelled may have been.
TEST_P(GoAway, IsNotTheOnlyWayToRefuse) {
  Dialogue& d = client();
  std::uint32_t refused = d.request(true);
  std::uint32_t cancelled = d.request(true);
  d.peer_sends(frames().reset(refused, ErrorCode::refused_stream).reset(cancelled, ErrorCode::cancel));
  d.expect_reset_event(refused, ErrorCode::refused_stream, Initiator::peer, true);
  d.expect_reset_event(cancelled, ErrorCode::cancel, Initiator::peer, false).expect_quiet();
}

class Keepalive : public EachChunking {};
FARCALL_EACH_CHUNKING(Keepalive);

Config with_keepalive() {
  Config config = quiet_config();
  config.keepalive_time = seconds(60);
  config.keepalive_timeout = seconds(20);
  return config;
}

// gRFC A8: measured from the last byte read; every `time`, not `time + timeout` (hostile-input §4-19).
TEST_P(Keepalive, PingsAPeerThatIsSilent) {
  Dialogue& d = server(with_keepalive());
  d.after(milliseconds(59'999)).expect_quiet();
  d.after(milliseconds(1));
  std::uint64_t payload = d.expect_frame(FrameType::ping).opaque();
  d.peer_sends(frames().ping_ack(payload)).expect_quiet();
  d.after(milliseconds(59'999)).expect_quiet();
  d.after(milliseconds(1));
  d.peer_sends(frames().ping_ack(d.expect_frame(FrameType::ping).opaque()));
  // Any byte counts as a sign of life.
  d.after(seconds(30)).peer_sends(frames().window_update(0, 1)).after(seconds(59)).expect_quiet();
}

// gRFC A8, hostile-input §4-16: no answer, no connection.
TEST_P(Keepalive, EndsAConnectionThatDoesNotAnswer) {
  Dialogue& d = server(with_keepalive());
  d.peer_sends(request(1)).expect_headers(1);
  d.after(seconds(60));
  d.expect_frame(FrameType::ping);
  d.after(milliseconds(19'999)).expect_quiet();
  d.after(milliseconds(1));
  EXPECT_FALSE(d.expect_event<event::StreamClosed>().clean);
  EXPECT_EQ(d.expect_event<event::ConnectionClosed>().initiator, Initiator::local);
  d.ignore_rest();
}

// hostile-input §4-17, §4-18: a client pings while it waits for something, and otherwise only when told to.
TEST_P(Keepalive, OfAClientNeedsStreams) {
  Dialogue& d = client(with_keepalive());
  d.after(hours(1)).expect_quiet();
  d.request(true);
  d.after(seconds(61));
  EXPECT_EQ(d.expect_frame(FrameType::ping).ack(), false);
  d.after(seconds(20));
  EXPECT_TRUE(d.engine().closed());
  d.ignore_rest();

  Config config = with_keepalive();
  config.keepalive_without_calls = true;
  Dialogue& eager = client(config);
  eager.after(seconds(60));
  eager.expect_frame(FrameType::ping);
}

class Age : public EachChunking {};
FARCALL_EACH_CHUNKING(Age);

// gRFC A9: idle counts from the last time the number of streams fell to zero, or the beginning.
TEST_P(Age, OfIdlenessEndsInADrain) {
  Config config = quiet_config();
  config.max_connection_idle = minutes(5);
  Dialogue& d = server(config);
  d.after(minutes(4)).peer_sends(request(1)).expect_headers(1);
  d.after(minutes(30)).expect_quiet();
  d.respond(1, "200", true).expect_sent(frames().headers(1).response().end_stream()).expect_closed(1);
  d.after(minutes(5) - milliseconds(1)).expect_quiet();
  d.after(milliseconds(1)).expect_sent(frames().go_away(kAll, ErrorCode::no_error, "max_idle"));
  d.expect_frame(FrameType::ping);
  d.after(seconds(5)).expect_sent(frames().go_away(1, ErrorCode::no_error, "max_idle"));
  EXPECT_TRUE(d.engine().drained());
}

// gRFC A9: age does not ask whether anybody is busy; grace is for those who are.
TEST_P(Age, EndsInADrainAndGraceInForce) {
  Config config = quiet_config();
  config.max_connection_age = minutes(10);
  config.max_connection_age_grace = minutes(1);
  Dialogue& d = server_with_request(true, config);
  d.after(minutes(10) - milliseconds(1)).expect_quiet();
  d.after(milliseconds(1)).expect_sent(frames().go_away(kAll, ErrorCode::no_error, "max_age"));
  d.peer_sends(frames().ping_ack(d.expect_frame(FrameType::ping).opaque()));
  d.expect_sent(frames().go_away(1, ErrorCode::no_error, "max_age"));
  d.after(minutes(1) - milliseconds(1)).expect_quiet();
  EXPECT_FALSE(d.engine().closed());
  d.after(milliseconds(1));
  EXPECT_FALSE(d.expect_event<event::StreamClosed>().clean);
  EXPECT_EQ(d.expect_event<event::ConnectionClosed>().initiator, Initiator::local);
  EXPECT_TRUE(d.engine().closed());
  d.ignore_rest();
}

// What is unlimited sets no alarm: a connection that has come to rest is not woken again.
TEST_P(Age, OfNothingNeedsNoDeadline) {
  Dialogue& d = server();
  d.after(seconds(2)).expect_quiet();
  EXPECT_EQ(d.engine().next_deadline(), base::kNever);
  d.after(hours(24 * 365)).expect_quiet();
}

}  // namespace
}  // namespace farcall::http2
