// Rich errors: messages beside a status. This program has a google.rpc.Status of its own, as one that links
// googleapis has; that it starts at all shows that farcall brings none.

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "notes.hpp"

#include <farcall/error_details.hpp>

#if __has_include(<google/protobuf/stubs/logging.h>)
#include <google/protobuf/stubs/logging.h>
#endif
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace messages_test {
namespace {

using farcall::Status;
using farcall::StatusCode;
using google::rpc::BadRequest;
using google::rpc::Help;

BadRequest bad_request(const std::string& field) {
  BadRequest made;
  made.add_field_violations()->set_field(field);
  return made;
}

Help help() {
  Help made;
  made.add_links()->set_url("https://example.org");
  return made;
}

TEST(ErrorDetails, ArePackedAndUnpackedInOneLineEach) {
  const Status status =
      farcall::with_details(Status::invalid_argument("two fields"), bad_request("destination"), help());
  EXPECT_EQ(status.code(), StatusCode::invalid_argument);
  EXPECT_EQ(status.message(), "two fields");
  ASSERT_TRUE(farcall::detail<BadRequest>(status));
  EXPECT_EQ(farcall::detail<BadRequest>(status)->field_violations(0).field(), "destination");
  ASSERT_TRUE(farcall::detail<Help>(status));
  EXPECT_EQ(farcall::detail<Help>(status)->links(0).url(), "https://example.org");
  EXPECT_FALSE(farcall::detail<Note>(status));
  EXPECT_EQ(farcall::details(status).size(), 2U);
}

TEST(ErrorDetails, AreWhatTheGeneratedMessageReadsAndWrites) {
  const Status status = farcall::with_details(Status(static_cast<StatusCode>(-7), "odd"), help());
  google::rpc::Status theirs;
  ASSERT_TRUE(theirs.ParseFromString(status.details()));
  EXPECT_EQ(theirs.code(), -7);
  EXPECT_EQ(theirs.message(), "odd");
  ASSERT_EQ(theirs.details_size(), 1);
  EXPECT_EQ(theirs.details(0).type_url(), "type.googleapis.com/google.rpc.Help");
  EXPECT_EQ(theirs.SerializeAsString(), status.details());

  theirs.add_details()->PackFrom(bad_request("other"));
  const Status received(StatusCode::not_found, "another text", theirs.SerializeAsString());
  EXPECT_EQ(farcall::detail<BadRequest>(received)->field_violations(0).field(), "other");
}

TEST(ErrorDetails, AreAddedToThoseThatAreThere) {
  Status status = farcall::with_details(Status::aborted("a"), bad_request("one"));
  status = farcall::with_details(std::move(status), bad_request("two"), help());
  EXPECT_EQ(farcall::details(status).size(), 3U);
  EXPECT_EQ(farcall::detail<BadRequest>(status)->field_violations(0).field(), "one");
  google::protobuf::Any any;
  any.PackFrom(note("an Any"));
  status = farcall::with_details(status, any);
  EXPECT_EQ(farcall::detail<Note>(status)->text(), "an Any");
}

TEST(ErrorDetails, OfAnOkStatusAreDropped) {
  const Status status = farcall::with_details(Status(), help());
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(status.details(), "");
  EXPECT_TRUE(farcall::details(status).empty());
}

TEST(ErrorDetails, KeepWhoBeganTheStatus) {
  const Status peer = Status::aborted("a").with_origin(farcall::StatusOrigin::peer);
  EXPECT_EQ(farcall::with_details(peer, help()).origin(), farcall::StatusOrigin::peer);
}

TEST(ErrorDetails, ThatAreNoneAreReadAsNoneWhereverTheyBreak) {
  const std::string good = farcall::with_details(Status::aborted("a"), bad_request("one"), help()).details();
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Status cut(StatusCode::aborted, "a", good.substr(0, size));
    EXPECT_LE(farcall::details(cut).size(), 1U) << size;
    EXPECT_EQ(farcall::details(farcall::with_details(cut, help())).size(), farcall::details(cut).size() + 1);
  }
#if GOOGLE_PROTOBUF_VERSION < 4022000
  const google::protobuf::LogSilencer quiet;
#endif
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    for (int byte = 0; byte < 256; ++byte) {
      changed[at] = static_cast<char>(byte);
      static_cast<void>(farcall::detail<Help>(Status(StatusCode::aborted, "a", changed)));
    }
  }
  // A detail whose value is not what its type says.
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/google.rpc.Help");
  any.set_value("\xff");
  EXPECT_FALSE(farcall::detail<Help>(farcall::with_details(Status::aborted("a"), any)));
  EXPECT_TRUE(farcall::detail<Help>(farcall::with_details(Status::aborted("a"), any, help())));
}

TEST(ErrorDetails, TravelFromTheServerToTheClient) {
  NotesService service;
  service.refusal =
      farcall::with_details(Status::invalid_argument("na\xc3\xafve"), bad_request("text"), help());
  farcall::Server server(small_server());
  server.add(service);
  farcall::Channel channel(start(server));
  const Status received = Notes::Client(channel).echo(note("a"), soon()).get().status();
  EXPECT_EQ(received, service.refusal);
  EXPECT_EQ(received.origin(), farcall::StatusOrigin::peer);
  EXPECT_EQ(farcall::detail<BadRequest>(received)->field_violations(0).field(), "text");
  google::rpc::Status theirs;
  ASSERT_TRUE(theirs.ParseFromString(received.details()));
  EXPECT_EQ(theirs.code(), static_cast<int>(received.code()));
  EXPECT_EQ(theirs.message(), received.message());
}

}  // namespace
}  // namespace messages_test
