#include "server/request_reader.hpp"

#include "test_service.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace farcall::server {
namespace {

class RequestReaderTest : public testing::Test {
 protected:
  RequestReaderTest() {
    EXPECT_TRUE(router_.add(service_).ok());
    path_ = std::string(service_.methods().front().path);
  }

  http::HeaderMap request(const std::string& timeout = "", const std::string& path = "") {
    http::HeaderMap headers;
    headers.append(":method", "POST");
    headers.append(":scheme", "http");
    headers.append(":path", path.empty() ? path_ : path);
    headers.append(":authority", "trains.test");
    headers.append("content-type", "application/grpc+proto");
    headers.append("te", "trailers");
    if (!timeout.empty()) headers.append("grpc-timeout", timeout);
    return headers;
  }
  const RequestSummary& read(http::HeaderMap& headers, bool too_large = false) {
    rejection_.reset();
    return reader_.read(headers, too_large, rejection_);
  }

  tests::TestService service_;
  Router router_;
  std::string path_;
  Codecs codecs_;
  Answers answers_;
  RequestReader reader_{router_, codecs_, answers_};
  std::unique_ptr<protocol::Rejection> rejection_;
};

TEST_F(RequestReaderTest, SaysTheSameOfSharedHeadersAsTheFirstTime) {
  const http::HeaderMap memo = request("5S");
  const RequestSummary* first = nullptr;
  for (int i = 0; i < 4; ++i) {
    http::HeaderMap headers = memo;
    const RequestSummary& summary = read(headers);
    EXPECT_EQ(summary.path, path_);
    EXPECT_EQ(summary.content_type, "application/grpc+proto");
    EXPECT_EQ(summary.authority, "trains.test");
    EXPECT_EQ(summary.timeout, base::Duration(std::chrono::seconds(5)));
    EXPECT_EQ(summary.route, router_.find(path_));
    EXPECT_EQ(summary.plain_headers, answers_.plain_headers("application/grpc+proto"));
    EXPECT_FALSE(rejection_);
    EXPECT_EQ(summary.path.data(), memo[2].value.data());
    // Read once: what it means stays where the fields are.
    if (first == nullptr) first = &summary;
    EXPECT_EQ(&summary, first);
    EXPECT_NE(headers.meaning(), nullptr);
  }
}

TEST_F(RequestReaderTest, SaysTheSameOfAVariationAsOfFieldsThatAreNew) {
  http::HeaderMap memo = request("5S");
  memo.append("traceparent", "00-one");
  memo.append("x-bin", "AAAA");
  {
    http::HeaderMap headers = memo;
    static_cast<void>(read(headers));
    ASSERT_NE(memo.meaning(), nullptr);
  }
  struct Row {
    const char* what;
    std::vector<http::HeaderMap::Variation> variations;
    bool good;
  };
  const std::vector<Row> rows = {
      {"another timeout", {{6, "70m"}}, true},
      {"a timeout that has passed", {{6, "0n"}}, true},
      {"a malformed timeout", {{6, "soon"}}, false},
      {"no timeout's text", {{6, ""}}, false},
      {"metadata", {{7, "00-two"}}, true},
      {"both", {{6, "9H"}, {7, ""}}, true},
      {"bytes", {{8, "BBBB"}}, true},
      {"what are no bytes", {{8, "!"}}, false},
      {"another format", {{4, "application/grpc+json"}}, false},
      {"another type", {{4, "text/html"}}, false},
      {"another authority", {{3, "other"}}, true},
      {"another path", {{2, "/no.Service/Method"}}, true},
      {"another method", {{0, "GET"}}, false},
  };
  for (const Row& row : rows) {
    http::HeaderMap varied;
    varied.vary(memo, row.variations);
    http::HeaderMap plain;
    for (const http::Field& field : varied) plain.append(field);
    const RequestSummary summary = read(varied);
    EXPECT_EQ(rejection_ == nullptr, row.good) << row.what;
    const RequestSummary expected = read(plain);
    EXPECT_EQ(rejection_ == nullptr, row.good) << row.what;
    if (!row.good) continue;
    EXPECT_EQ(summary.path, expected.path) << row.what;
    EXPECT_EQ(summary.content_type, expected.content_type) << row.what;
    EXPECT_EQ(summary.authority, expected.authority) << row.what;
    EXPECT_EQ(summary.timeout, expected.timeout) << row.what;
    EXPECT_EQ(summary.codec, expected.codec) << row.what;
    EXPECT_EQ(summary.route, expected.route) << row.what;
    EXPECT_EQ(summary.plain_headers, expected.plain_headers) << row.what;
  }
  http::HeaderMap twice = memo;
  twice.append("grpc-timeout", "2S");
  static_cast<void>(read(twice));
  http::HeaderMap shared = twice;
  static_cast<void>(read(shared));
  ASSERT_NE(twice.meaning(), nullptr);
  http::HeaderMap first;
  first.vary(twice, rows[0].variations);
  EXPECT_EQ(read(first).timeout, base::Duration(std::chrono::seconds(2))) << "the last one counts";

  http::HeaderMap varied;
  varied.vary(memo, rows[0].variations);
  EXPECT_EQ(read(varied).path.data(), memo[2].value.data()) << "it was not read anew";
  static_cast<void>(read(varied, true));
  EXPECT_TRUE(rejection_) << "more was sent than the limits allow";
}

TEST_F(RequestReaderTest, KeepsNothingWithHeadersThatComeOnce) {
  for (const char* timeout : {"5S", "5S", "6S"}) {
    http::HeaderMap headers = request(timeout);
    EXPECT_EQ(read(headers).timeout, base::Duration(std::chrono::seconds(timeout[0] - '0')));
    EXPECT_EQ(headers.meaning(), nullptr);
  }
}

TEST_F(RequestReaderTest, ForgetsNothingThatMakesARequestFail) {
  const http::HeaderMap good = request();
  const http::HeaderMap unknown = request("", "/no.Service/Method");
  const http::HeaderMap malformed = request("soon");
  for (int i = 0; i < 3; ++i) {
    http::HeaderMap headers = good;
    static_cast<void>(read(headers));
    EXPECT_FALSE(rejection_);
    static_cast<void>(read(headers, true));
    EXPECT_TRUE(rejection_) << "the same fields, but more were sent than the limits allow";
    headers = unknown;
    const RequestSummary& summary = read(headers);
    EXPECT_EQ(summary.route, nullptr);
    EXPECT_EQ(summary.path, "/no.Service/Method");
    headers = malformed;
    static_cast<void>(read(headers));
    EXPECT_TRUE(rejection_);
  }
}

TEST_F(RequestReaderTest, ForgetsWhatAMapMeantWhenThatIsChanged) {
  http::HeaderMap memo = request();
  {
    http::HeaderMap headers = memo;
    static_cast<void>(read(headers));
  }
  ASSERT_NE(memo.meaning(), nullptr);
  memo.append("grpc-timeout", "7S");
  EXPECT_EQ(memo.meaning(), nullptr);
  EXPECT_EQ(read(memo).timeout, base::Duration(std::chrono::seconds(7)));
}

}  // namespace
}  // namespace farcall::server
