// Messages with bodies in both directions: RFC 9113 §5.1, §8.1.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

using event::HeadersKind;

class Bodies : public EachChunking {};
FARCALL_EACH_CHUNKING(Bodies);

const FrameScript& trailers() {
  static const FrameScript kScript = frames().headers(1).field("grpc-status", "0").end_stream();
  return kScript;
}

// The four kinds of call, as frames: RFC 9113 §8.1.
TEST_P(Bodies, GoBothWaysAndEndWithTrailers) {
  Dialogue& d = server();
  d.peer_sends(frames().headers(1).request().data(1, "one").data(1, "two").end_stream());
  d.expect_headers(1, HeadersKind::initial, false);
  d.expect_data(1, "onetwo", true);
  d.respond(1);
  EXPECT_TRUE(d.send(1, "three"));
  d.send_trailers(1);
  d.expect_sent(frames().headers(1).response().data(1, "three").then(trailers()));
  d.expect_closed(1).expect_quiet();
  EXPECT_EQ(d.engine().open_streams(), 0U);
}

TEST_P(Bodies, OfAClientGoOutAfterItsHeaders) {
  Dialogue& d = client();
  std::uint32_t stream = d.request(false);
  EXPECT_TRUE(d.send(stream, "one"));
  EXPECT_TRUE(d.send(stream, "two", true));
  d.expect_sent_data(stream, "onetwo", true);
  d.peer_sends(frames()
                   .headers(stream)
                   .response()
                   .data(stream, "three")
                   .headers(stream)
                   .field("grpc-status", "0")
                   .end_stream());
  d.expect_headers(stream, HeadersKind::initial, false);
  d.expect_data(stream, "three");
  EXPECT_EQ(d.expect_headers(stream, HeadersKind::trailers, true).find("grpc-status"), "0");
  d.expect_closed(stream).expect_quiet();
}

// RFC 9113 §8.1: trailers follow the last DATA, however long that has to wait for a window.
TEST_P(Bodies, AreSentWholeBeforeTheirTrailers) {
  Dialogue& d = server_with_request(true);
  const std::string body(65'535 + 10, 'x');
  d.respond(1);
  EXPECT_FALSE(d.send(1, body));
  d.send_trailers(1);
  d.expect_sent(frames().headers(1).response()).expect_sent_data(1, body.substr(0, 65'535));
  d.expect_nothing_sent();
  EXPECT_EQ(d.engine().queued(d.key(1)), 10U);
  d.peer_sends(frames().window_update(1, 100)).expect_nothing_sent();
  d.peer_sends(frames().window_update(0, 9)).expect_sent_data(1, std::string(9, 'x')).expect_nothing_sent();
  d.peer_sends(frames().window_update(0, 1)).expect_sent(frames().data(1, "x").then(trailers()));
  d.ignore_rest();
  EXPECT_EQ(d.engine().open_streams(), 0U);
}

// RFC 9113 §6.9.1: an empty frame that ends the stream needs no window.
TEST_P(Bodies, MayEndWithoutAWindow) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 0}});
  d.peer_sends(frames().headers(1).request().end_stream());
  d.expect_headers(1);
  d.respond(1).send(1, "", true);
  d.expect_sent(frames().headers(1).response().data(1).end_stream());
  d.expect_closed(1).expect_quiet();
}

// A response without a body is one frame (gRPC's Trailers-Only).
TEST_P(Bodies, MayBeAbsent) {
  Dialogue& d = server_with_request(true);
  d.respond(1, "200", true).expect_sent(frames().headers(1).response().end_stream());
  d.expect_closed(1).expect_quiet();
}

// hostile-input §4-41: RST_STREAM after END_STREAM takes nothing back that was received.
TEST_P(Bodies, ThatAreCompleteSurviveAReset) {
  Dialogue& d = server();
  d.peer_sends(frames().headers(1).request().data(1, "all").end_stream().reset(1, ErrorCode::cancel));
  d.expect_headers(1);
  d.expect_data(1, "all", true);
  d.expect_reset_event(1, ErrorCode::cancel, Initiator::peer).expect_quiet();

  Dialogue& c = client();
  std::uint32_t stream = c.request(false);
  c.peer_sends(
      frames().headers(stream).response().data(stream, "all").end_stream().reset(stream, ErrorCode::cancel));
  c.expect_headers(stream);
  c.expect_data(stream, "all", true);
  c.expect_reset_event(stream, ErrorCode::cancel, Initiator::peer).expect_quiet();
}

// RFC 9113 §8.1: with NO_ERROR a server only asks a client to stop sending; the response is complete, and
// good.
TEST_P(Bodies, ThatAreCompleteNeedNoMoreOfTheRequest) {
  Dialogue& d = client();
  std::uint32_t stream = d.request(false);
  d.peer_sends(frames()
                   .headers(stream)
                   .response()
                   .data(stream, "all")
                   .end_stream()
                   .reset(stream, ErrorCode::no_error));
  d.expect_headers(stream);
  d.expect_data(stream, "all", true);
  d.expect_closed(stream).expect_quiet();
}

// RFC 9113 §5.4.2: after RST_STREAM nothing of the stream is sent, and what waited is dropped.
TEST_P(Bodies, ThatWaitAreDroppedByOurReset) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 5}});
  d.peer_sends(frames().headers(1).request());
  d.expect_headers(1);
  d.respond(1).send(1, "hello world");
  d.expect_sent(frames().headers(1).response().data(1, "hello"));
  StreamKey key = d.key(1);
  d.reset(1, ErrorCode::cancel).expect_sent(frames().reset(1, ErrorCode::cancel));
  EXPECT_EQ(d.engine().open_streams(), 0U);
  // The key is dead: nothing that is done with it has an effect.
  EXPECT_EQ(d.engine().queued(key), 0U);
  d.send(1, "more");
  d.send_trailers(1).reset(1, ErrorCode::cancel).consume(1, 10);
  d.peer_sends(frames().window_update(1, 100).data(1, "late").end_stream());
  d.expect_quiet();
}

// The same when the peer resets: the end is told, and nothing more goes out.
TEST_P(Bodies, ThatWaitAreDroppedByThePeersReset) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 0}});
  d.peer_sends(frames().headers(1).request());
  d.expect_headers(1);
  d.respond(1).send(1, "hello");
  d.expect_sent(frames().headers(1).response());
  d.peer_sends(frames().reset(1, ErrorCode::cancel).settings({{Setting::initial_window_size, 100}}));
  d.expect_reset_event(1, ErrorCode::cancel, Initiator::peer);
  d.expect_sent(frames().settings_ack()).expect_quiet();
}

// A reset that overtakes what the transport has not taken: frames already cut may still go, but nothing after
// RST_STREAM, which the peer of this dialogue checks.
TEST_P(Bodies, ThatTheTransportHoldsAreFollowedByTheReset) {
  Dialogue& d = server_with_request(true);
  d.stop_writing().respond(1);
  d.send(1, std::string(30'000, 'x'));
  d.reset(1, ErrorCode::internal_error).resume_writing();
  std::vector<Frame> sent = d.take_sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.back().type, FrameType::rst_stream);
  d.expect_quiet();
}

// RFC 7540 §5.4.2 and 9113 §7: a code nobody lists is handed on as it is.
TEST_P(Bodies, MayBeResetWithAnUnknownCode) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().reset(1, static_cast<ErrorCode>(0x1234)));
  d.expect_reset_event(1, static_cast<ErrorCode>(0x1234), Initiator::peer).expect_quiet();
}

// The budget of a stream: `send_data` says when to wait, Writable when to go on.
TEST_P(Bodies, AreBoundedByTheStreamsBudget) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 0}});
  d.peer_sends(frames().headers(1).request().end_stream());
  d.expect_headers(1);
  d.respond(1);
  EXPECT_TRUE(d.send(1, std::string(1'000, 'a')));
  EXPECT_FALSE(d.send(1, std::string(64 * 1024, 'b')));
  d.expect_no_event();
  d.peer_sends(frames().window_update(1, 500));
  d.expect_no_event();
  d.peer_sends(frames().window_update(1, 64 * 1024).window_update(0, 100'000));
  EXPECT_EQ(d.expect_event<event::Writable>().stream, d.key(1));
  EXPECT_TRUE(d.send(1, "c"));
  d.ignore_rest();
}

// The budget of all streams together: whoever had to wait is told when there is room again, also if nothing
// of its own is left to send.
TEST_P(Bodies, AreBoundedByTheConnectionsBudget) {
  Config config = quiet_config();
  config.limits.connection_send_budget = 100'000;
  Dialogue& d = fresh_server(config);
  d.opens({{Setting::initial_window_size, 20'000}});
  d.peer_sends(frames().headers(1).request().end_stream().headers(3).request().end_stream());
  d.expect_headers(1);
  d.expect_headers(3);
  d.respond(1).respond(3);
  EXPECT_FALSE(d.send(1, std::string(170'000, 'x')));
  EXPECT_FALSE(d.send(3, "a word"));
  EXPECT_EQ(d.engine().queued(d.key(1)), 150'000U);
  EXPECT_EQ(d.engine().queued(d.key(3)), 0U);
  d.expect_no_event();
  d.peer_sends(frames().window_update(0, 1'000'000).window_update(1, 49'000));
  d.expect_no_event();
  d.peer_sends(frames().window_update(1, 2'000));
  EXPECT_EQ(d.expect_event<event::Writable>().stream, d.key(3));
  d.expect_no_event();
  d.peer_sends(frames().window_update(1, 99'000));
  EXPECT_EQ(d.expect_event<event::Writable>().stream, d.key(1));
  d.ignore_rest();
}

class EarlyEnd : public EachChunking {};
FARCALL_EACH_CHUNKING(EarlyEnd);

// RFC 9113 §8.1: a server that has answered and needs no more of the request says so with NO_ERROR.
TEST_P(EarlyEnd, OfAResponseAsksThePeerToStop) {
  Dialogue& d = server_with_request(false);
  d.calls([&](Connection& c) {
    c.send_headers(d.key(1), header_map({{":status", "415"}}), true);
    c.stop_reading(d.key(1), false);
  });
  d.expect_sent(frames().headers(1).response("415").end_stream().reset(1, ErrorCode::no_error));
  d.expect_event<event::StreamClosed>();
  d.expect_quiet();
  EXPECT_EQ(d.engine().open_streams(), 0U);
  d.peer_sends(frames().data(1, "late").end_stream()).expect_quiet();
}

// With `linger` what still comes is swallowed, and a peer that ends its side in order is not reset.
TEST_P(EarlyEnd, WithLingerLetsThePeerFinish) {
  Dialogue& d = server_with_request(false);
  d.calls([&](Connection& c) {
    c.send_headers(d.key(1), header_map({{":status", "415"}}), true);
    c.stop_reading(d.key(1), true);
  });
  d.expect_sent(frames().headers(1).response("415").end_stream());
  d.peer_sends(frames().data(1, std::string(10'000, 'x')).data(1, "y").end_stream());
  d.expect_event<event::StreamClosed>();
  d.expect_quiet();
  EXPECT_EQ(d.engine().open_streams(), 0U);
}

TEST_P(EarlyEnd, WithLingerIsOverAfterASecond) {
  Dialogue& d = server_with_request(false);
  d.calls([&](Connection& c) {
    c.send_headers(d.key(1), header_map({{":status", "415"}}), true);
    c.stop_reading(d.key(1), true);
  });
  d.expect_sent(frames().headers(1).response("415").end_stream());
  d.after(milliseconds(999)).expect_quiet();
  d.after(milliseconds(1)).expect_sent(frames().reset(1, ErrorCode::no_error));
  d.expect_event<event::StreamClosed>();
  d.expect_quiet();
}

TEST_P(EarlyEnd, WithLingerIsOverAfter64KiB) {
  Dialogue& d = server_with_request(false);
  d.calls([&](Connection& c) {
    c.send_headers(d.key(1), header_map({{":status", "415"}}), true);
    c.stop_reading(d.key(1), true);
  });
  d.expect_sent(frames().headers(1).response("415").end_stream());
  const std::string part(16'000, 'x');
  for (int i = 0; i < 4; ++i) d.peer_sends(frames().data(1, part));
  d.expect_quiet();
  d.peer_sends(frames().data(1, std::string(1'536, 'x')).data(1, "y"));
  d.expect_sent(frames().reset(1, ErrorCode::no_error));
  d.expect_event<event::StreamClosed>();
  d.expect_quiet();
}

// hostile-input §2, "early-reject trap": while lingering, what arrives is still validated.
TEST_P(EarlyEnd, WithLingerStillValidates) {
  struct Row {
    const char* name;
    FrameScript says;
    ErrorCode code;
  };
  const Row kRows[] = {
      {"8.1/1 trailers without END_STREAM", frames().headers(1).field("a", "b"), ErrorCode::protocol_error},
      {"8.1.2.6/1 a wrong content-length", frames().data(1, "1234").end_stream(), ErrorCode::protocol_error},
      {"6.9.1/3 a window that overflows", frames().window_update(1, 0x7fff'ffff),
       ErrorCode::flow_control_error},
  };
  for_each(kRows, [this](const Row& row) {
    Dialogue& d = server();
    d.peer_sends(frames().headers(1).request().field("content-length", "5"));
    d.expect_headers(1);
    d.calls([&](Connection& c) {
      c.send_headers(d.key(1), header_map({{":status", "415"}}), false);
      c.send_data(d.key(1), Buffer::copy_of(base::as_bytes("go away")), true);
      c.stop_reading(d.key(1), true);
    });
    d.expect_sent(frames().headers(1).response("415").data(1, "go away").end_stream());
    d.peer_sends(row.says).expect_sent(frames().reset(1, row.code));
    d.expect_event<event::StreamClosed>();
    d.expect_quiet();
  });
}

// The order of the two calls does not matter: what is queued goes out first.
TEST_P(EarlyEnd, WaitsForWhatIsQueued) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 4}});
  d.peer_sends(frames().headers(1).request());
  d.expect_headers(1);
  d.calls([&](Connection& c) {
    c.send_headers(d.key(1), header_map({{":status", "415"}}), false);
    c.send_data(d.key(1), Buffer::copy_of(base::as_bytes("go away")), true);
    c.stop_reading(d.key(1), false);
  });
  d.expect_sent(frames().headers(1).response("415").data(1, "go a"));
  d.peer_sends(frames().data(1, "whatever")).expect_quiet();
  d.peer_sends(frames().window_update(1, 10));
  d.expect_sent(frames().data(1, "way").end_stream().reset(1, ErrorCode::no_error));
  d.expect_event<event::StreamClosed>();
  d.expect_quiet();
}

// A request that nobody reads any more does not stall while its response waits for the peer's window.
TEST_P(EarlyEnd, ReturnsTheStreamsWindowWhileItWaits) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 0}});
  d.peer_sends(frames().headers(1).request());
  d.expect_headers(1);
  d.respond(1, "415").send(1, "go away", true);
  d.calls([&](Connection& c) { c.stop_reading(d.key(1), false); });
  d.take_sent();
  for (int i = 0; i < 20; ++i) {
    d.peer_sends(frames().data(1, std::string(10'000, 'x')).padded(100));
    ASSERT_GT(d.peer().stream_credit(1), 20'000) << i;
  }
  d.expect_quiet();
  d.peer_sends(frames().window_update(1, 100));
  d.expect_sent(frames().data(1, "go away").end_stream().reset(1, ErrorCode::no_error));
  d.expect_event<event::StreamClosed>();
  d.expect_quiet();
}

// hostile-input A34: what is swallowed gives its window back.
TEST_P(EarlyEnd, ReturnsTheConnectionsWindow) {
  Dialogue& d = server_with_request(false);
  d.calls([&](Connection& c) {
    c.send_headers(d.key(1), header_map({{":status", "415"}}), true);
    c.stop_reading(d.key(1), false);
  });
  d.ignore_rest();
  for (int i = 0; i < 100; ++i) {
    d.peer_sends(frames().data(1, std::string(10'000, 'x')));
    ASSERT_GT(d.peer().connection_credit(), 20'000);
  }
  d.expect_quiet();
}

}  // namespace
}  // namespace farcall::http2
