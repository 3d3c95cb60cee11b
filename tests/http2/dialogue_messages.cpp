// Malformed and well-formed messages: RFC 9113 §8.1 to §8.3. Names of the form "8.1.2/1" are h2spec's.

#include "dialogue_fixture.hpp"

namespace farcall::http2 {
namespace {

using event::HeadersKind;

struct Message {
  const char* name;
  FrameScript says;
  Outcome outcome;
};

const Outcome kMalformed = stream_error(1, ErrorCode::protocol_error);

FrameScript request() {
  return frames().headers(1).request();
}
FrameScript with(std::string_view name, std::string_view value) {
  return request().field(name, value).end_stream();
}

class Messages : public EachChunking {
 protected:
  template <class Rows>
  void check_requests(const Rows& rows) {
    for_each(rows, [this](const Message& row) {
      Dialogue& d = server();
      d.peer_sends(row.says);
      expect_outcome(d, row.outcome);
    });
  }
  template <class Rows>
  void check_responses(const Rows& rows) {
    for_each(rows, [this](const Message& row) {
      Dialogue& d = client();
      d.request(true);
      d.peer_sends(row.says);
      expect_outcome(d, row.outcome);
    });
  }
};
FARCALL_EACH_CHUNKING(Messages);

// RFC 9113 §8.2, §8.2.1: what a field name and a value may consist of. h2spec 8.1.2.
const Message kFields[] = {
    {"8.1.2/1 upper case in a name", with("X-Test", "a"), kMalformed},
    {"one letter of upper case", with("aaaaaaaaaaaaaaaaaaaZ", "a"), kMalformed},
    {"an empty name", with("", "a"), kMalformed},
    {"a blank in a name", with("a b", "c"), kMalformed},
    {"a control character in a name", with("a\x01", "c"), kMalformed},
    {"NUL in a name", with(std::string_view("a\0b", 3), "c"), kMalformed},
    {"DEL in a name", with("a\x7f", "c"), kMalformed},
    {"a byte beyond ASCII in a name", with("a\xc3\xa4", "c"), kMalformed},
    {"a colon within a name", with("a:b", "c"), kMalformed},
    {"NUL in a value", with("a", std::string_view("b\0c", 3)), kMalformed},
    {"CR in a value", with("a", "b\rc"), kMalformed},
    {"LF in a value", with("a", "b\nc"), kMalformed},
    {"a blank before a value", with("a", " b"), kMalformed},
    {"a blank after a value", with("a", "b "), kMalformed},
    {"a tab before a value", with("a", "\tb"), kMalformed},
    {"a tab after a value", with("a", "b\t"), kMalformed},
    {"a value of a blank", with("a", " "), kMalformed},
    {"a blank and a tab within a value", with("a", "b \tc"), kAccepted},
    {"an empty value", with("a", ""), kAccepted},
    {"bytes beyond ASCII in a value", with("a", "\xc3\xa4\xff"), kAccepted},
    {"every other character of a token", with("!#$%&'*+-.^_`|~019az", "v"), kAccepted},
    {"NUL in a pseudo-header field",
     frames()
         .headers(1)
         .field(":method", "GET")
         .field(":scheme", "http")
         .field(":path", std::string_view("/\0", 2))
         .end_stream(),
     kMalformed},
};

// RFC 9113 §8.2.2: connection-specific fields.
const Message kConnectionFields[] = {
    {"8.1.2.2/1 connection", with("connection", "keep-alive"), kMalformed},
    {"proxy-connection", with("proxy-connection", "close"), kMalformed},
    {"keep-alive", with("keep-alive", "5"), kMalformed},
    {"transfer-encoding", with("transfer-encoding", "chunked"), kMalformed},
    {"upgrade", with("upgrade", "h2c"), kMalformed},
    {"8.1.2.2/2 te that is not trailers", with("te", "trailers, deflate"), kMalformed},
    {"te: trailers", with("te", "trailers"), kAccepted},
};

FrameScript pseudo(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  FrameScript script = frames().headers(1);
  for (const auto& [name, value] : fields) script.field(name, value);
  return script.end_stream();
}

// RFC 9113 §8.3, §8.3.1, §8.5. h2spec 8.1.2.1, 8.1.2.3.
const Message kRequestPseudo[] = {
    {"8.1.2.1/1 an unknown one", request().field(":test", "a").end_stream(), kMalformed},
    {"8.1.2.1/2 one of responses",
     pseudo({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":status", "200"}}), kMalformed},
    {"8.1.2.1/4 after a regular field",
     pseudo({{":method", "GET"}, {":scheme", "http"}, {"a", "b"}, {":path", "/"}}), kMalformed},
    {"8.1.2.3/1 an empty path", pseudo({{":method", "GET"}, {":scheme", "http"}, {":path", ""}}), kMalformed},
    {"8.1.2.3/2 no method", pseudo({{":scheme", "http"}, {":path", "/"}}), kMalformed},
    {"8.1.2.3/3 no scheme", pseudo({{":method", "GET"}, {":path", "/"}}), kMalformed},
    {"8.1.2.3/4 no path", pseudo({{":method", "GET"}, {":scheme", "http"}}), kMalformed},
    {"8.1.2.3/5 two methods", with(":method", "GET"), kMalformed},
    {"8.1.2.3/6 two schemes", with(":scheme", "http"), kMalformed},
    {"8.1.2.3/7 two paths", with(":path", "/"), kMalformed},
    {"two authorities", with(":authority", "b"), kMalformed},
    {"no field at all", pseudo({}), kMalformed},
    {"regular fields alone", pseudo({{"a", "b"}}), kMalformed},
    {"no authority", pseudo({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}}), kAccepted},
    {"another order", pseudo({{":path", "/"}, {":authority", "a"}, {":scheme", "https"}, {":method", "GET"}}),
     kAccepted},
    {"OPTIONS *", pseudo({{":method", "OPTIONS"}, {":scheme", "http"}, {":path", "*"}}), kAccepted},
    {"CONNECT", pseudo({{":method", "CONNECT"}, {":authority", "a:80"}}), kAccepted},
    {"CONNECT with a path", pseudo({{":method", "CONNECT"}, {":authority", "a:80"}, {":path", "/"}}),
     kMalformed},
    {"CONNECT without an authority", pseudo({{":method", "CONNECT"}}), kMalformed},
};

FrameScript length(std::string_view value) {
  return request().field("content-length", value);
}

// RFC 9113 §8.1.1. h2spec 8.1.2.6.
const Message kContentLength[] = {
    {"as said", length("5").data(1, "hello").end_stream(), kAccepted},
    {"as said, in two frames", length("5").data(1, "he").padded(3).data(1, "llo").end_stream(), kAccepted},
    {"as said, with trailers", length("5").data(1, "hello").headers(1).field("a", "b").end_stream(),
     kAccepted},
    {"zero", length("0").end_stream(), kAccepted},
    {"8.1.2.6/1 more than sent", length("6").data(1, "hello").end_stream(), kMalformed},
    {"8.1.2.6/2 more than sent in two frames", length("9").data(1, "he").data(1, "llo").end_stream(),
     kMalformed},
    {"less than sent", length("4").data(1, "hello"), kMalformed},
    {"more than sent, with trailers", length("6").data(1, "hello").headers(1).field("a", "b").end_stream(),
     kMalformed},
    {"with no body at all", length("1").end_stream(), kMalformed},
    {"not a number", length("five").data(1, "hello").end_stream(), kMalformed},
    {"a negative number", length("-1").end_stream(), kMalformed},
    {"a number and more", length("5x").data(1, "hello").end_stream(), kMalformed},
    {"empty", length("").end_stream(), kMalformed},
    {"beyond 64 bits", length("99999999999999999999999").data(1, "x"), kMalformed},
    {"two that contradict", length("5").field("content-length", "6").data(1, "hello").end_stream(),
     kMalformed},
};

// RFC 9113 §8.1. h2spec 8.1, 8.1.2.1.
const Message kTrailers[] = {
    {"with a body", request().data(1, "x").headers(1).field("a", "b").end_stream(), kAccepted},
    {"without a body", request().headers(1).field("a", "b").end_stream(), kAccepted},
    {"of no field", request().headers(1).end_stream(), kAccepted},
    {"8.1/1 without END_STREAM", request().headers(1).field("a", "b"), kMalformed},
    {"without END_STREAM after a body", request().data(1, "x").headers(1).field("a", "b"), kMalformed},
    {"8.1.2.1/3 with a pseudo-header field", request().headers(1).field(":path", "/").end_stream(),
     kMalformed},
    {"that are a second request", request().headers(1).request().end_stream(), kMalformed},
    {"with upper case", request().headers(1).field("A", "b").end_stream(), kMalformed},
    {"with a connection-specific field", request().headers(1).field("connection", "b").end_stream(),
     kMalformed},
};

TEST_P(Messages, HaveFieldsOfLegalCharacters) {
  check_requests(kFields);
}
TEST_P(Messages, HaveNoConnectionSpecificFields) {
  check_requests(kConnectionFields);
}
TEST_P(Messages, OfARequestHaveItsPseudoHeaderFieldsInFront) {
  check_requests(kRequestPseudo);
}
TEST_P(Messages, AreAsLongAsTheyClaim) {
  check_requests(kContentLength);
}
TEST_P(Messages, EndWithTrailersAtMost) {
  check_requests(kTrailers);
}

// RFC 9113 §8.1, §8.3.2, §8.6.
TEST_P(Messages, OfAResponseAreHeldToTheSameRules) {
  const FrameScript ok = frames().headers(1).response();
  const Message kRows[] = {
      {"a response", frames().headers(1).response().end_stream(), kAccepted},
      {"no :status", pseudo({{"a", "b"}}), kMalformed},
      {"no field", pseudo({}), kMalformed},
      {"two :status", pseudo({{":status", "200"}, {":status", "200"}}), kMalformed},
      {"a :status of two digits", pseudo({{":status", "20"}}), kMalformed},
      {"a :status of four digits", pseudo({{":status", "2000"}}), kMalformed},
      {"a :status that is no number", pseudo({{":status", "2xx"}}), kMalformed},
      {"a pseudo-header field of requests", pseudo({{":status", "200"}, {":path", "/"}}), kMalformed},
      {"an unknown pseudo-header field", pseudo({{":status", "200"}, {":x", "/"}}), kMalformed},
      {":status after a regular field", pseudo({{"a", "b"}, {":status", "200"}}), kMalformed},
      {"upper case", pseudo({{":status", "200"}, {"A", "b"}}), kMalformed},
      {"a connection-specific field", pseudo({{":status", "200"}, {"connection", "close"}}), kMalformed},
      {"101, which HTTP/2 does not know", frames().headers(1).response("101"), kMalformed},
      {"1xx with END_STREAM", frames().headers(1).response("100").end_stream(), kMalformed},
      {"DATA first", frames().data(1, "x"), kMalformed},
      {"DATA after 1xx alone", frames().headers(1).response("103").data(1, "x"), kMalformed},
      {"a section in the middle", frames().then(ok).data(1, "x").headers(1).field("a", "b"), kMalformed},
      {"a second :status", frames().then(ok).headers(1).response().end_stream(), kMalformed},
      {"trailers", frames().then(ok).data(1, "x").headers(1).field("a", "b").end_stream(), kAccepted},
      {"a content-length that is kept",
       frames().then(ok).field("content-length", "1").data(1, "x").end_stream(), kAccepted},
      {"a content-length that is not",
       frames().then(ok).field("content-length", "2").data(1, "x").end_stream(), kMalformed},
      {"304 with a content-length",
       frames().headers(1).response("304").field("content-length", "9").end_stream(), kAccepted},
  };
  check_responses(kRows);
}

// RFC 9113 §8.1.1: a malformed message is never told, and its stream ends for both.
TEST_P(Messages, ThatAreMalformedFromTheStartAreNotTold) {
  Dialogue& d = server();
  d.peer_sends(frames().headers(1).request().field("A", "b").end_stream());
  d.expect_stream_error(1, ErrorCode::protocol_error).expect_quiet();
  EXPECT_EQ(d.engine().open_streams(), 0U);
}

// RFC 9113 §8.1.1: what was told before is taken back by the end of the stream.
TEST_P(Messages, ThatTurnOutMalformedEndTheirStream) {
  Dialogue& d = server_with_request(false);
  d.peer_sends(frames().data(1, "x"));
  d.expect_data(1, "x");
  d.peer_sends(frames().headers(1).field(":path", "/").end_stream());
  d.expect_stream_error(1, ErrorCode::protocol_error).expect_quiet();

  Dialogue& c = client();
  std::uint32_t stream = c.request(true);
  c.peer_sends(frames().headers(stream).response("99"));
  c.expect_stream_error(stream, ErrorCode::protocol_error).expect_quiet();
}

// RFC 9113 §4.3, hostile-input R4: a malformed section still moves the compression table.
TEST_P(Messages, ThatAreMalformedKeepTheTableInStep) {
  Dialogue& d = server();
  d.peer_sends(frames().headers(1).request().field("A", "b").indexed_literal("x-kept", "value").end_stream());
  d.expect_stream_error(1, ErrorCode::protocol_error);
  d.peer_sends(frames().headers(3).request().indexed(62).end_stream());
  EXPECT_EQ(d.expect_headers(3).find("x-kept"), "value");
}

// Fields arrive in their order, duplicates kept, with the mark of RFC 7541 §7.1.3.
TEST_P(Messages, GiveTheirFieldsAsTheyCame) {
  Dialogue& d = server();
  d.peer_sends(frames()
                   .headers(1)
                   .request("POST", "/s/M")
                   .field("b", "1")
                   .never_indexed("a", "2")
                   .field("b", "3")
                   .end_stream());
  http::HeaderMap headers = d.expect_headers(1, HeadersKind::initial, true);
  EXPECT_EQ(header_list(headers), (HeaderList{{":method", "POST"},
                                              {":scheme", "http"},
                                              {":authority", "test"},
                                              {":path", "/s/M"},
                                              {"b", "1"},
                                              {"a", "2"},
                                              {"b", "3"}}));
  EXPECT_FALSE(headers[4].never_indexed);
  EXPECT_TRUE(headers[5].never_indexed);
}

// RFC 9113 §8.1: interim responses come before the final one, any number of them.
TEST_P(Messages, OfAResponseMayBeginWithInterimOnes) {
  Dialogue& d = client();
  std::uint32_t stream = d.request(true);
  d.peer_sends(frames().headers(stream).response("100").headers(stream).response("103").field("link", "x"));
  d.expect_headers(stream, HeadersKind::informational, false);
  EXPECT_EQ(d.expect_headers(stream, HeadersKind::informational, false).find("link"), "x");
  d.peer_sends(
      frames().headers(stream).response().data(stream, "x").headers(stream).field("a", "b").end_stream());
  d.expect_headers(stream, HeadersKind::initial, false);
  d.expect_data(stream, "x");
  d.expect_headers(stream, HeadersKind::trailers, true);
  d.expect_closed(stream).expect_quiet();
}

// A server may send them too, and then the final one.
TEST_P(Messages, OfAResponseMayBeginWithOurInterimOnes) {
  Dialogue& d = server_with_request(true);
  d.respond(1, "100").respond(1, "200", true);
  d.expect_sent(frames().headers(1).response("100").headers(1).response("200").end_stream());
  d.expect_closed(1).expect_quiet();
}

}  // namespace
}  // namespace farcall::http2
