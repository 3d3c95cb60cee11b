// Flow control in both directions: RFC 9113 §5.2, §6.9. Names of the form "6.9.1/2" are h2spec's.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

class FlowControl : public EachChunking {
 protected:
  /// A server whose peer starts with the given window for streams, and stream 1 answered with headers.
  Dialogue& responding_server(std::uint32_t window) {
    Dialogue& d = fresh_server();
    d.opens({{Setting::initial_window_size, window}});
    d.peer_sends(frames().headers(1).request().end_stream());
    d.expect_headers(1);
    d.respond(1).expect_sent(frames().headers(1).response());
    return d;
  }
};
FARCALL_EACH_CHUNKING(FlowControl);

// -- What we send
// ---------------------------------------------------------------------------------------------

// RFC 9113 §6.9.1: no more than the smaller of the two windows.
TEST_P(FlowControl, OfThePeerBindsEachStream) {
  Dialogue& d = responding_server(3);
  d.send(1, "hello", true);
  d.expect_sent(frames().data(1, "hel")).expect_nothing_sent();
  d.peer_sends(frames().window_update(1, 1)).expect_sent(frames().data(1, "l"));
  d.peer_sends(frames().window_update(1, 1)).expect_sent(frames().data(1, "o").end_stream());
  d.expect_closed(1).expect_quiet();
}

TEST_P(FlowControl, OfThePeerBindsTheConnection) {
  Dialogue& d = responding_server(1'000'000);
  d.send(1, std::string(65'536, 'x'));
  d.expect_sent_data(1, std::string(65'535, 'x')).expect_nothing_sent();
  // A window of the stream alone does not help.
  d.peer_sends(frames().window_update(1, 1'000)).expect_nothing_sent();
  d.peer_sends(frames().window_update(0, 1)).expect_sent(frames().data(1, "x"));
  d.ignore_rest();
}

// RFC 9113 §6.9.2: the connection's window is not changed by SETTINGS.
TEST_P(FlowControl, OfTheConnectionIsNotASetting) {
  Dialogue& d = responding_server(65'535);
  d.send(1, std::string(65'535, 'x'));
  d.expect_sent_data(1, std::string(65'535, 'x'));
  d.peer_sends(frames().settings({{Setting::initial_window_size, 200'000}}))
      .expect_sent(frames().settings_ack());
  d.send(1, "y");
  d.expect_nothing_sent();
  d.ignore_rest();
}

// h2spec 6.9.2/2: a window may be negative, and is then owed first.
TEST_P(FlowControl, OfAStreamMayBeNegative) {
  Dialogue& d = responding_server(10);
  d.send(1, std::string(14, 'x'));
  d.expect_sent(frames().data(1, std::string(10, 'x')));
  d.peer_sends(frames().settings({{Setting::initial_window_size, 0}})).expect_sent(frames().settings_ack());
  d.peer_sends(frames().window_update(1, 10)).expect_nothing_sent();
  d.peer_sends(frames().window_update(1, 1)).expect_sent(frames().data(1, "x"));
  d.peer_sends(frames().settings({{Setting::initial_window_size, 3}}))
      .expect_sent(frames().settings_ack().data(1, "xxx"));
  d.ignore_rest();
}

struct Overflow {
  const char* name;
  FrameScript says;
  Outcome outcome;
};

// RFC 9113 §6.9.1: a window beyond 2^31-1. Exactly these codes; the stream's is the one primitive of
// "MadeYouReset" that has to stay an error of the stream.
TEST_P(FlowControl, MustNotOverflow) {
  const FrameScript request = frames().headers(1).request();
  const Overflow kRows[] = {
      {"the connection, to the brim", frames().window_update(0, 0x7fff'ffffU - 65'535U), kAccepted},
      {"6.9.1/2 the connection, at once", frames().window_update(0, 0x7fff'ffff),
       connection_error(ErrorCode::flow_control_error)},
      {"6.9.1/2 the connection, in two steps",
       frames().window_update(0, 0x7fff'ffffU - 65'535U).window_update(0, 1),
       connection_error(ErrorCode::flow_control_error)},
      {"a stream, to the brim", frames().then(request).window_update(1, 0x7fff'ffffU - 65'535U), kAccepted},
      {"6.9.1/3 a stream, at once", frames().then(request).window_update(1, 0x7fff'ffff),
       stream_error(1, ErrorCode::flow_control_error)},
      {"6.9.1/3 a stream, in two steps",
       frames().then(request).window_update(1, 0x7fff'ffffU - 65'535U).window_update(1, 1),
       stream_error(1, ErrorCode::flow_control_error)},
  };
  for_each(kRows, [this](const Overflow& row) {
    Dialogue& d = server();
    d.peer_sends(row.says);
    expect_outcome(d, row.outcome);
  });
}

// -- Fairness
// -------------------------------------------------------------------------------------------------

// Streams that wait for the connection's window share it, whoever came first.
TEST_P(FlowControl, SharesTheConnectionBetweenStreams) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 1'000'000}});
  d.peer_sends(frames()
                   .headers(1)
                   .request()
                   .end_stream()
                   .headers(3)
                   .request()
                   .end_stream()
                   .headers(5)
                   .request()
                   .end_stream());
  d.stop_writing();
  for (std::uint32_t stream : {1U, 3U, 5U}) {
    d.expect_headers(stream);
    d.respond(stream).send(stream, std::string(200'000, 'x'));
  }
  d.resume_writing();
  d.peer_sends(frames().window_update(0, 400'000));
  std::map<std::uint32_t, std::size_t> sent;
  for (const Frame& frame : d.take_sent()) {
    if (frame.type == FrameType::data) sent[frame.stream] += frame.payload.size();
  }
  std::size_t all = 0;
  for (std::uint32_t stream : {1U, 3U, 5U}) {
    all += sent[stream];
    EXPECT_GE(sent[stream], (65'535U + 400'000U) / 3 - 16'384U) << stream;
  }
  EXPECT_EQ(all, 65'535U + 400'000U);
  d.ignore_rest();
}

// A small answer does not wait behind a large one.
TEST_P(FlowControl, LetsASmallAnswerPassALargeOne) {
  // However large the frames are that the peer would take.
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 10'000'000}, {Setting::max_frame_size, 1'000'000}});
  d.peer_sends(frames().window_update(0, 10'000'000));
  d.peer_sends(frames().headers(1).request().end_stream().headers(3).request().end_stream());
  d.expect_headers(1);
  d.expect_headers(3);
  d.stop_writing();
  d.respond(1).send(1, std::string(2'000'000, 'x'), true);
  d.respond(3).send(3, "small", true);
  d.resume_writing();
  std::size_t before = 0;
  for (const Frame& frame : d.take_sent()) {
    if (frame.stream == 3 && frame.end_stream()) break;
    if (frame.type == FrameType::data) before += frame.payload.size();
  }
  EXPECT_LE(before, 2 * 16'384U);
  d.ignore_rest();
}

// RFC 9113 §5.2.2: a stream without a window does not hold up the others.
TEST_P(FlowControl, OfOneStreamDoesNotStopAnother) {
  Dialogue& d = responding_server(5);
  d.send(1, "blocked stream");
  d.expect_sent(frames().data(1, "block"));
  d.peer_sends(frames().headers(3).request().end_stream());
  d.expect_headers(3);
  d.respond(3).send(3, "free", true);
  d.expect_sent(frames().headers(3).response().data(3, "free").end_stream());
  d.expect_closed(3).expect_quiet();
}

// hostile-input A31: a stream that is finished, and only waits for a peer that drips credit, ends after 60 s.
TEST_P(FlowControl, IsNotWaitedForWithoutEnd) {
  Dialogue& d = responding_server(0);
  d.send(1, std::string(1'000, 'x'), true);
  for (int i = 0; i < 59; ++i) d.after(seconds(1)).peer_sends(frames().window_update(1, 1));
  EXPECT_EQ(d.take_sent().size(), 59U);
  d.after(milliseconds(999)).expect_quiet();
  d.after(milliseconds(1)).expect_stream_error(1, ErrorCode::cancel).expect_quiet();
  EXPECT_EQ(d.engine().open_streams(), 0U);
}

// -- What we receive
// ------------------------------------------------------------------------------------------

// RFC 9113 §6.9.1, hostile-input A32.
TEST_P(FlowControl, OfOursIsEnforcedOnStreams) {
  Config config = quiet_config();
  config.initial_window_size = 100;
  Dialogue& d = server_with_request(false, config);
  d.peer_sends(frames().data(1, std::string(100, 'x')));
  d.expect_data(1, std::string(100, 'x')).expect_quiet();
  d.peer_sends(frames().data(1, "x").end_stream());
  d.expect_stream_error(1, ErrorCode::flow_control_error).expect_quiet();
}

TEST_P(FlowControl, OfOursCountsPadding) {
  Config config = quiet_config();
  config.initial_window_size = 100;
  Dialogue& d = server_with_request(false, config);
  // 1 for the length, 99 for itself and the payload: exactly full. Padding is given back, but not that of the
  // payload.
  d.peer_sends(frames().data(1, std::string(50, 'x')).padded(49));
  d.expect_data(1, std::string(50, 'x')).expect_quiet();
  d.peer_sends(frames().data(1, std::string(51, 'x')));
  d.expect_stream_error(1, ErrorCode::flow_control_error).expect_quiet();
}

TEST_P(FlowControl, OfOursIsEnforcedOnTheConnection) {
  Config config = quiet_config();
  config.max_frame_size = 200'000;
  {
    Dialogue& d = server_with_request(false, config);
    d.peer_sends(frames().data(1, std::string(65'535, 'x')));
    d.expect_data(1, std::string(65'535, 'x')).expect_quiet();
  }
  Dialogue& d = server_with_request(false, config);
  d.peer_sends(frames().data(1, std::string(65'536, 'x')));
  expect_outcome(d, connection_error(ErrorCode::flow_control_error));
}

// The connection's window comes back on receipt: a stream that nobody reads cannot stall the others
// (hostile-input A33).
TEST_P(FlowControl, OfTheConnectionDoesNotWaitForAReader) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().times(6, frames().data(1, std::string(10'000, 'x'))));
  d.ignore_rest();
  EXPECT_GE(d.peer().connection_credit(), 32'767);
  EXPECT_EQ(d.peer().stream_credit(1), 65'535 - 60'000);
  d.peer_sends(frames().headers(3).request().data(3, std::string(16'384, 'y')).end_stream());
  d.expect_headers(3);
  d.expect_data(3, std::string(16'384, 'y'), true).expect_quiet();
}

// What is owed goes along with other output before it has to, which spares a write of its own.
TEST_P(FlowControl, OfTheConnectionGoesAlongWithAnAnswer) {
  Dialogue& d = server_with_request(false);
  const std::string body(10'000, 'x');
  d.peer_sends(frames().data(1, body)).expect_data(1, body);
  d.respond(1).expect_sent(frames().headers(1).response());
  d.peer_sends(frames().data(1, body)).expect_data(1, body);
  EXPECT_EQ(d.peer().connection_credit(), 65'535 - 20'000) << "nothing was to be said";
  d.send(1, "so far");
  d.expect_sent(frames().data(1, "so far"));
  EXPECT_EQ(d.peer().connection_credit(), 65'535);
  d.expect_quiet();
}

TEST_P(FlowControl, OfTheConnectionDoesNotGoAlongWithWhatIsHeldBack) {
  Dialogue& d = fresh_server();
  d.opens({{Setting::initial_window_size, 1'000'000}});
  d.peer_sends(frames().headers(1).request()).expect_headers(1);
  d.respond(1).expect_sent(frames().headers(1).response());
  d.send(1, std::string(100'000, 'x'));
  d.expect_sent_data(1, std::string(65'535, 'x'));
  const std::string body(10'000, 'x');
  d.peer_sends(frames().data(1, body).data(1, body)).expect_data(1, body + body);
  EXPECT_EQ(d.peer().connection_credit(), 65'535 - 20'000);
  d.peer_sends(frames().window_update(0, 1)).expect_sent(frames().data(1, "x"));
  EXPECT_EQ(d.peer().connection_credit(), 65'535);
  d.ignore_rest();
}

// A stream's window comes back as the application consumes, in portions of at least a part of the window.
TEST_P(FlowControl, OfAStreamComesBackAsItIsRead) {
  Dialogue& d = server_with_request(false);
  const std::string part(16'000, 'x');
  d.take_window_updates(1);
  d.peer_sends(frames().data(1, part)).expect_data(1, part);
  EXPECT_EQ(d.take_window_updates(1), 0U);
  d.consume(1, 1'000);
  EXPECT_EQ(d.take_window_updates(1), 0U) << "not worth a frame yet";
  d.consume(1, 15'000);
  d.peer_sends(frames().data(1, part).data(1, part)).expect_data(1, part + part);
  d.consume(1, 32'000);
  EXPECT_GT(d.take_window_updates(1), 32'767U) << "more than half of the window was owed";
  d.expect_quiet();
}

// RFC 9113 §6.1, hostile-input A19: padding comes back to the stream's window, too, although nobody consumes
// it.
TEST_P(FlowControl, OfAStreamGetsItsPaddingBack) {
  Dialogue& d = server_with_request(false);
  for (int i = 0; i < 300; ++i) {
    d.peer_sends(frames().data(1, "0123456789").padded(255)).expect_data(1, "0123456789");
    d.consume(1, 10);
    ASSERT_GE(d.peer().stream_credit(1), 32'000) << i;
  }
  d.expect_quiet();
}

// RFC 9113 §6.9: nobody needs a window for a stream that the peer has ended.
TEST_P(FlowControl, OfAnEndedStreamIsNotReturned) {
  Dialogue& d = server_with_request(false);
  const std::string body(60'000, 'x');
  d.peer_sends(frames()
                   .data(1, body.substr(0, 16'000))
                   .data(1, body.substr(0, 16'000))
                   .data(1, body.substr(0, 16'000))
                   .data(1, body.substr(0, 12'000))
                   .end_stream());
  d.expect_data(1, body, true);
  d.consume(1, 60'000);
  EXPECT_EQ(d.take_window_updates(1), 0U);
  d.expect_quiet();
}

// hostile-input A34: whatever becomes of the stream, the connection's window comes back whole.
TEST_P(FlowControl, OfTheConnectionSurvivesEveryFateOfItsStreams) {
  Dialogue& d = server();
  std::uint32_t stream = 1;
  const std::string part(900, 'x');
  for (int i = 0; i < 50; ++i) {
    std::uint32_t ours = stream;
    std::uint32_t theirs = stream + 2;
    std::uint32_t read = stream + 4;
    stream += 6;
    d.peer_sends(frames().headers(ours).request().data(ours, part).padded(100));
    d.reset(ours, ErrorCode::cancel)
        .peer_sends(frames().data(ours, part).padded(100).data(ours, part).end_stream());
    d.peer_sends(frames().headers(theirs).request().data(theirs, part).reset(theirs, ErrorCode::cancel));
    d.peer_sends(frames().headers(read).request().data(read, part).padded(7).end_stream());
    d.respond(read, "200", true);
    ASSERT_GE(d.peer().connection_credit(), 32'000) << "after " << i << " rounds";
    d.ignore_rest();
  }
  EXPECT_EQ(d.engine().open_streams(), 0U);
  // A whole transfer still fits.
  d.peer_sends(frames().headers(stream).request().times(30, frames().data(stream, std::string(1'000, 'y'))));
  d.expect_headers(stream);
  d.expect_data(stream, std::string(30'000, 'y')).expect_quiet();
}

}  // namespace
}  // namespace farcall::http2
