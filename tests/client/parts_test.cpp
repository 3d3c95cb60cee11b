#include "client/backoff.hpp"
#include "client/outbox.hpp"

#include <farcall/call_options.hpp>
#include <farcall/mock.hpp>

#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace farcall::client {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, GrowsBySixTenthsUpToTheMaximum) {
  Backoff backoff(1s, 120s);
  const double middle = 0.5;  // no jitter
  EXPECT_EQ(backoff.next(middle), 1s);
  EXPECT_EQ(backoff.next(middle), 1600ms);
  EXPECT_EQ(backoff.next(middle), 2560ms);
  for (int i = 0; i < 20; ++i) static_cast<void>(backoff.next(middle));
  EXPECT_EQ(backoff.next(middle), 120s);
  backoff.reset();
  EXPECT_EQ(backoff.next(middle), 1s);
}

TEST(Backoff, IsJitteredByAFifth) {
  EXPECT_EQ(Backoff(1s, 120s).next(0.0), 800ms);
  EXPECT_EQ(Backoff(1s, 120s).next(1.0), 1200ms);
}

TEST(Backoff, NeverExceedsAMaximumBelowTheInitialDelay) {
  EXPECT_EQ(Backoff(10s, 2s).next(0.5), 2s);
}

Buffer bytes(std::size_t size) {
  Buffer buffer(size);
  for (std::size_t i = 0; i < size; ++i) buffer.data()[i] = static_cast<std::byte>(i);
  return buffer;
}

TEST(Outbox, GivesEverythingAgainUntilTheCallIsCommitted) {
  Outbox outbox;
  outbox.push(bytes(3));
  EXPECT_EQ(outbox.take_next().size(), 3U);
  EXPECT_FALSE(outbox.has_next());
  outbox.push(bytes(4));
  outbox.close();
  outbox.rewind();
  EXPECT_EQ(outbox.take_next().size(), 3U);
  EXPECT_EQ(outbox.take_next().size(), 4U);
  EXPECT_FALSE(outbox.has_next());
  EXPECT_TRUE(outbox.closed());
  outbox.commit();
  EXPECT_FALSE(outbox.has_next());
}

TEST(Outbox, KeepsWhatWasNotSentWhenTheCallIsCommitted) {
  Outbox outbox;
  outbox.push(bytes(3));
  outbox.push(bytes(4));
  EXPECT_EQ(outbox.take_next().size(), 3U);
  outbox.commit();
  EXPECT_EQ(outbox.take_next().size(), 4U);
  EXPECT_FALSE(outbox.has_next());
}

TEST(Outbox, CommitsACallThatSendsMoreThanIsKept) {
  Outbox outbox;
  outbox.push(bytes(Outbox::kMostKept));
  EXPECT_EQ(outbox.take_next().size(), Outbox::kMostKept);
  EXPECT_FALSE(outbox.committed());
  outbox.push(bytes(1));
  EXPECT_EQ(outbox.take_next().size(), 1U);
  EXPECT_TRUE(outbox.committed());
  EXPECT_FALSE(outbox.has_next());
}

TEST(Mock, RefusesAReplyThatCannotBeSerialized) {
  using NamePart = google::protobuf::UninterpretedOption::NamePart;  // has required fields
  EXPECT_THROW(static_cast<void>(mock_reader(std::vector<NamePart>(1))), std::logic_error);
}

TEST(CallOptions, KeepATimeoutThatTheClockCannotCountWithinItsRange) {
  EXPECT_EQ(within(std::chrono::hours::max()).timeout(), CallOptions::Duration::max());
  EXPECT_EQ(within(std::chrono::hours::min()).timeout(), CallOptions::Duration::min());
  EXPECT_EQ(within(1500us).timeout(), 1500us);
}

TEST(CallOptions, RefuseMetadataThatIsNotTheApplicationsToSet) {
  CallOptions options;
  EXPECT_THROW(options.metadata("grpc-timeout", "1S"), std::invalid_argument);
  EXPECT_THROW(options.metadata("Upper", "x"), std::invalid_argument);
  EXPECT_TRUE(options.metadata().empty());
}

}  // namespace
}  // namespace farcall::client
