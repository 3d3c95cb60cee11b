// Opening streams: their ids (RFC 9113 §5.1.1) and their number (§5.1.2), from both sides.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

FrameScript request(std::uint32_t stream) {
  return frames().headers(stream).request().end_stream();
}

class StreamIds : public EachChunking {};
FARCALL_EACH_CHUNKING(StreamIds);

struct Row {
  const char* name;
  FrameScript says;
  Outcome outcome;
};

// RFC 9113 §5.1.1, hostile-input A29.
TEST_P(StreamIds, OfAClientAreOddAndGrow) {
  const Outcome kProtocol = connection_error(ErrorCode::protocol_error);
  const Row kRows[] = {
      {"1, 3, 5", request(1).then(request(3)).then(request(5)), kAccepted},
      {"some are left out", request(5).then(request(101)), kAccepted},
      {"the last one", request(0x7fff'ffff), kAccepted},
      {"5.1.1/1 an even one", request(2), kProtocol},
      {"5.1.1/2 one below another", request(5).then(request(3)), kProtocol},
      {"6.2 zero", request(0), kProtocol},
      {"one that was closed", frames().headers(1).request().reset(1, ErrorCode::cancel).then(request(3)),
       kAccepted},
  };
  for_each(kRows, [this](const Row& row) {
    Dialogue& d = server();
    d.peer_sends(row.says);
    expect_outcome(d, row.outcome);
  });
}

// RFC 9113 §5.1, hostile-input A29: the id of a finished stream is not used again.
TEST_P(StreamIds, AreNotReused) {
  Dialogue& d = server_with_request(true);
  d.respond(1, "200", true);
  d.ignore_rest();
  d.peer_sends(request(1));
  expect_outcome(d, connection_error(ErrorCode::stream_closed));
}

// hostile-input A28: a client whose ids are used up opens nothing more, and says so.
TEST_P(StreamIds, OfAClientRunOut) {
  Config config = quiet_config();
  config.first_stream_id = 0x7fff'fffd;
  Dialogue& d = client(config);
  EXPECT_EQ(d.request(true), 0x7fff'fffdU);
  EXPECT_TRUE(d.engine().can_open_stream());
  EXPECT_EQ(d.request(true), 0x7fff'ffffU);
  EXPECT_FALSE(d.engine().can_open_stream());
  EXPECT_FALSE(d.engine().open_stream(header_map({{":method", "GET"}}), true).has_value());
  d.peer_sends(
      frames().headers(0x7fff'ffff).response().end_stream().headers(0x7fff'fffd).response().end_stream());
  d.expect_headers(0x7fff'ffff);
  d.expect_closed(0x7fff'ffff);
  d.expect_headers(0x7fff'fffd);
  d.expect_closed(0x7fff'fffd).expect_quiet();
}

class StreamCount : public EachChunking {};
FARCALL_EACH_CHUNKING(StreamCount);

Config at_most(std::uint32_t streams) {
  Config config = quiet_config();
  config.limits.max_concurrent_streams = streams;
  return config;
}

// RFC 9113 §5.1.2, hostile-input A30: those beyond the limit are refused, the others are unharmed.
TEST_P(StreamCount, OfAClientIsLimited) {
  Dialogue& d = server(at_most(3));
  for (std::uint32_t id = 1; id <= 9; id += 2) d.peer_sends(frames().headers(id).request());
  for (std::uint32_t id = 1; id <= 5; id += 2) d.expect_headers(id);
  d.expect_sent(frames().reset(7, ErrorCode::refused_stream).reset(9, ErrorCode::refused_stream))
      .expect_quiet();
  EXPECT_EQ(d.engine().open_streams(), 3U);
  // RFC 9113 §5.1: what was on its way to a refused stream is ignored.
  d.peer_sends(frames().data(7, "x").end_stream().window_update(9, 1).reset(9, ErrorCode::cancel))
      .expect_quiet();
  d.peer_sends(frames().data(5, "x").end_stream()).expect_data(5, "x", true);
  d.respond(5, "200", true).expect_sent(frames().headers(5).response().end_stream()).expect_closed(5);
  d.peer_sends(request(11)).expect_headers(11);
  d.expect_quiet();
}

// A stream that its client has reset still counts while its handler runs elsewhere; for the wire it is gone
// (RFC 9113 §5.1.2: open and half-closed streams count).
TEST_P(StreamCount, FallsWithEveryEnd) {
  Dialogue& d = server(at_most(1));
  d.peer_sends(frames().headers(1).request().reset(1, ErrorCode::cancel).then(request(3)));
  d.expect_headers(1);
  d.expect_reset_event(1, ErrorCode::cancel, Initiator::peer);
  d.expect_headers(3);
  d.reset(3, ErrorCode::cancel).expect_sent(frames().reset(3, ErrorCode::cancel));
  d.peer_sends(request(5)).expect_headers(5);
  d.respond(5, "200", true).expect_sent(frames().headers(5).response().end_stream()).expect_closed(5);
  d.peer_sends(request(7)).expect_headers(7);
  d.expect_quiet();
}

// RFC 9113 §5.1.2: a client obeys, and is told when it may go on.
TEST_P(StreamCount, OfOursObeysTheServer) {
  Dialogue& d = fresh_client();
  d.opens({{Setting::max_concurrent_streams, 2}});
  std::uint32_t first = d.request(true);
  d.request(true);
  EXPECT_FALSE(d.engine().can_open_stream());
  EXPECT_FALSE(d.engine().open_stream(header_map({{":method", "GET"}}), true).has_value());
  d.peer_sends(frames().headers(first).response().end_stream());
  d.expect_headers(first);
  d.expect_closed(first);
  d.expect_event<event::StreamsAvailable>();
  EXPECT_TRUE(d.engine().can_open_stream());
  d.request(true);
  d.expect_quiet();
}

// hostile-input §4-26: lowered below what is open, nothing new until enough have ended.
TEST_P(StreamCount, OfOursMayBeLoweredBelowWhatIsOpen) {
  Dialogue& d = client();
  std::uint32_t first = d.request(true);
  std::uint32_t second = d.request(true);
  d.peer_sends(frames().settings({{Setting::max_concurrent_streams, 1}}))
      .expect_sent(frames().settings_ack());
  EXPECT_FALSE(d.engine().open_stream(header_map({{":method", "GET"}}), true).has_value());
  d.peer_sends(frames().headers(first).response().end_stream());
  d.expect_headers(first);
  d.expect_closed(first).expect_quiet();
  EXPECT_FALSE(d.engine().can_open_stream());
  d.reset(second, ErrorCode::cancel).expect_sent(frames().reset(second, ErrorCode::cancel));
  EXPECT_TRUE(d.engine().can_open_stream());
  d.ignore_rest();
}

// hostile-input §4-26: absent from the first SETTINGS it is unlimited (until then 100), and SETTINGS without
// it change nothing.
TEST_P(StreamCount, OfOursIsUnlimitedUnlessSaid) {
  Dialogue& d = fresh_client();
  d.calls([](Connection&) {});
  d.take_sent();
  for (int i = 0; i < 100; ++i) d.request(true);
  EXPECT_FALSE(d.engine().can_open_stream());
  EXPECT_FALSE(d.engine().open_stream(header_map({{":method", "GET"}}), true).has_value());
  d.peer_sends(frames().settings());
  d.ignore_rest();
  for (int i = 0; i < 50; ++i) d.request(true);
  d.peer_sends(frames().settings({{Setting::max_concurrent_streams, 150}}).settings());
  EXPECT_FALSE(d.engine().can_open_stream());
  d.ignore_rest();
}

// A limit of zero lasts until the server raises it.
TEST_P(StreamCount, OfOursMayBeZeroForAWhile) {
  Dialogue& d = fresh_client();
  d.opens({{Setting::max_concurrent_streams, 0}});
  EXPECT_FALSE(d.engine().open_stream(header_map({{":method", "GET"}}), true).has_value());
  d.peer_sends(frames().settings({{Setting::max_concurrent_streams, 1}}))
      .expect_sent(frames().settings_ack());
  d.expect_event<event::StreamsAvailable>();
  d.request(true);
  d.expect_quiet();
}

// Keys name streams as long as they live; their indices stay below the number of streams open at once.
TEST_P(StreamCount, KeepsTheIndicesOfKeysDense) {
  Dialogue& d = server(at_most(2));
  for (std::uint32_t id = 1; id < 41; id += 4) {
    d.peer_sends(request(id).then(request(id + 2)));
    d.expect_headers(id);
    d.expect_headers(id + 2);
    EXPECT_LT(d.key(id).index, 2U);
    EXPECT_LT(d.key(id + 2).index, 2U);
    EXPECT_NE(d.key(id).index, d.key(id + 2).index);
    d.respond(id, "200", true).respond(id + 2, "200", true);
    d.ignore_rest();
  }
}

}  // namespace
}  // namespace farcall::http2
