#include "net/resolver.hpp"

#include "loop_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace farcall::net {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::StartsWith;

struct Resolved final : ResolveObserver {
  void on_resolved(std::vector<Address> found) override {
    addresses = std::move(found);
    over = true;
  }
  void on_resolve_failed(std::string_view reason) override {
    failure = reason;
    over = true;
  }
  std::vector<Address> addresses;
  std::optional<std::string> failure;
  bool over = false;
};

TEST(Resolve, TakesANumericHostAsItIsInALaterTurn) {
  Loop loop;
  Resolved outcome;
  const auto lookup = resolve(loop, "::1", 9000, outcome);
  EXPECT_FALSE(outcome.over);
  loop.poll();
  EXPECT_THAT(outcome.addresses, ElementsAre(*parse_numeric_host("::1", 9000)));
}

TEST(Resolve, FindsLocalhost) {
  Loop loop;
  Resolved outcome;
  const auto lookup = resolve(loop, "localhost", 9000, outcome);
  run_until(loop, [&] { return outcome.over; });
  ASSERT_FALSE(outcome.failure) << *outcome.failure;
  EXPECT_TRUE(std::all_of(outcome.addresses.begin(), outcome.addresses.end(),
                          [](const Address& address) { return address.port() == 9000; }));
  EXPECT_THAT(outcome.addresses, testing::AnyOf(Contains(*parse_numeric_host("127.0.0.1", 9000)),
                                                Contains(*parse_numeric_host("::1", 9000))));
}

TEST(Resolve, SaysWhyItFailed) {
  Loop loop;
  Resolved outcome;
  // A label longer than 63 bytes is refused without asking the network (RFC 1035 §2.3.4).
  const std::string host = std::string(70, 'a') + ".invalid";
  const auto lookup = resolve(loop, host, 9000, outcome);
  run_until(loop, [&] { return outcome.over; });
  ASSERT_TRUE(outcome.failure);
  EXPECT_THAT(*outcome.failure, StartsWith("cannot resolve '" + host + "': "));
}

TEST(Resolve, KeepsSilentOnceCancelled) {
  Resolved outcome;
  {
    Loop loop;
    resolve(loop, "127.0.0.1", 1, outcome).reset();
    resolve(loop, "localhost", 1, outcome).reset();
    Resolved later;
    const auto lookup = resolve(loop, "localhost", 1, later);
    run_until(loop, [&] { return later.over; });
  }
  EXPECT_FALSE(outcome.over);
}

}  // namespace
}  // namespace farcall::net
