#include "fields.hpp"
#include "protocol/grpc_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace farcall::protocol {
namespace {

using base::as_bytes;
using testing::ElementsAre;
using testing::HasSubstr;
using Payload = ResponseReader::Payload;

constexpr std::uint32_t kProtocolError = 1;
constexpr std::uint32_t kCancel = 8;

/// What a server sends, one verb after the other, and what the client makes of it.
class Response {
 public:
  Response& headers(const Pairs& more = {}) {
    Pairs all = {{":status", "200"}, {"content-type", "application/grpc"}};
    all.insert(all.end(), more.begin(), more.end());
    reader_.headers(fields(all), false);
    return *this;
  }
  Response& raw_headers(const Pairs& all) {
    reader_.headers(fields(all), false);
    return *this;
  }
  Response& only_headers(const Pairs& all) {
    reader_.headers(fields(all), true);
    return *this;
  }
  Response& data(std::string_view bytes, bool end_stream = false) {
    last_payload_ = reader_.data(as_bytes(bytes), end_stream);
    return *this;
  }
  Response& trailers(const Pairs& all) {
    reader_.trailers(fields(all));
    return *this;
  }
  ResponseReader* operator->() { return &reader_; }

  [[nodiscard]] Payload last_payload() const { return last_payload_; }
  [[nodiscard]] StatusCode code() const {
    EXPECT_TRUE(reader_.done());
    return reader_.status().code();
  }
  [[nodiscard]] const std::string& message() const { return reader_.status().message(); }

 private:
  ResponseReader reader_;
  Payload last_payload_ = Payload::ignored;
};

TEST(ResponseReaderTest, FollowsAnOrdinaryResponse) {
  Response response;
  EXPECT_FALSE(response->done());
  EXPECT_FALSE(response->has_headers());
  response.headers({{"a", "1"}, {"b-bin", "AQ"}});
  EXPECT_TRUE(response->has_headers());
  EXPECT_EQ(response->initial_metadata().find("a"), "1");
  EXPECT_EQ(response->initial_metadata().find("b-bin"), "\x01");
  EXPECT_EQ(response->initial_metadata().size(), 2u);
  response.data("message");
  EXPECT_EQ(response.last_payload(), Payload::messages);
  EXPECT_FALSE(response->done());
  response.trailers({{"grpc-status", "0"}, {"c", "2"}});
  EXPECT_EQ(response.code(), StatusCode::ok);
  EXPECT_EQ(response->trailing_metadata().find("c"), "2");
  EXPECT_EQ(response->trailing_metadata().size(), 1u);
  EXPECT_FALSE(response->reset_code().has_value());
}

TEST(ResponseReaderTest, TakesAFailureFromTheTrailers) {
  Response response;
  response.headers().trailers(
      {{"grpc-status", "5"}, {"grpc-message", "no train%21"}, {"grpc-status-details-bin", "CAU="}});
  EXPECT_EQ(response->status(), Status(StatusCode::not_found, "no train!", "\x08\x05"));
  EXPECT_EQ(response->status().origin(), StatusOrigin::peer);
}

TEST(ResponseReaderTest, TakesTrailersOnly) {
  Response response;
  response.only_headers({{":status", "200"},
                         {"content-type", "application/grpc"},
                         {"grpc-status", "12"},
                         {"grpc-message", "what?"},
                         {"a", "1"}});
  EXPECT_EQ(response->status(), Status::unimplemented("what?"));
  EXPECT_FALSE(response->has_headers());
  EXPECT_EQ(response->trailing_metadata().find("a"), "1");
  EXPECT_TRUE(response->initial_metadata().empty());
}

TEST(ResponseReaderTest, IgnoresAStatusInHeadersThatABodyOrTrailersFollow) {
  Response with_trailers;
  with_trailers.headers({{"grpc-status", "9"}, {"grpc-message", "x"}}).trailers({{"grpc-status", "0"}});
  EXPECT_EQ(with_trailers.code(), StatusCode::ok);

  Response with_body;
  with_body.headers({{"grpc-status", "9"}}).data("body").trailers({{"grpc-status", "0"}});
  EXPECT_EQ(with_body.code(), StatusCode::ok);

  Response with_body_alone;
  with_body_alone.headers({{"grpc-status", "0"}}).data("body", true);
  EXPECT_EQ(with_body_alone.code(), StatusCode::internal);
}

TEST(ResponseReaderTest, TakesTrailersOnlyWhoseEndCameInAnEmptyFrame) {
  Response response;
  response.headers({{"grpc-status", "5"}, {"grpc-message", "no"}, {"a", "1"}}).data("", true);
  EXPECT_EQ(response->status(), Status::not_found("no"));
  EXPECT_EQ(response->trailing_metadata().find("a"), "1");
  EXPECT_EQ(response->initial_metadata().find("a"), "1") << "what somebody was given already stays";
}

TEST(ResponseReaderTest, CallsAnEndWithoutTrailersInternal) {
  Response with_data;
  with_data.headers().data("message", true);
  EXPECT_EQ(with_data.code(), StatusCode::internal);
  EXPECT_THAT(with_data.message(), HasSubstr("without trailers"));
  EXPECT_EQ(with_data.last_payload(), Payload::messages) << "what came with the end is still read";
  Response without;
  without.headers().data("", true);
  EXPECT_EQ(without.code(), StatusCode::internal);
  EXPECT_EQ(without->status().origin(), StatusOrigin::local);
}

TEST(ResponseReaderTest, CallsAMissingOrUnreadableStatusUnknown) {
  Response missing;
  missing.headers().data("message").trailers({{"a", "1"}});
  EXPECT_EQ(missing.code(), StatusCode::unknown);
  Response missing_at_once;
  missing_at_once.only_headers({{":status", "200"}, {"content-type", "application/grpc"}});
  EXPECT_EQ(missing_at_once.code(), StatusCode::unknown);
  Response unreadable;
  unreadable.headers().trailers({{"grpc-status", "abc"}, {"grpc-message", "m"}});
  EXPECT_EQ(unreadable.code(), StatusCode::unknown);
  EXPECT_THAT(unreadable.message(), HasSubstr("m"));
  Response details;
  details.headers().trailers({{"grpc-status", "5"}, {"grpc-status-details-bin", "!"}});
  EXPECT_EQ(details.code(), StatusCode::internal);
  Response unlisted;
  unlisted.headers().trailers({{"grpc-status", "99"}, {"grpc-message", "a%zz%C3"}});
  EXPECT_EQ(unlisted.code(), static_cast<StatusCode>(99));
  EXPECT_EQ(unlisted.message(), "a%zz\xC3");
}

TEST(ResponseReaderTest, MapsTheHttpStatusWhenThereIsNoOther) {
  const std::pair<const char*, StatusCode> rows[] = {
      {"200", StatusCode::unknown},         {"400", StatusCode::internal},
      {"401", StatusCode::unauthenticated}, {"403", StatusCode::permission_denied},
      {"404", StatusCode::unimplemented},   {"409", StatusCode::unknown},
      {"413", StatusCode::unknown},         {"415", StatusCode::unknown},
      {"429", StatusCode::unavailable},     {"431", StatusCode::unknown},
      {"500", StatusCode::unknown},         {"502", StatusCode::unavailable},
      {"503", StatusCode::unavailable},     {"504", StatusCode::unavailable},
      {"x", StatusCode::unknown},           {"20x", StatusCode::unknown}};
  for (const auto& [status, code] : rows) {
    for (const char* type : {"text/html", ""}) {
      Response at_once;
      at_once.only_headers({{":status", status}, {"content-type", type}});
      EXPECT_EQ(at_once.code(), code) << status;
      EXPECT_EQ(at_once->status().origin(), StatusOrigin::peer);
      Response with_body;
      with_body.raw_headers({{":status", status}, {"content-type", type}}).data("body", true);
      EXPECT_EQ(with_body.code(), code) << status;
      EXPECT_FALSE(with_body->has_headers());
    }
  }
}

TEST(ResponseReaderTest, PrefersTheGrpcStatusToTheHttpStatus) {
  Response at_once;
  at_once.only_headers({{":status", "400"}, {"content-type", "application/grpc"}, {"grpc-status", "5"}});
  EXPECT_EQ(at_once.code(), StatusCode::not_found);
  Response typeless;
  typeless.only_headers({{":status", "503"}, {"grpc-status", "8"}});
  EXPECT_EQ(typeless.code(), StatusCode::resource_exhausted);
  Response in_trailers;
  in_trailers.raw_headers({{":status", "503"}, {"content-type", "application/grpc"}})
      .data("x")
      .trailers({{"grpc-status", "5"}});
  EXPECT_EQ(in_trailers.code(), StatusCode::not_found);
  Response none;
  none.raw_headers({{":status", "503"}, {"content-type", "application/grpc"}})
      .data(std::string(5, '\0'))
      .trailers({{"a", "1"}});
  EXPECT_EQ(none.code(), StatusCode::unavailable);
  EXPECT_EQ(none.message().find('\0'), std::string::npos) << "a gRPC body is no text";
  Response not_grpc;
  not_grpc.raw_headers({{":status", "503"}, {"content-type", "text/html"}}).trailers({{"grpc-status", "0"}});
  EXPECT_EQ(not_grpc.code(), StatusCode::unavailable);
}

TEST(ResponseReaderTest, ShowsTheBodyOfWhatIsNotGrpc) {
  Response response;
  response.raw_headers({{":status", "502"}, {"content-type", "text/html"}})
      .data("<h1>Bad ")
      .data("Gateway</h1>")
      .data("", true);
  EXPECT_EQ(response.code(), StatusCode::unavailable);
  EXPECT_THAT(response.message(), HasSubstr("502"));
  EXPECT_THAT(response.message(), HasSubstr("text/html"));
  EXPECT_THAT(response.message(), HasSubstr("<h1>Bad Gateway</h1>"));
  EXPECT_EQ(response.last_payload(), Payload::ignored);
  EXPECT_FALSE(response->reset_code().has_value());
}

TEST(ResponseReaderTest, DoesNotReadAForeignBodyToItsEnd) {
  Response response;
  response.raw_headers({{":status", "200"}, {"content-type", "text/html"}});
  for (int i = 0; i < 3; ++i) response.data(std::string(500, 'x'));
  EXPECT_EQ(response.code(), StatusCode::unknown);
  EXPECT_LT(response.message().size(), 1200u);
  EXPECT_EQ(response->reset_code(), kCancel);
}

TEST(ResponseReaderTest, SkipsInformationalResponsesUnlessOneEndsTheStream) {
  Response response;
  response->informational(false);
  response.raw_headers({{":status", "103"}});
  EXPECT_FALSE(response->done());
  response.headers().trailers({{"grpc-status", "0"}});
  EXPECT_EQ(response.code(), StatusCode::ok);
  Response ending;
  ending->informational(true);
  EXPECT_EQ(ending.code(), StatusCode::internal);
  Response as_headers;
  as_headers.only_headers({{":status", "100"}});
  EXPECT_EQ(as_headers.code(), StatusCode::internal);
}

TEST(ResponseReaderTest, RefusesAnOrderThatHttpForbids) {
  Response data_first;
  data_first.data("x");
  EXPECT_EQ(data_first.code(), StatusCode::internal);
  EXPECT_EQ(data_first->reset_code(), kProtocolError);
  Response headers_again;
  headers_again.headers().headers();
  EXPECT_EQ(headers_again.code(), StatusCode::internal);
  EXPECT_EQ(headers_again->reset_code(), kProtocolError);
  Response trailers_first;
  trailers_first.trailers({{"grpc-status", "0"}});
  EXPECT_EQ(trailers_first.code(), StatusCode::internal);
}

TEST(ResponseReaderTest, RefusesWhatItCannotRead) {
  const std::pair<Pairs, const char*> rows[] = {
      {{{":status", "200"}, {"content-type", "application/grpc+json"}}, "'json'"},
      {{{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "foo"}}, "'foo'"},
      {{{":status", "200"}, {"content-type", "application/grpc"}, {"a-bin", "!"}}, "'a-bin'"},
  };
  for (const auto& [all, text] : rows) {
    Response response;
    response.raw_headers(all);
    EXPECT_EQ(response.code(), StatusCode::internal) << text;
    EXPECT_THAT(response.message(), HasSubstr(text));
    EXPECT_EQ(response->reset_code(), kCancel);
    EXPECT_FALSE(response->has_headers());
  }
  for (const char* type : {"application/grpc", "application/grpc+proto", "application/grpc;x=y"}) {
    Response response;
    response.raw_headers({{":status", "200"}, {"content-type", type}, {"grpc-encoding", "identity"}});
    EXPECT_TRUE(response->has_headers()) << type;
  }
  Response bad_trailer;
  bad_trailer.headers().trailers({{"grpc-status", "0"}, {"a-bin", "!"}, {"b", "1"}});
  EXPECT_EQ(bad_trailer.code(), StatusCode::internal);
  EXPECT_THAT(bad_trailer.message(), HasSubstr("'a-bin'"));
  EXPECT_EQ(bad_trailer->trailing_metadata().find("b"), "1");
}

TEST(ResponseReaderTest, ExpectsTheFormatOfTheRequest) {
  const std::pair<const char*, bool> rows[] = {{"application/grpc+json", true},
                                               {"application/grpc+json; charset=utf-8", true},
                                               {"application/grpc", true},
                                               {"application/grpc+proto", false},
                                               {"application/grpc+jso", false}};
  for (const auto& [type, accepted] : rows) {
    ResponseReader reader("json");
    reader.headers(fields({{":status", "200"}, {"content-type", type}}), false);
    EXPECT_EQ(reader.has_headers(), accepted) << type;
    if (accepted) continue;
    EXPECT_EQ(reader.status().code(), StatusCode::internal);
    EXPECT_THAT(reader.status().message(), HasSubstr("not in 'json'"));
  }
}

TEST(ResponseReaderTest, RefusesHeaderSectionsThatAreTooLarge) {
  ResponseReader headers;
  headers.headers(fields({{":status", "200"}}), false, true);
  EXPECT_EQ(headers.status().code(), StatusCode::internal);
  EXPECT_EQ(headers.reset_code(), kCancel);
  ResponseReader at_once;
  at_once.headers(fields({{":status", "200"}}), true, true);
  EXPECT_EQ(at_once.status().code(), StatusCode::internal);
  EXPECT_FALSE(at_once.reset_code().has_value());
  Response trailers;
  trailers.headers();
  trailers->trailers(fields({{"grpc-status", "0"}}), true);
  EXPECT_EQ(trailers.code(), StatusCode::internal);
}

TEST(ResponseReaderTest, MapsResets) {
  const StatusCode codes[] = {
      StatusCode::internal,          StatusCode::internal,    StatusCode::internal,
      StatusCode::internal,          StatusCode::internal,    StatusCode::internal,
      StatusCode::internal,          StatusCode::unavailable, StatusCode::cancelled,
      StatusCode::internal,          StatusCode::internal,    StatusCode::resource_exhausted,
      StatusCode::permission_denied, StatusCode::internal,    StatusCode::unknown};
  for (std::uint32_t error = 0; error < std::size(codes); ++error) {
    ResponseReader before;
    before.reset(error, true);
    EXPECT_EQ(before.status().code(), codes[error]) << error;
    EXPECT_EQ(before.status().origin(), StatusOrigin::peer);
    Response after_headers;
    after_headers.headers();
    after_headers->reset(error, true);
    EXPECT_EQ(after_headers.code(), codes[error]) << error;
    Response during_data;
    during_data.headers().data("mess");
    during_data->reset(error, true);
    EXPECT_EQ(during_data.code(), codes[error]) << error;
  }
  ResponseReader ours;
  ours.reset(kProtocolError, false);
  EXPECT_EQ(ours.status().code(), StatusCode::internal);
  EXPECT_EQ(ours.status().origin(), StatusOrigin::local);
  EXPECT_THAT(ours.status().message(), HasSubstr("PROTOCOL_ERROR"));
}

TEST(ResponseReaderTest, KeepsTheFirstOutcome) {
  Response response;
  response.headers().trailers({{"grpc-status", "5"}, {"a", "1"}});
  response->reset(0, true);
  response->reset(kCancel, true);
  response->lost("gone");
  response->fail(Status::cancelled("me"));
  response->informational(true);
  response.headers().trailers({{"grpc-status", "0"}});
  response.only_headers({{":status", "200"}, {"grpc-status", "0"}});
  EXPECT_EQ(response.data("late", true).last_payload(), Payload::ignored);
  EXPECT_EQ(response.code(), StatusCode::not_found);
  EXPECT_EQ(response->trailing_metadata().size(), 1u);
  EXPECT_FALSE(response->reset_code().has_value());
}

TEST(ResponseReaderTest, IsUnavailableWhenTheConnectionIsLost) {
  Response response;
  response.headers().data("mess");
  response->lost("connection reset by peer");
  EXPECT_EQ(response->status(), Status::unavailable("connection reset by peer"));
}

TEST(ResponseReaderTest, EndsAsTheCallerSays) {
  Response response;
  response.headers();
  response->fail(Status::deadline_exceeded("too late"));
  EXPECT_EQ(response->status(), Status::deadline_exceeded("too late"));
}

TEST(ResponseReaderTest, TurnsThePeersEchoOfOurDeadlineIntoDeadlineExceeded) {
  ResponseReader by_reset;
  by_reset.deadline_has_passed();
  EXPECT_FALSE(by_reset.done());
  by_reset.reset(kCancel, true);
  by_reset.deadline_has_passed();
  EXPECT_EQ(by_reset.status().code(), StatusCode::deadline_exceeded);
  EXPECT_EQ(by_reset.status().origin(), StatusOrigin::local);

  Response by_status;
  by_status.headers().trailers({{"grpc-status", "1"}});
  by_status->deadline_has_passed();
  EXPECT_EQ(by_status.code(), StatusCode::deadline_exceeded);

  ResponseReader by_caller;
  by_caller.fail(Status::cancelled("the caller's wish"));
  by_caller.deadline_has_passed();
  EXPECT_EQ(by_caller.status().code(), StatusCode::cancelled);

  Response other;
  other.headers().trailers({{"grpc-status", "5"}});
  other->deadline_has_passed();
  EXPECT_EQ(other.code(), StatusCode::not_found);
}

}  // namespace
}  // namespace farcall::protocol
