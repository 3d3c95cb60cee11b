// SETTINGS: RFC 9113 §6.5.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

class Settings : public EachChunking {};
FARCALL_EACH_CHUNKING(Settings);

constexpr auto kTable = Setting::header_table_size;
constexpr auto kPush = Setting::enable_push;
constexpr auto kStreams = Setting::max_concurrent_streams;
constexpr auto kWindow = Setting::initial_window_size;
constexpr auto kFrame = Setting::max_frame_size;
constexpr auto kList = Setting::max_header_list_size;

struct Rule {
  const char* name;
  FrameScript says;
  Outcome outcome;
};

const Outcome kProtocol = connection_error(ErrorCode::protocol_error);
const Outcome kFrameSize = connection_error(ErrorCode::frame_size_error);
const Outcome kFlowControl = connection_error(ErrorCode::flow_control_error);

// RFC 9113 §6.5, §6.5.2.
const Rule kValues[] = {
    {"an empty frame", frames().settings(), kIgnored},
    {"6.5/1 an acknowledgement with a payload", frames().frame(4, 1, 0, "123456"), kFrameSize},
    {"6.5/2 a stream id", frames().frame(4, 0, 1), kProtocol},
    {"6.5/3 a length that is no multiple of 6", frames().frame(4, 0, 0, "123"), kFrameSize},
    {"6.5.2/1 ENABLE_PUSH of 2", frames().settings({{kPush, 2}}), kProtocol},
    {"ENABLE_PUSH of 1", frames().settings({{kPush, 1}}), kIgnored},
    {"ENABLE_PUSH of 0", frames().settings({{kPush, 0}}), kIgnored},
    {"6.5.2/2 INITIAL_WINDOW_SIZE of 2^31", frames().settings({{kWindow, 0x8000'0000U}}), kFlowControl},
    {"INITIAL_WINDOW_SIZE of 2^31-1", frames().settings({{kWindow, 0x7fff'ffffU}}), kIgnored},
    {"6.5.2/3 MAX_FRAME_SIZE of 2^14-1", frames().settings({{kFrame, 16'383}}), kProtocol},
    {"6.5.2/4 MAX_FRAME_SIZE of 2^24", frames().settings({{kFrame, 0x100'0000}}), kProtocol},
    {"MAX_FRAME_SIZE of 2^24-1", frames().settings({{kFrame, 0xff'ffff}}), kIgnored},
    {"6.5.2/5 an unknown setting", frames().settings({{static_cast<Setting>(0xff), 1}}), kIgnored},
    {"setting 0", frames().settings({{static_cast<Setting>(0), 0xffff'ffffU}}), kIgnored},
    {"HEADER_TABLE_SIZE of 2^32-1", frames().settings({{kTable, 0xffff'ffffU}}), kIgnored},
    {"MAX_HEADER_LIST_SIZE of 0", frames().settings({{kList, 0}}), kIgnored},
    {"duplicates", frames().settings({{kStreams, 1}, {kStreams, 2}, {kStreams, 3}}), kIgnored},
    {"a good value, then a bad one", frames().settings({{kWindow, 1}, {kPush, 7}}), kProtocol},
};

TEST_P(Settings, OfAClientAreCheckedValueByValue) {
  for_each(kValues, [this](const Rule& row) {
    Dialogue& d = server();
    d.peer_sends(row.says);
    expect_outcome(d, row.outcome);
  });
}

// RFC 9113 §6.5.2: a server must not announce a push to a client.
TEST_P(Settings, OfAServerAreCheckedValueByValue) {
  const Rule kRows[] = {
      {"ENABLE_PUSH of 0", frames().settings({{kPush, 0}}), kIgnored},
      {"ENABLE_PUSH of 1", frames().settings({{kPush, 1}}), kProtocol},
      {"INITIAL_WINDOW_SIZE of 2^31", frames().settings({{kWindow, 0x8000'0000U}}), kFlowControl},
      {"MAX_FRAME_SIZE of 0", frames().settings({{kFrame, 0}}), kProtocol},
  };
  for_each(kRows, [this](const Rule& row) {
    Dialogue& d = client();
    d.peer_sends(row.says);
    expect_outcome(d, row.outcome);
  });
}

// RFC 9113 §6.5.3: every SETTINGS is acknowledged, in order, and told.
TEST_P(Settings, AreAcknowledgedEachByItself) {
  Dialogue& d = server();
  d.peer_sends(frames().settings({{kStreams, 1}}).settings().settings({{kWindow, 10}}));
  d.expect_sent(frames().settings_ack().settings_ack().settings_ack());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(d.expect_event<event::SettingsReceived>().first);
  d.expect_quiet();
}

// RFC 9113 §6.5.3, h2spec 6.5.3/1: values apply in the order of the frame, so the last of duplicates holds.
TEST_P(Settings, ApplyInOrder) {
  Dialogue& d = fresh_server();
  d.opens({{kWindow, 100}, {kWindow, 1}});
  d.peer_sends(frames().headers(1).request().end_stream());
  d.expect_headers(1);
  d.respond(1);
  d.send(1, "hello", true);
  d.expect_sent(frames().headers(1).response().data(1, "h"));
  d.peer_sends(frames().settings({{kWindow, 2}, {kWindow, 3}}))
      .expect_sent(frames().settings_ack().data(1, "el"));
  d.peer_sends(frames().window_update(1, 10)).expect_sent(frames().data(1, "lo").end_stream());
  d.expect_closed(1);
}

// RFC 9113 §6.9.2: the difference applies to every open stream, and may make a window negative.
TEST_P(Settings, OfTheInitialWindowReachOpenStreams) {
  Dialogue& d = server_with_request(true);
  d.peer_sends(frames().settings({{kWindow, 4}})).expect_sent(frames().settings_ack());
  d.respond(1);
  d.send(1, "abcdefgh");
  d.expect_sent(frames().headers(1).response().data(1, "abcd"));
  d.peer_sends(frames().settings({{kWindow, 1}})).expect_sent(frames().settings_ack());
  // The window stands at -3 now.
  d.peer_sends(frames().window_update(1, 3)).expect_nothing_sent();
  d.peer_sends(frames().window_update(1, 1)).expect_sent(frames().data(1, "e"));
  d.peer_sends(frames().settings({{kWindow, 3}})).expect_sent(frames().settings_ack().data(1, "fg"));
  d.ignore_rest();
}

// RFC 9113 §6.9.2: a change that takes a stream's window beyond 2^31-1 is an error of the connection.
TEST_P(Settings, OfTheInitialWindowMustNotOverflowAnOpenStream) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().window_update(1, 1'000));
  d.peer_sends(frames().settings({{kWindow, 0x7fff'ffffU}})).expect_go_away(ErrorCode::flow_control_error);
}

// RFC 9113 §4.2: frames grow to what the peer has announced, not before.
TEST_P(Settings, OfTheFrameSizeBindWhatWeSend) {
  Dialogue& d = server_with_request(true);
  const std::string body(20'000, 'x');
  d.respond(1);
  d.expect_sent(frames().headers(1).response());
  d.send(1, body);
  EXPECT_EQ(d.expect_frame(FrameType::data).payload.size(), 16'384U);
  EXPECT_EQ(d.expect_frame(FrameType::data).payload.size(), 20'000U - 16'384U);
  d.peer_sends(frames().settings({{kFrame, 18'000}})).expect_sent(frames().settings_ack());
  d.send(1, body);
  d.expect_sent_data(1, body);
  d.ignore_rest();
}

// RFC 9113 §6.5.3: our own values bind the peer from its acknowledgement on; until then the defaults do.
TEST_P(Settings, OfOursBindThePeerOnceAcknowledged) {
  Config config = quiet_config();
  config.initial_window_size = 10;
  config.max_frame_size = 20'000;
  {
    Dialogue& d = fresh_server(config);
    d.peer_sends(frames().preface().settings().headers(1).request().data(1, std::string(100, 'x')));
    d.ignore_rest();
    // The window was 65535 when that was sent: the peer is 90 bytes in debt, but not at fault.
    d.peer_sends(frames().settings_ack()).expect_quiet();
    d.peer_sends(frames().data(1, "y")).expect_stream_error(1, ErrorCode::flow_control_error);
  }
  {
    Dialogue& d = fresh_server(config);
    d.peer_sends(
        frames().preface().settings().headers(1).request().settings_ack().data(1, std::string(11, 'x')));
    d.take_sent();
    EXPECT_TRUE(d.expect_event<event::SettingsReceived>().first);
    d.expect_headers(1);
    d.ignore_rest();
    EXPECT_EQ(d.engine().open_streams(), 0U);
  }
  {
    Dialogue& d = server(config);
    d.peer_sends(frames().frame(0x42, 0, 0, std::string(20'000, 'x'))).expect_quiet();
    d.peer_sends(frames().frame(0x42, 0, 0, std::string(20'001, 'x')))
        .expect_go_away(ErrorCode::frame_size_error);
  }
}

// RFC 9113 §6.5.2, §10.5.1: what the peer takes in headers is there for the caller to ask.
TEST_P(Settings, OfTheHeaderListAreKeptForTheCaller) {
  Dialogue& d = server();
  EXPECT_EQ(d.engine().peer_max_header_list_size(), SIZE_MAX);
  d.peer_sends(frames().settings({{kList, 8'000}}));
  EXPECT_EQ(d.engine().peer_max_header_list_size(), 8'000U);
  d.ignore_rest();
}

// RFC 7541 §4.2: a table that the peer makes smaller is acknowledged in the next header block. The reader of
// this dialogue refuses the block if it is not.
TEST_P(Settings, OfTheHeaderTableAreFollowedByTheEncoder) {
  Dialogue& d = server();
  std::uint32_t stream = 1;
  for (std::uint32_t size : {4096U, 0U, 100U, 0xffff'ffffU, 64U}) {
    d.peer_sends(frames().settings({{kTable, size}})).expect_sent(frames().settings_ack());
    for (int i = 0; i < 4; ++i, stream += 2) {
      d.peer_sends(frames().headers(stream).request().end_stream());
      d.expect_headers(stream);
      d.calls([&](Connection& c) {
        c.send_headers(d.key(stream), header_map({{":status", "200"}, {"server", "farcall"}, {"x-y", "z"}}),
                       true);
      });
      d.expect_sent(
          frames().headers(stream).response().field("server", "farcall").field("x-y", "z").end_stream());
      d.expect_closed(stream);
    }
  }
  d.expect_quiet();
}

// Two reductions between two blocks, RFC 7541 §4.2: the smallest is signalled as well.
TEST_P(Settings, OfTheHeaderTableMayChangeTwiceBetweenTwoBlocks) {
  Dialogue& d = server_with_request(true);
  d.peer_sends(frames().settings({{kTable, 0}}).settings({{kTable, 4096}}));
  d.expect_sent(frames().settings_ack().settings_ack());
  d.respond(1, "200", true).expect_sent(frames().headers(1).response().end_stream()).expect_closed(1);
}

}  // namespace
}  // namespace farcall::http2
