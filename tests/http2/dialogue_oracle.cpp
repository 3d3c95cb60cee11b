// The peer of all these dialogues, put to the test itself: what no engine may send, it must refuse. Otherwise
// the dialogues would prove nothing.

#include "testing/dialogue.hpp"
#include "testing/frame_reader.hpp"
#include "testing/scripted_peer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace farcall::testing {
namespace {

struct Row {
  const char* name;
  /// What the peer has said, and what the engine (a server) says then.
  FrameScript peer;
  FrameScript engine;
  bool legal;
};

FrameScript answer() {
  return frames().settings().headers(1).response();
}

const Row kRows[] = {
    {"an answer", frames(), answer().data(1, "x").end_stream(), true},
    {"trailers", frames(), answer().data(1, "x").headers(1).field("a", "b").end_stream(), true},
    {"interim responses", frames(),
     frames().settings().headers(1).response("103").then(frames().headers(1).response()), true},
    {"PING first", frames(), frames().ping(1), false},
    {"an acknowledgement first", frames().settings(), frames().settings_ack(), false},
    {"an acknowledgement of nothing", frames(), frames().settings().settings_ack(), false},
    {"an acknowledgement", frames().settings(), frames().settings().settings_ack(), true},
    {"two acknowledgements of one", frames().settings(), frames().settings().settings_ack().settings_ack(),
     false},
    {"DATA before HEADERS", frames(), frames().settings().data(1, "x"), false},
    {"DATA after END_STREAM", frames(), answer().end_stream().data(1, "x"), false},
    {"HEADERS after END_STREAM", frames(), answer().end_stream().headers(1).field("a", "b").end_stream(),
     false},
    {"DATA after RST_STREAM", frames(), answer().reset(1, http2::ErrorCode::cancel).data(1, "x"), false},
    {"RST_STREAM twice", frames(), answer().times(2, frames().reset(1, http2::ErrorCode::cancel)), false},
    {"trailers without END_STREAM", frames(), answer().headers(1).field("a", "b"), false},
    {"the whole window of a stream", frames().settings({{Setting::initial_window_size, 5}}),
     frames().settings().settings_ack().headers(1).response().data(1, "12345"), true},
    {"more than a stream's window", frames().settings({{Setting::initial_window_size, 5}}),
     frames().settings().settings_ack().headers(1).response().data(1, "123456"), false},
    {"a window that grew", frames().settings({{Setting::initial_window_size, 5}}).window_update(1, 1),
     frames().settings().settings_ack().headers(1).response().data(1, "123456"), true},
    {"more than the connection's window", frames().window_update(1, 100'000),
     answer().times(5, frames().data(1, std::string(16'000, 'x'))), false},
    {"a frame that is too large", frames(), answer().data(1, std::string(16'385, 'x')), false},
    {"a frame as large as now allowed", frames().settings({{Setting::max_frame_size, 20'000}}),
     frames().settings().settings_ack().headers(1).response().data(1, std::string(20'000, 'x')), true},
    {"WINDOW_UPDATE of 0", frames(), frames().settings().window_update(0, 0), false},
    {"a window beyond 2^31-1", frames(), frames().settings().window_update(0, kMaxWindow), false},
    {"GOAWAY that raises its last stream", frames(),
     frames().settings().go_away(1, http2::ErrorCode::no_error).go_away(3, http2::ErrorCode::no_error),
     false},
    {"PUSH_PROMISE", frames(), answer().push_promise(1, 2).request(), false},
    {"PING inside a section", frames(), frames().settings().headers(1).response().no_end_headers().ping(1),
     false},
    {"CONTINUATION of nothing", frames(), frames().settings().continuation(1), false},
    {"a block that cannot be decoded", frames(), frames().settings().headers(1).block("80"), false},
    {"more padding than payload", frames(), answer().frame(0, 8, 1, "\x09x"), false},
    {"an unknown type", frames(), frames().settings().frame(0x42, 0, 0), false},
};

TEST(Oracle, RefusesWhatNoPeerHasToBear) {
  for (const Row& row : kRows) {
    ScriptedPeer peer(false);
    peer.says(row.peer);
    std::vector<Frame> read;
    bool legal = true;
    try {
      peer.hears(base::as_bytes(row.engine.bytes()), read);
    } catch (const ProtocolViolation&) {
      legal = false;
    }
    EXPECT_EQ(legal, row.legal) << row.name;
  }
}

TEST(Oracle, WantsTheClientsPreface) {
  std::vector<Frame> read;
  ScriptedPeer good(true);
  good.hears(base::as_bytes(frames().preface().settings().bytes()), read);
  EXPECT_EQ(read.size(), 1U);
  ScriptedPeer bad(true);
  EXPECT_THROW(bad.hears(base::as_bytes(frames().settings().bytes()), read), ProtocolViolation);
}

TEST(Oracle, ReadsFramesInAnyPortions) {
  const std::string bytes =
      frames().ping(7).headers(1).request().split(5).data(1, "payload").padded(3).bytes();
  FrameReader reader;
  std::vector<Frame> read;
  for (char byte : bytes) {
    reader.feed(base::as_bytes({&byte, 1}));
    while (std::optional<Frame> frame = reader.next()) read.push_back(*frame);
  }
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].opaque(), 7U);
  EXPECT_EQ(read[1].header(":path"), "/s/M");
  EXPECT_EQ(read[2].payload, "payload");
  EXPECT_EQ(reader.pending(), 0U);
}

// A line that does not come true stops the dialogue, and says where.
TEST(Oracle, OfADialogueNamesTheLineThatFailed) {
  Dialogue d(http2::Role::server);
  d.opens();
  auto why = [](auto line) -> std::string {
    try {
      line();
    } catch (const DialogueFailure& failure) {
      return failure.what();
    }
    return "it held";
  };
  EXPECT_NE(why([&] { d.expect_headers(1); }).find("dialogue_oracle.cpp"), std::string::npos);
  d.peer_sends(frames().ping(1));
  EXPECT_NE(why([&] { d.expect_sent(frames().ping_ack(2)); }).find("PING 1 ack"), std::string::npos);
  EXPECT_NE(why([&] { d.expect_nothing_sent(); }), "it held");
  EXPECT_NE(why([&] { d.expect_quiet(); }), "it held");
  EXPECT_NE(d.leftovers(), "");
  d.expect_sent(frames().ping_ack(1));
  EXPECT_EQ(why([&] { d.expect_quiet(); }), "it held");
  EXPECT_EQ(d.leftovers(), "");
  d.peer_sends(frames().headers(1).request().data(1, "abc"));
  EXPECT_NE(why([&] { d.expect_closed(1); }), "it held");
  d.expect_headers(1);
  EXPECT_NE(why([&] { d.expect_data(1, "abd"); }).find("from byte 2"), std::string::npos);
  EXPECT_NE(why([&] { d.expect_data(1, "abc", true); }), "it held");
  EXPECT_NE(why([&] { d.expect_go_away(http2::ErrorCode::no_error); }), "it held");
}

TEST(Oracle, ReadsHexadecimalAsItIsMeant) {
  EXPECT_EQ(from_hex("00 7f|80_Ff"), std::string("\x00\x7f\x80\xff", 4));
  EXPECT_THROW((void)from_hex("0"), std::invalid_argument);
  EXPECT_THROW((void)from_hex("0g"), std::invalid_argument);
}

}  // namespace
}  // namespace farcall::testing
