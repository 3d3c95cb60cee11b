#include "server/request_memo.hpp"

#include "test_service.hpp"

#include <gtest/gtest.h>

#include <string>

namespace farcall::server {
namespace {

class RequestMemoTest : public testing::Test {
 protected:
  RequestMemoTest() {
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

  tests::TestService service_;
  Router router_;
  std::string path_;
  Codecs codecs_;
  RequestMemo memo_{router_, codecs_};
};

TEST_F(RequestMemoTest, SaysTheSameOfRepeatedHeadersAsTheFirstTime) {
  for (int i = 0; i < 4; ++i) {
    http::HeaderMap headers = request("5S");
    RequestSummary summary = memo_.read(headers, false);
    EXPECT_EQ(summary.path, path_);
    EXPECT_EQ(summary.content_type, "application/grpc+proto");
    EXPECT_EQ(summary.authority, "trains.test");
    EXPECT_EQ(summary.timeout, base::Duration(std::chrono::seconds(5)));
    EXPECT_EQ(summary.route, router_.find(path_));
    EXPECT_FALSE(summary.rejection);
    // From the second repetition on the map shares the memo's content, and the views live as long as the map.
    EXPECT_EQ(headers.shared(), i > 0);
    EXPECT_EQ(summary.path.data(), headers[2].value.data());
  }
}

TEST_F(RequestMemoTest, TellsHeadersApartThatAreOfTheSameSize) {
  for (const char* timeout : {"5S", "5S", "5S", "6S", "7S", "5S"}) {
    http::HeaderMap headers = request(timeout);
    RequestSummary summary = memo_.read(headers, false);
    EXPECT_EQ(summary.timeout, base::Duration(std::chrono::seconds(timeout[0] - '0'))) << timeout;
  }
}

TEST_F(RequestMemoTest, ForgetsNothingThatMakesARequestFail) {
  for (int i = 0; i < 3; ++i) {
    http::HeaderMap known = request();
    EXPECT_FALSE(memo_.read(known, false).rejection);
  }
  http::HeaderMap cut = request();
  EXPECT_TRUE(memo_.read(cut, true).rejection) << "the same fields, but more were sent than the limits allow";
  for (int i = 0; i < 3; ++i) {
    http::HeaderMap unknown = request("", "/no.Service/Method");
    RequestSummary summary = memo_.read(unknown, false);
    EXPECT_EQ(summary.route, nullptr);
    EXPECT_EQ(summary.path, "/no.Service/Method");
    http::HeaderMap malformed = request("soon");
    EXPECT_TRUE(memo_.read(malformed, false).rejection);
  }
}

TEST_F(RequestMemoTest, SurvivesTheMapsThatItLearntFrom) {
  {
    http::HeaderMap first = request();
    static_cast<void>(memo_.read(first, false));
    http::HeaderMap second = request();
    static_cast<void>(memo_.read(second, false));
    second.clear();
  }
  http::HeaderMap third = request();
  EXPECT_EQ(memo_.read(third, false).authority, "trains.test");
}

}  // namespace
}  // namespace farcall::server
