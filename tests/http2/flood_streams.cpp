// Floods of streams, resets and DATA: A18 to A20, A24 to A26, A30, A31, A34 of the attack catalogue, each
// limit just below and just above.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

FrameScript request(std::uint32_t stream) {
  return frames().headers(stream).request().end_stream();
}

class StreamFloods : public EachChunking {
 protected:
  /// What makes us reset stream after stream, until the budget of glitches is spent: a thousand, not one
  /// more.
  template <class Offence>
  void expect_glitches(Dialogue& d, Offence offend) {
    std::uint32_t id = 1;
    for (int i = 0; i < 1'000; ++i, id += 2) offend(d, id);
    d.ignore_rest();
    EXPECT_FALSE(d.engine().closed()) << "too early";
    offend(d, id);
    EXPECT_TRUE(d.engine().closed());
    expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "too_many_glitches"));
  }
};
FARCALL_EACH_CHUNKING(StreamFloods);

// A24, CVE-2023-44487, "rapid reset": a thousand at once.
TEST_P(StreamFloods, OfRapidResetsEndTheConnection) {
  Dialogue& d = server();
  std::uint32_t id = 1;
  auto rapid = [&] {
    d.peer_sends(request(id).reset(id, ErrorCode::cancel));
    id += 2;
  };
  for (int i = 0; i < 1'000; ++i) rapid();
  d.ignore_rest();
  EXPECT_FALSE(d.engine().closed());
  EXPECT_EQ(d.engine().open_streams(), 0U);
  rapid();
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "too_many_resets"));
}

// A24: 33 come back every second.
TEST_P(StreamFloods, OfResetsAreForgivenWithTime) {
  Dialogue& d = server();
  std::uint32_t id = 1;
  for (int second = 0; second < 100; ++second) {
    for (int i = 0; i < 33; ++i, id += 2) d.peer_sends(request(id).reset(id, ErrorCode::cancel));
    d.after(seconds(1)).ignore_rest();
  }
  EXPECT_FALSE(d.engine().closed());
}

// A24: hedging and expired deadlines cancel in earnest; every handler that has returned gives one back.
TEST_P(StreamFloods, OfResetsAreForgivenByFinishedHandlers) {
  Dialogue& d = server();
  std::uint32_t id = 1;
  for (int i = 0; i < 3'000; ++i, id += 2) {
    d.peer_sends(request(id).reset(id, ErrorCode::cancel));
    d.calls([](Connection& c) { c.handler_returned(); });
  }
  d.ignore_rest();
  EXPECT_FALSE(d.engine().closed());
  // What was not spent is not saved beyond the burst.
  for (int i = 0; i < 500; ++i) d.engine().handler_returned();
  for (int i = 0; i < 1'001; ++i, id += 2) d.peer_sends(request(id).reset(id, ErrorCode::cancel));
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "too_many_resets"));
}

// What a server can reset is bounded by what we open: one that refuses thousands of requests, or needs no
// more of them (RFC 9113 §8.1), is no flood. One that resets what is gone is.
TEST_P(StreamFloods, OfResetsByAServerAreBoundedByWhatWeOpen) {
  Dialogue& d = client();
  for (int i = 0; i < 3'000; ++i) {
    std::uint32_t id = d.request(false);
    d.peer_sends(frames().reset(id, ErrorCode::refused_stream));
    d.expect_reset_event(id, ErrorCode::refused_stream, Initiator::peer, true);
  }
  d.expect_quiet();
  for (int i = 0; i < 1'000; ++i) d.peer_sends(frames().reset(1, ErrorCode::cancel));
  d.expect_quiet();
  d.peer_sends(frames().reset(1, ErrorCode::cancel));
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "too_many_resets"));
}

// A25, CVE-2019-9514: requests that we have to reset.
TEST_P(StreamFloods, OfMalformedRequestsEndTheConnection) {
  expect_glitches(server(), [](Dialogue& d, std::uint32_t id) {
    d.peer_sends(frames().headers(id).request().field("A", "b").end_stream());
  });
}

// A26, CVE-2025-8671, "MadeYouReset": the one primitive that stays an error of the stream is counted.
TEST_P(StreamFloods, OfOverflowingWindowsEndTheConnection) {
  Config config = quiet_config();
  config.limits.window_updates_base = 1'000'000;
  expect_glitches(server(config), [](Dialogue& d, std::uint32_t id) {
    d.peer_sends(request(id).window_update(id, 0x7fff'ffff));
  });
}

struct Primitive {
  const char* name;
  FrameScript says;
  ErrorCode code;
};

// A26: the other five end the connection at the first offence (hostile-input R5).
TEST_P(StreamFloods, OfResetsThatWeAreMadeToSendDoNotBegin) {
  const Primitive kRows[] = {
      {"WINDOW_UPDATE of 0", request(1).window_update(1, 0), ErrorCode::protocol_error},
      {"PRIORITY of a wrong length", request(1).frame(2, 0, 1, "1234"), ErrorCode::frame_size_error},
      {"PRIORITY on itself", request(1).priority(1, 1), ErrorCode::protocol_error},
      {"DATA after END_STREAM", request(1).data(1, "x"), ErrorCode::stream_closed},
      {"HEADERS after END_STREAM", request(1).headers(1).field("a", "b").end_stream(),
       ErrorCode::stream_closed},
  };
  for_each(kRows, [this](const Primitive& row) {
    Dialogue& d = server();
    d.peer_sends(row.says);
    expect_outcome(d, connection_error(row.code));
  });
}

// A30: streams beyond the limit are refused, each of them, while a hundred go on; a flood of them ends it.
TEST_P(StreamFloods, OfStreamsAreRefused) {
  Dialogue& d = server();
  for (std::uint32_t id = 1; id < 300; id += 2) d.peer_sends(frames().headers(id).request());
  std::vector<Frame> sent = d.take_sent();
  ASSERT_EQ(sent.size(), 50U);
  for (const Frame& frame : sent) EXPECT_EQ(frame.code(), ErrorCode::refused_stream);
  EXPECT_EQ(d.engine().open_streams(), 100U);
  d.ignore_rest();
  std::uint32_t id = 301;
  for (int i = 0; i < 5'000 && !d.engine().closed(); ++i, id += 2) d.peer_sends(request(id));
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm));
}

// A18, A19, CVE-2019-9518: DATA that carries nothing and ends nothing, padded or not.
TEST_P(StreamFloods, OfEmptyDataEndTheConnection) {
  for (const FrameScript& empty :
       {frames().data(1), frames().data(1).padded(0), frames().data(1).padded(255)}) {
    Dialogue& d = server_with_request(false);
    d.peer_sends(frames().times(100, empty)).expect_no_event();
    d.ignore_rest();
    EXPECT_FALSE(d.engine().closed());
    d.peer_sends(empty);
    expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "too_many_data_frames"));
  }
}

// The end of a stream is not nothing.
TEST_P(StreamFloods, OfEmptyDataAreNoneWhenTheyEndTheirStreams) {
  Dialogue& d = server();
  for (std::uint32_t id = 1; id < 1'001; id += 2) {
    d.peer_sends(frames().headers(id).request().data(id).end_stream());
    d.expect_headers(id);
    d.expect_data(id, "", true);
    d.respond(id, "200", true);
    d.ignore_rest();
  }
  d.expect_quiet();
}

// A20: tiny DATA that nobody consumes runs up a bill; consuming pays it.
TEST_P(StreamFloods, OfTinyDataEndTheConnection) {
  Config config = quiet_config();
  const std::size_t bill = config.limits.tiny_data_size - 1;
  const std::size_t most = config.limits.tiny_data_deficit / bill;
  auto send = [](Dialogue& d, std::size_t count) {
    for (std::size_t done = 0; done < count; done += 100)
      d.peer_sends(frames().times(std::min<std::size_t>(100, count - done), frames().data(1, "x")));
  };
  Dialogue& d = server_with_request(false, config);
  send(d, most);
  d.expect_data(1, std::string(most, 'x')).expect_quiet();
  send(d, 1);
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "too_many_data_frames"));

  Dialogue& reader = server_with_request(false, config);
  for (int i = 0; i < 5; ++i) {
    send(reader, most / 2);
    reader.consume(1, most / 2);
  }
  reader.ignore_rest();
  EXPECT_FALSE(reader.engine().closed());
}

// A31, CVE-2019-9517: what a peer that does not read can make us hold is bounded for each stream and for all.
TEST_P(StreamFloods, OfUnreadAnswersFillTheBudgetOfAllStreams) {
  Config config = quiet_config();
  config.limits.stream_send_budget = 64 * 1024;
  config.limits.connection_send_budget = 256 * 1024;
  Dialogue& d = fresh_server(config);
  d.opens({{Setting::initial_window_size, 0}});
  for (std::uint32_t id = 1; id < 21; id += 2) {
    d.peer_sends(request(id)).expect_headers(id);
    d.respond(id);
  }
  d.take_sent();
  std::uint32_t streams_with_room = 0;
  for (std::uint32_t id = 1; id < 21; id += 2)
    streams_with_room += d.send(id, std::string(60 * 1024, 'x')) ? 1 : 0;
  EXPECT_EQ(streams_with_room, 4U);
  d.expect_quiet();
}

// A34: 10 000 cycles of DATA on streams that are gone; then a full window still fits.
TEST_P(StreamFloods, OfDataToDeadStreamsLoseNoCredit) {
  Config config = quiet_config();
  config.limits.resets = {1'000'000, 1'000};
  Dialogue& d = server(config);
  std::uint32_t id = 1;
  int cycles = GetParam() == Chunking::whole ? 10'000 : 1'000;
  for (int i = 0; i < cycles; ++i, id += 2) {
    d.peer_sends(frames().headers(id).request().data(id, "12345678").padded(20).reset(id, ErrorCode::cancel));
    ASSERT_GE(d.peer().connection_credit(), 32'000) << i;
    d.ignore_rest();
  }
  d.peer_sends(frames().headers(id).request());
  d.expect_headers(id);
  for (int i = 0; i < 65; ++i) d.peer_sends(frames().data(id, std::string(1'000, 'x')));
  d.expect_data(id, std::string(65'000, 'x')).expect_quiet();
}

}  // namespace
}  // namespace farcall::http2
