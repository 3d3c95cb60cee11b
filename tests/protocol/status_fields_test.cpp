#include "protocol/status_fields.hpp"

#include "fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace farcall::protocol {
namespace {

using testing::ElementsAre;

constexpr std::size_t kUnlimited = std::numeric_limits<std::size_t>::max();

Pairs written(const Status& status, const Metadata& trailing = {}, std::size_t limit = kUnlimited) {
  http::HeaderMap map;
  if (!append_status(map, status, trailing, limit)) {
    EXPECT_TRUE(map.empty());
    return {{"nothing", "fits"}};
  }
  EXPECT_LE(map.list_size(), limit);
  return pairs(map);
}

TEST(StatusFieldsTest, WritesTheStatusEvenForOk) {
  EXPECT_THAT(written(Status()), ElementsAre(Pair("grpc-status", "0")));
}

TEST(StatusFieldsTest, WritesMessageDetailsAndMetadata) {
  Metadata trailing;
  trailing.add("a", "1");
  trailing.add("b-bin", "\x01");
  EXPECT_THAT(written(Status(StatusCode::not_found, "no \xE2\x98\xBA", "\xab\xab\xab"), trailing),
              ElementsAre(Pair("grpc-status", "5"), Pair("grpc-message", "no %E2%98%BA"),
                          Pair("grpc-status-details-bin", "q6ur"), Pair("a", "1"), Pair("b-bin", "AQ")));
  EXPECT_THAT(written(Status(static_cast<StatusCode>(99), "")), ElementsAre(Pair("grpc-status", "99")));
}

TEST(StatusFieldsTest, ShortensTheMessageToWhatThePeerAccepts) {
  // grpc-status: 11 + 1 + 32; grpc-message: 12 + 32 and the text.
  const Status status = Status::not_found("0123456789");
  EXPECT_THAT(written(status, {}, 44 + 44 + 10),
              ElementsAre(Pair("grpc-status", "5"), Pair("grpc-message", "0123456789")));
  EXPECT_THAT(written(status, {}, 44 + 44 + 9),
              ElementsAre(Pair("grpc-status", "5"), Pair("grpc-message", "012345678")));
  EXPECT_THAT(written(status, {}, 44 + 44), ElementsAre(Pair("grpc-status", "5"), Pair("grpc-message", "")));
  EXPECT_THAT(written(status, {}, 44 + 43), ElementsAre(Pair("grpc-status", "5")));
  EXPECT_THAT(written(status, {}, 44), ElementsAre(Pair("grpc-status", "5")));
  EXPECT_THAT(written(status, {}, 43), ElementsAre(Pair("nothing", "fits")));

  const Pairs long_one = written(Status::internal(std::string(64 * 1024, '%')), {}, 8192);
  EXPECT_GT(long_one.at(1).second.size(), 8000u);
  EXPECT_EQ(long_one.at(1).second.size() % 3, 0u) << "no escape is cut";
}

TEST(StatusFieldsTest, CountsWhatIsThereAlready) {
  http::HeaderMap map = fields({{":status", "200"}});  // 7 + 3 + 32
  EXPECT_FALSE(append_status(map, Status(), {}, 42 + 43));
  EXPECT_EQ(map.size(), 1u);
  EXPECT_FALSE(append_status(map, Status(), {}, 41));
  EXPECT_TRUE(append_status(map, Status(), {}, 42 + 44));
}

TEST(StatusFieldsTest, DropsDetailsThatDoNotFit) {
  const Status status(StatusCode::not_found, "text", std::string(300, 'd'));
  EXPECT_EQ(written(status, {}, 44 + 48 + 455).size(), 3u);
  EXPECT_THAT(written(status, {}, 300), ElementsAre(Pair("grpc-status", "5"), Pair("grpc-message", "text")));
}

TEST(StatusFieldsTest, FailsTheCallWhenItsMetadataDoesNotFit) {
  Metadata trailing;
  trailing.add("name", std::string(200, 'x'));
  EXPECT_EQ(written(Status(), trailing, 44 + 236).size(), 2u);
  for (const Status& status : {Status(), Status::not_found("no")}) {
    const Pairs all = written(status, trailing, 44 + 235);
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0], Pair("grpc-status", "13"));
    EXPECT_EQ(all[1].first, "grpc-message");
  }
  EXPECT_THAT(written(Status(), trailing, 44), ElementsAre(Pair("nothing", "fits")));
}

TEST(StatusFieldsTest, ReadsWhatItWrites) {
  const Status status(StatusCode::data_loss, "100% \t\xF0\x9F\x98\x88 gone ",
                      std::string("\x08\x0F\x12\0", 4));
  http::HeaderMap map;
  ASSERT_TRUE(append_status(map, status, {}, kUnlimited));
  const std::optional<Status> read = read_status(map);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, status);
  EXPECT_EQ(read->origin(), StatusOrigin::peer);
}

TEST(StatusFieldsTest, ReadsEveryStatusAPeerMaySend) {
  struct Row {
    Pairs fields;
    StatusCode code;
    std::string message;
  };
  const Row rows[] = {
      {{{"grpc-status", "0"}}, StatusCode::ok, ""},
      {{{"grpc-status", "0"}, {"grpc-message", "fine"}}, StatusCode::ok, ""},
      {{{"grpc-status", "5"}}, StatusCode::not_found, ""},
      {{{"grpc-message", "m"}, {"grpc-status", "5"}}, StatusCode::not_found, "m"},
      {{{"grpc-status", "99"}, {"grpc-message", "a%zz%C3"}}, static_cast<StatusCode>(99), "a%zz\xC3"},
      {{{"grpc-status", "abc"}}, StatusCode::unknown, "the peer sent a grpc-status that is no number: abc"},
      {{{"grpc-status", "05"}, {"grpc-message", "m%21"}},
       StatusCode::unknown,
       "the peer sent a grpc-status that is no number: 05: m!"},
      {{{"grpc-status", ""}}, StatusCode::unknown, "the peer sent a grpc-status that is no number: "},
      {{{"grpc-status", "-1"}}, StatusCode::unknown, "the peer sent a grpc-status that is no number: -1"},
      {{{"grpc-status", "5"}, {"grpc-status-details-bin", "!"}},
       StatusCode::internal,
       "the peer sent a grpc-status-details-bin that is not base64"},
  };
  for (const Row& row : rows) {
    const std::optional<Status> status = read_status(fields(row.fields));
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->code(), row.code) << row.message;
    EXPECT_EQ(status->message(), row.message);
    if (!status->ok()) {
      EXPECT_EQ(status->origin(), StatusOrigin::peer);
    }
  }
  EXPECT_FALSE(read_status(fields({{"grpc-message", "m"}})).has_value());
}

TEST(StatusFieldsTest, ReadsPaddedDetails) {
  EXPECT_EQ(read_status(fields({{"grpc-status", "5"}, {"grpc-status-details-bin", "CAU="}}))->details(),
            "\x08\x05");
}

TEST(StatusFieldsTest, MakesDetailsThatAreNoStatusInternal) {
  for (const char* bytes : {"AQ", "CA", "GgUK", "GgEB"}) {
    const auto status = read_status(fields({{"grpc-status", "5"}, {"grpc-status-details-bin", bytes}}));
    ASSERT_TRUE(status.has_value());
    EXPECT_EQ(status->code(), StatusCode::internal) << bytes;
    EXPECT_EQ(status->message(), "the peer sent a grpc-status-details-bin that is no google.rpc.Status");
  }
}

TEST(StatusFieldsTest, CountsTheStatusWhenTheDetailsNameAnother) {
  const auto status = read_status(
      fields({{"grpc-status", "5"}, {"grpc-message", "m"}, {"grpc-status-details-bin", "CAcSAW8"}}));
  EXPECT_EQ(status, Status(StatusCode::not_found, "m", "\x08\x07\x12\x01o"));
}

}  // namespace
}  // namespace farcall::protocol
