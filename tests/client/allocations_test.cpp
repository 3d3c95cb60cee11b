// What a unary call costs in memory once a channel is warm: nothing.

#include "counted_allocations.hpp"
#include "echo_server.hpp"

#include <farcall/channel.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/runtime.hpp>

#include <google/protobuf/wrappers.pb.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <latch>
#include <utility>

namespace farcall::client_test {
namespace {

// No text in it, which would be an allocation of the message's own.
using Number = google::protobuf::Int64Value;

constexpr int kAtOnce = 50;
/// Until the memory of all that is used again has been made, and the windows have grown.
constexpr long kToWarmUp = 20'000;
constexpr long kCounted = 10'000;

/// The calls of one test, on the loop's thread.
struct Round {
  long begun = 0;
  long failed = 0;
  std::size_t allocations_before = 0;
  std::size_t allocations = 0;
  bool with_timeout = false;
};

Op<Result<Number>> call(Channel& channel, const Number& request, const Round& round) {
  static constexpr codegen::ClientMethod kMethod("/test.Numbers/Echo", MethodKind::unary);
  CallOptions options;
  if (round.with_timeout) options.timeout(std::chrono::minutes(10));
  return codegen::call_unary<Number>(channel, kMethod, request, std::move(options));
}

Task<void> call_again_and_again(Channel& channel, Round& round, std::latch& done) {
  Number request;
  while (round.begun < kToWarmUp + kCounted) {
    // All the others are under way at both moments.
    if (round.begun == kToWarmUp) round.allocations_before = allocations_here();
    if (++round.begun == kToWarmUp + kCounted) round.allocations = allocations_here();
    request.set_value(round.begun);
    const Result<Number> reply = co_await call(channel, request, round);
    if (!reply.ok() || reply->value() != request.value()) ++round.failed;
  }
  done.count_down();
}

class UnaryCallsInAWarmChannel : public ::testing::TestWithParam<bool> {};

TEST_P(UnaryCallsInAWarmChannel, AllocateNothing) {
  EchoServer server;
  RuntimeOptions options;
  options.loops = 1;
  Runtime runtime(options);
  Channel channel(runtime, server.target());
  Round round;
  round.with_timeout = GetParam();
  std::latch done(kAtOnce);
  for (int i = 0; i < kAtOnce; ++i) runtime.spawn(call_again_and_again(channel, round, done));
  done.wait();
  EXPECT_EQ(round.failed, 0);
  EXPECT_GT(round.allocations_before, 0U) << "nothing is counted";
  EXPECT_EQ(round.allocations - round.allocations_before, 0U);
}

INSTANTIATE_TEST_SUITE_P(WithATimeout, UnaryCallsInAWarmChannel, ::testing::Bool());

}  // namespace
}  // namespace farcall::client_test
