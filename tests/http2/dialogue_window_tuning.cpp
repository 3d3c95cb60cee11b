// Receive windows that grow to the bandwidth-delay product (wire-facts 3.7).

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

constexpr std::uint64_t kProbe = 0x0204'1010'090e'0707;

class WindowTuning : public EachChunking {
 protected:
  Dialogue& tuned_server(std::uint32_t max_window) {
    Config config = quiet_config();
    config.tune_windows = true;
    config.max_window_size = max_window;
    Dialogue& d = server(config);
    d.peer_sends(frames().headers(1).request());
    d.expect_headers(1);
    return d;
  }

  /// One round trip of 1 ms in which the peer uses all the credit it has on stream 1, which the application
  /// consumes. Returns whether it was measured.
  bool round_trip(Dialogue& d) {
    auto credit = static_cast<std::size_t>(std::min(d.peer().connection_credit(), d.peer().stream_credit(1)));
    bool probed = false;
    auto send = [&](std::size_t size) {
      d.peer_sends(frames().data(1, std::string(size, 'x')));
      for (const Frame& frame : d.take_sent())
        probed = probed || (frame.type == FrameType::ping && frame.opaque() == kProbe);
    };
    std::size_t all = credit;
    for (; credit > 16'000; credit -= 16'000) send(16'000);
    send(credit);
    d.after(milliseconds(1)).consume(1, all);
    if (probed) d.peer_sends(frames().ping_ack(kProbe));
    // SETTINGS with a larger window want to be acknowledged.
    for (const Frame& frame : d.take_sent()) {
      if (frame.type == FrameType::settings && !frame.ack()) d.peer_sends(frames().settings_ack());
    }
    d.ignore_rest();
    return probed;
  }
};
FARCALL_EACH_CHUNKING(WindowTuning);

// Nothing is probed while no data flows, or so little that no window is in its way.
TEST_P(WindowTuning, ProbesOnlyWhenDataFlows) {
  Dialogue& d = tuned_server(1 << 20);
  d.after(minutes(5)).expect_quiet();
  d.peer_sends(frames().data(1, "x")).expect_data(1, "x").expect_quiet();
  const std::string quarter(16'384, 'x');
  d.peer_sends(frames().data(1, quarter)).expect_sent(frames().ping(kProbe));
  d.expect_data(1, quarter);
  // One probe at a time, and its answer is no event.
  d.peer_sends(frames().data(1, quarter)).expect_data(1, quarter).expect_quiet();
  d.peer_sends(frames().ping_ack(kProbe)).expect_quiet();
}

// The end of the only stream is no reason to probe: nothing follows that could be measured. (h2specd 4.2/1
// takes the next PING for an answer to its own.)
TEST_P(WindowTuning, DoesNotProbeWhenTheOnlyStreamEnds) {
  Config config = quiet_config();
  config.tune_windows = true;
  Dialogue& d = client(config);
  const std::string quarter(16'384, 'x');
  std::uint32_t stream = d.request(true);
  d.peer_sends(frames().headers(stream).response().data(stream, quarter).end_stream());
  d.expect_headers(stream);
  d.expect_data(stream, quarter, true).expect_closed(stream).expect_quiet();

  // While another one is open, more may follow; what was not measured counts.
  stream = d.request(true);
  const std::uint32_t other = d.request(true);
  d.peer_sends(frames().headers(stream).response().data(stream, "x").end_stream());
  d.expect_sent(frames().ping(kProbe));
  d.expect_headers(stream);
  d.expect_data(stream, "x", true).expect_closed(stream);
  d.peer_sends(frames().headers(other).response().end_stream());
  d.expect_headers(other);
  d.expect_closed(other).expect_quiet();
}

// A peer that fills the window in one round trip gets a larger one: for the connection, and for the streams
// that are read. New ones begin small, so that what nobody reads stays small.
TEST_P(WindowTuning, GrowsTheWindowsOfABusyPeer) {
  Dialogue& d = tuned_server(1 << 20);
  for (int i = 0; i < 8; ++i) round_trip(d);
  EXPECT_GT(d.peer().connection_credit(), 250'000);
  EXPECT_GT(d.peer().stream_credit(1), 250'000);
  EXPECT_EQ(d.peer().engine_setting(Setting::initial_window_size, 65'535), 65'535U);

  d.peer_sends(frames().headers(3).request());
  d.expect_headers(3);
  EXPECT_EQ(d.peer().stream_credit(3), 65'535);
  const std::string half(32'768, 'x');
  d.peer_sends(frames().data(3, half.substr(0, 16'384)));
  d.peer_sends(frames().data(3, half.substr(16'384)));
  d.consume(3, half.size());
  d.ignore_rest();
  EXPECT_GT(d.peer().stream_credit(3), 250'000);
}

// However many streams were read for a while and then were not: together they exceed the initial windows by
// no more than the budget (hostile-input A49), and a stream that ends gives back what it had.
TEST_P(WindowTuning, LendsAllStreamsTogetherNoMoreThanTheBudget) {
  Config config = quiet_config();
  config.tune_windows = true;
  config.max_window_size = 1 << 20;
  config.stream_window_budget = 200'000;
  Dialogue& d = server(config);
  d.peer_sends(frames().headers(1).request());
  d.expect_headers(1);
  for (int i = 0; i < 8; ++i) round_trip(d);
  const std::string half(16'384, 'x');
  const auto read_for_a_while = [&](std::uint32_t id) {
    d.peer_sends(frames().headers(id).request());
    for (int i = 0; i < 2; ++i) d.peer_sends(frames().data(id, half));
    d.consume(id, 2 * half.size());
    d.ignore_rest();
  };
  for (std::uint32_t id = 3; id <= 19; id += 2) read_for_a_while(id);
  std::int64_t beyond = 0;
  for (std::uint32_t id = 1; id <= 19; id += 2)
    beyond += std::max<std::int64_t>(d.peer().stream_credit(id) - 65'535, 0);
  EXPECT_LE(beyond, 200'000);
  EXPECT_GT(beyond, 100'000);

  d.peer_sends(frames().reset(1, ErrorCode::cancel));
  read_for_a_while(21);
  EXPECT_GT(d.peer().stream_credit(21), 65'535 + 50'000);
}

// The cap is one.
TEST_P(WindowTuning, StopsAtTheConfiguredMaximum) {
  Dialogue& d = tuned_server(150'000);
  for (int i = 0; i < 5; ++i) {
    round_trip(d);
    ASSERT_LE(d.peer().connection_credit(), 150'000);
    ASSERT_LE(d.peer().stream_credit(1), 150'000);
  }
  EXPECT_GT(d.peer().connection_credit(), 70'000);
}

// A peer that sends little at a time needs no more than it has.
TEST_P(WindowTuning, LeavesASlowPeerItsWindow) {
  Dialogue& d = tuned_server(1 << 20);
  for (int i = 0; i < 100; ++i) {
    d.peer_sends(frames().data(1, std::string(1'000, 'x'))).after(milliseconds(10)).consume(1, 1'000);
    d.peer_sends(frames().ping_ack(kProbe));
    d.ignore_rest();
  }
  EXPECT_LE(d.peer().connection_credit(), 65'535);
  EXPECT_EQ(d.peer().engine_setting(Setting::initial_window_size, 65'535), 65'535U);
}

// Turned off, it sends nothing of the kind.
TEST_P(WindowTuning, IsSilentWhenTurnedOff) {
  Dialogue& d = server_with_request(false);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(round_trip(d));
  EXPECT_LE(d.peer().connection_credit(), 65'535);
}

}  // namespace
}  // namespace farcall::http2
