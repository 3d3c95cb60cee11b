// Header blocks that cost more than they should: A35 to A40 and A44 to A46 of the attack catalogue, each
// limit just below and just above.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

class HeaderFloods : public EachChunking {};
FARCALL_EACH_CHUNKING(HeaderFloods);

constexpr std::size_t kListSize = 16 * 1024;
/// What `request()` costs: four names and values, and 32 for each (RFC 9113 §6.5.2).
constexpr std::size_t kRequestSize = 7 + 4 + 7 + 4 + 10 + 4 + 5 + 4 + 4 * 32;

/// A request with one more field, so that the whole list has `size` octets.
FrameScript request_of_size(std::size_t size) {
  return frames()
      .headers(1)
      .request()
      .field("a", std::string(size - kRequestSize - 33, 'v'))
      .split(16'000)
      .end_stream();
}

// RFC 9113 §10.5.1: the limit is advertised, and a list that is larger is answered, not dropped.
TEST_P(HeaderFloods, OfBytesAreFlaggedBeyondTheAdvertisedSize) {
  Dialogue& exact = server();
  EXPECT_EQ(exact.peer().engine_setting(Setting::max_header_list_size, 0), kListSize);
  exact.peer_sends(request_of_size(kListSize));
  EXPECT_EQ(exact.expect_headers(1).list_size(), kListSize);
  exact.expect_quiet();

  Dialogue& beyond = server();
  beyond.peer_sends(request_of_size(kListSize + 1));
  auto headers = beyond.expect_event<event::Headers>();
  EXPECT_TRUE(headers.too_large);
  EXPECT_EQ(headers.headers.find(":path"), "/s/M");
  EXPECT_LE(headers.headers.list_size(), kListSize);
  beyond.expect_quiet();
  // The stream can be answered, and the next one is as good as any.
  beyond.respond(1, "431", true)
      .expect_sent(frames().headers(1).response("431").end_stream())
      .expect_closed(1);
  beyond.peer_sends(frames().headers(3).request().end_stream()).expect_headers(3);
  beyond.expect_quiet();
}

TEST_P(HeaderFloods, OfBytesInAResponseAreFlagged) {
  Dialogue& d = client();
  std::uint32_t stream = d.request(true);
  d.peer_sends(frames().headers(stream).response().field("a", std::string(kListSize, 'v')).split(16'000));
  EXPECT_TRUE(d.expect_event<event::Headers>().too_large);
  d.expect_quiet();
  d.reset(stream, ErrorCode::cancel).expect_sent(frames().reset(stream, ErrorCode::cancel)).expect_quiet();
}

TEST_P(HeaderFloods, OfBytesInTrailersAreFlagged) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().headers(1).field("a", std::string(kListSize, 'v')).split(16'000).end_stream());
  auto headers = d.expect_event<event::Headers>();
  EXPECT_TRUE(headers.too_large);
  EXPECT_EQ(headers.kind, event::HeadersKind::trailers);
  d.expect_quiet();
}

// A36, CVE-2016-6581: one large entry in the table, named again and again by one byte. Four times the limit
// is the end.
TEST_P(HeaderFloods, OfBytesEndTheConnectionAtFourTimesTheLimit) {
  constexpr std::size_t kEntry = 3'000;
  const FrameScript plant =
      frames().headers(1).request().indexed_literal("a", std::string(kEntry - 33, 'v')).end_stream();
  const std::size_t most = (4 * kListSize - kRequestSize) / kEntry;
  auto bomb = [](std::size_t times) {
    return frames().headers(3).request().block_bytes(std::string(times, '\xbe')).end_stream();
  };

  Dialogue& below = server();
  below.peer_sends(plant).expect_headers(1);
  below.peer_sends(bomb(most));
  EXPECT_TRUE(below.expect_event<event::Headers>().too_large);
  below.expect_quiet();

  Dialogue& above = server();
  above.peer_sends(plant).expect_headers(1);
  above.peer_sends(bomb(most + 1)).expect_go_away(ErrorCode::enhance_your_calm, "header_list_too_large");
}

// A37, CVE-2026-49975: fields are counted whatever their size: indexed repetitions, cookie crumbs.
TEST_P(HeaderFloods, OfFieldsAreFlaggedBeyond128AndEndTheConnectionAtFourTimesThat) {
  auto with_fields = [](std::size_t count) {
    FrameScript script = frames().headers(1).request().indexed_literal("a", "");
    return script.block_bytes(std::string(count - 5, '\xbe')).end_stream();
  };
  Dialogue& exact = server();
  exact.peer_sends(with_fields(128));
  EXPECT_EQ(exact.expect_headers(1).size(), 128U);
  exact.expect_quiet();

  Dialogue& beyond = server();
  beyond.peer_sends(with_fields(129));
  auto headers = beyond.expect_event<event::Headers>();
  EXPECT_TRUE(headers.too_large);
  EXPECT_LE(headers.headers.size(), 128U);
  beyond.expect_quiet();

  Dialogue& last = server();
  last.peer_sends(with_fields(512));
  EXPECT_TRUE(last.expect_event<event::Headers>().too_large);
  last.expect_quiet();
  server().peer_sends(with_fields(513)).expect_go_away(ErrorCode::enhance_your_calm, "too_many_headers");
}

TEST_P(HeaderFloods, OfCookieCrumbsAreCountedOneByOne) {
  Dialogue& d = server();
  FrameScript script = frames().headers(1).request().indexed_literal("cookie", "a=b");
  d.peer_sends(script.block_bytes(std::string(600, '\xbe')).end_stream());
  d.expect_go_away(ErrorCode::enhance_your_calm, "too_many_headers");
}

// A35, CVE-2024-27316 and its siblings: eight CONTINUATION frames a block.
TEST_P(HeaderFloods, OfContinuationsEndTheConnection) {
  auto in_frames = [](std::size_t continuations) {
    FrameScript script = frames().headers(1).request().no_end_headers();
    for (std::size_t i = 0; i + 1 < continuations; ++i)
      script.continuation(1).field("a", "b").no_end_headers();
    return script.continuation(1).field("a", "b");
  };
  Dialogue& d = server();
  d.peer_sends(in_frames(8)).expect_headers(1);
  d.expect_quiet();
  server().peer_sends(in_frames(9)).expect_go_away(ErrorCode::enhance_your_calm, "too_many_continuations");
}

// A18, CVE-2019-9518: empty ones count as well, and nothing waits for END_HEADERS.
TEST_P(HeaderFloods, OfEmptyContinuationsEndTheConnection) {
  FrameScript script = frames().headers(1).no_end_headers();
  for (int i = 0; i < 8; ++i) script.continuation(1).no_end_headers();
  Dialogue& d = server();
  d.peer_sends(script).expect_quiet();
  d.peer_sends(frames().continuation(1).no_end_headers());
  d.expect_go_away(ErrorCode::enhance_your_calm, "too_many_continuations");
}

// The count begins anew with every block.
TEST_P(HeaderFloods, OfContinuationsAreCountedByTheBlock) {
  Dialogue& d = server();
  for (std::uint32_t id = 1; id < 21; id += 2) {
    d.peer_sends(frames().headers(id).block("82 86 84").field("a", "b").split(1).end_stream());
    d.expect_headers(id);
  }
  d.expect_quiet();
}

// A35: 16 KiB a CONTINUATION is no way around the limit of the block's size.
TEST_P(HeaderFloods, OfLargeContinuationsEndTheConnectionEarly) {
  Dialogue& d = server();
  FrameScript script = frames().headers(1).request().no_end_headers();
  std::size_t sent = 0;
  for (int i = 0; i < 8; ++i) {
    script.continuation(1).field("a", std::string(16'000, 'v')).no_end_headers();
    sent += 16'000;
  }
  d.peer_sends(script);
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm, "header_list_too_large"));
  EXPECT_LE(sent, 160'000U);
}

// A38, CVE-2019-9516: empty names are malformed, and each costs 32 all the same.
TEST_P(HeaderFloods, OfEmptyNamesAreMalformedOrWorse) {
  Dialogue& d = server();
  d.peer_sends(frames().headers(1).request().block("00 00 00").end_stream());
  d.expect_stream_error(1, ErrorCode::protocol_error).expect_quiet();
  d.peer_sends(frames().headers(3).request().block("00 80 80").end_stream());
  d.expect_stream_error(3, ErrorCode::protocol_error).expect_quiet();
  FrameScript script = frames().headers(5).request();
  for (int i = 0; i < 600; ++i) script.block("00 00 00");
  d.peer_sends(script.end_stream()).expect_go_away(ErrorCode::enhance_your_calm);
}

// A39, CVE-2023-33953: integers that do not end are refused where they stop making sense, not where the
// frames end.
TEST_P(HeaderFloods, OfEndlessIntegersEndTheConnection) {
  Dialogue& d = server();
  d.peer_sends(frames().headers(1).block("00 7f 80 80 80 80 80 80 80 80").no_end_headers());
  d.expect_go_away(ErrorCode::compression_error);

  Dialogue& slow = server();
  slow.peer_sends(frames().headers(1).block("00 7f").no_end_headers());
  for (int i = 0; i < 8 && !slow.engine().closed(); ++i)
    slow.peer_sends(frames().continuation(1).block("80").no_end_headers());
  expect_outcome(slow, connection_error(ErrorCode::compression_error));
}

// A39: a string that is longer than the limits allow is not stored, and its frames are counted like all
// others.
TEST_P(HeaderFloods, OfHugeStringsEndTheConnection) {
  Dialogue& d = server();
  // A value of 2^31 bytes is announced.
  d.peer_sends(frames().headers(1).request().block("00 01 61 7f 81 ff ff ff 07").no_end_headers());
  FrameScript more = frames();
  for (int i = 0; i < 9; ++i) more.continuation(1).block_bytes(std::string(16'000, 'v')).no_end_headers();
  d.peer_sends(more);
  expect_outcome(d, connection_error(ErrorCode::enhance_your_calm));
}

// A46: sections on one stream are bounded by the rules of RFC 9113 §8.1 themselves.
TEST_P(HeaderFloods, OfTrailersEndTheStream) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().headers(1).field("a", "b"));
  d.expect_stream_error(1, ErrorCode::protocol_error);
  d.peer_sends(frames().headers(1).field("a", "b").headers(1).field("a", "b").end_stream()).expect_quiet();
}

}  // namespace
}  // namespace farcall::http2
