// Header compression as the connection sees it: RFC 7541, RFC 9113 §4.3. Names of the form "6.1/1" are of
// h2spec's section hpack.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

class Compression : public EachChunking {};
FARCALL_EACH_CHUNKING(Compression);

struct Block {
  const char* name;
  /// Follows a complete request.
  const char* hex;
};

FrameScript with(std::string_view hex) {
  return frames().headers(1).request().block(hex).end_stream();
}

// RFC 9113 §4.3: a block that cannot be decoded ends the connection, always with COMPRESSION_ERROR.
TEST_P(Compression, ErrorsEndTheConnection) {
  const Block kRows[] = {
      {"2.3.3/1 an index beyond both tables", "be"},
      {"2.3.3/2 a name's index beyond both tables", "7e 01 61"},
      {"an index of many bytes beyond both tables", "ff ff 03"},
      {"4.2/1 a size update at the end of a block", "20"},
      {"5.2/1 padding of more than 7 bits", "40 01 61 82 07 ff"},
      {"5.2/2 padding that is not all ones", "40 01 61 81 00"},
      {"5.2/3 EOS", "40 01 61 84 ff ff ff ff"},
      {"6.1/1 index 0", "80"},
      {"an integer that does not end", "ff 80 80 80 80 80 80 80"},
      {"an integer beyond 32 bits", "ff ff ff ff ff ff 7f"},
      {"a name's length that does not end", "40 7f 80 80 80 80 80 80 80"},
      {"a field that is cut off", "40 01 61 05 61"},
      {"a name that is cut off", "40 05 61"},
      {"nothing but the first byte of a literal", "40"},
  };
  for_each(kRows, [this](const Block& row) {
    Dialogue& d = server();
    d.peer_sends(with(row.hex));
    expect_outcome(d, connection_error(ErrorCode::compression_error));
    Dialogue& c = client();
    c.request(true);
    c.peer_sends(frames().headers(1).response().block(row.hex).end_stream());
    expect_outcome(c, connection_error(ErrorCode::compression_error));
  });
}

// RFC 7541 §4.2, §6.3, hostile-input A44: size updates come first, at most two, and within our setting.
TEST_P(Compression, OfTheTableSizeIsBounded) {
  struct Row {
    const char* name;
    const char* hex;
    Outcome outcome;
  };
  const Outcome kError = connection_error(ErrorCode::compression_error);
  const Row kRows[] = {
      {"an update to 0", "20", kAccepted},
      {"two updates", "20 3f e1 1f", kAccepted},
      {"three updates", "20 20 20", kError},
      {"6.3/1 more than the setting", "3f e2 1f", kError},
      {"far more than the setting", "3f ff ff ff 0f", kError},
  };
  for_each(kRows, [this](const Row& row) {
    Dialogue& d = server();
    d.peer_sends(frames().headers(1).block(row.hex).request().end_stream());
    expect_outcome(d, row.outcome);
  });
}

// RFC 7541 §4.2: once the peer has acknowledged a smaller table, its next block must say so.
TEST_P(Compression, NeedsThePeersUpdateAfterOurReduction) {
  Config config = quiet_config();
  config.header_table_size = 256;
  Dialogue& obedient = server(config);
  obedient.peer_sends(frames().headers(1).block("3f e1 01").request().end_stream());
  obedient.expect_headers(1);

  Dialogue& forgetful = server(config);
  forgetful.peer_sends(frames().headers(1).request().end_stream());
  forgetful.expect_go_away(ErrorCode::compression_error);
}

// RFC 7541 §2.3.2, §6.2.1: entries of one block serve the next ones, of whatever stream.
TEST_P(Compression, KeepsItsTableFromBlockToBlock) {
  Dialogue& d = server();
  d.peer_sends(frames()
                   .headers(1)
                   .request()
                   .indexed_literal("a", "1")
                   .indexed_literal("b", "2")
                   .split(16)
                   .end_stream());
  d.expect_headers(1);
  d.peer_sends(frames().headers(3).request().indexed(62).indexed(63).headers(3).indexed(63).end_stream());
  http::HeaderMap headers = d.expect_headers(3);
  EXPECT_EQ(headers.find("a"), "1");
  EXPECT_EQ(headers.find("b"), "2");
  EXPECT_EQ(d.expect_headers(3, event::HeadersKind::trailers, true).find("a"), "1");
}

// RFC 7541 §2.3.3: the same bytes mean something else once the table has changed, however often they meant
// the same.
TEST_P(Compression, ReadsTheSameBytesByTheTableOfTheMoment) {
  Dialogue& d = server();
  std::uint32_t stream = 1;
  auto request_with_newest_entry = [&](std::string_view value) {
    d.peer_sends(frames().headers(stream).request().indexed(62));
    EXPECT_EQ(d.expect_headers(stream).find("a"), value);
    d.peer_sends(frames().headers(stream).indexed(62).end_stream());
    EXPECT_EQ(d.expect_headers(stream, event::HeadersKind::trailers, true).find("a"), value);
    d.respond(stream, "200", true);
    d.take_sent();
    d.expect_closed(stream);
    stream += 2;
  };
  for (std::string_view value : {"1", "2", "3"}) {
    d.peer_sends(frames().headers(stream).request().indexed_literal("a", value).end_stream());
    d.expect_headers(stream);
    stream += 2;
    for (int i = 0; i < 4; ++i) request_with_newest_entry(value);
  }
  // The entry is evicted: the bytes that were fine four times are an error.
  d.peer_sends(frames().headers(stream).block("20 3f e1 1f").request().end_stream());
  d.expect_headers(stream);
  d.peer_sends(frames().headers(stream + 2).request().indexed(62));
  expect_outcome(d, connection_error(ErrorCode::compression_error));
}

// RFC 7541 §4.2: and so they are once a size update was due before them.
TEST_P(Compression, ReadsTheSameBytesByTheSettingsOfTheMoment) {
  Config config = quiet_config();
  config.header_table_size = 256;
  Dialogue& d = fresh_server(config);
  d.peer_sends(frames().preface().settings());
  for (std::uint32_t stream = 1; stream < 9; stream += 2)
    d.peer_sends(frames().headers(stream).request().end_stream());
  EXPECT_TRUE(d.expect_event<event::SettingsReceived>().first);
  for (std::uint32_t stream = 1; stream < 9; stream += 2) d.expect_headers(stream);
  d.take_sent();
  d.peer_sends(frames().settings_ack().headers(9).request().end_stream());
  expect_outcome(d, connection_error(ErrorCode::compression_error));
}

// RFC 9113 §4.3, hostile-input R4 and A41: the table stays in step through every rejection of a stream.
TEST_P(Compression, SurvivesEveryRejection) {
  struct Row {
    const char* name;
    FrameScript says;
  };
  const FrameScript kKept = frames().headers(1).request().indexed_literal("x-kept", "value").end_stream();
  const std::string large(15'000, 'l');
  const Row kRows[] = {
      {"malformed",
       frames().headers(1).request().field("A", "b").indexed_literal("x-kept", "value").end_stream()},
      {"too large", frames()
                        .headers(1)
                        .request()
                        .field("a", large)
                        .split(16'000)
                        .field("b", large)
                        .indexed_literal("x-kept", "value")
                        .end_stream()},
      {"a name too long to store", frames()
                                       .headers(1)
                                       .request()
                                       .field(std::string(14'000, 'n'), std::string(14'000, 'v'))
                                       .indexed_literal("x-kept", "value")
                                       .split(16'000)
                                       .end_stream()},
      {"after our reset",
       frames().headers(1).request().headers(1).indexed_literal("x-kept", "value").end_stream()},
  };
  for_each(kRows, [this](const Row& row) {
    Dialogue& d = server();
    d.peer_sends(row.says);
    d.ignore_rest();
    d.peer_sends(frames().headers(3).request().indexed(62).end_stream());
    EXPECT_EQ(d.expect_headers(3).find("x-kept"), "value") << row.name;
  });
}

// The same for a stream refused, and for one that was reset.
TEST_P(Compression, SurvivesRefusedAndResetStreams) {
  Config config = quiet_config();
  config.limits.max_concurrent_streams = 1;
  Dialogue& d = server_with_request(false, config);
  d.peer_sends(frames().headers(3).request().indexed_literal("refused", "3").end_stream());
  d.expect_sent(frames().reset(3, ErrorCode::refused_stream));
  d.reset(1, ErrorCode::cancel).expect_sent(frames().reset(1, ErrorCode::cancel));
  d.peer_sends(frames().headers(1).indexed_literal("reset", "1").end_stream()).expect_quiet();
  d.peer_sends(frames().headers(5).request().indexed(62).indexed(63).end_stream());
  http::HeaderMap headers = d.expect_headers(5);
  EXPECT_EQ(headers.find("reset"), "1");
  EXPECT_EQ(headers.find("refused"), "3");
}

}  // namespace
}  // namespace farcall::http2
