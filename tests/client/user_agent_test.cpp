// Who calls, and for which host.

#include "calls.hpp"
#include "protocol/grpc_client.hpp"
#include "wire_peer.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace farcall::client_test {
namespace {

using testing::FrameType;

const std::string kOwn(protocol::kUserAgent);

TEST(UserAgent, IsFarcallsOwnBehindThatOfTheChannelOrOfTheCall) {
  WirePeer peer;
  ChannelOptions options;
  options.user_agent = "orders/2.1 (prod; north)";
  Channel plain(peer.target());
  Channel named(peer.target(), options);

  std::future<Result<Text>> first = begin(say(plain, "hello"));
  WireConnection one = peer.accept();
  EXPECT_EQ(one.hears(FrameType::headers).header("user-agent"), kOwn);

  std::future<Result<Text>> second = begin(say(named, "hello"));
  WireConnection two = peer.accept();
  EXPECT_EQ(two.hears(FrameType::headers).header("user-agent"), "orders/2.1 (prod; north) " + kOwn);
  two.hears(FrameType::data);

  std::future<Result<Text>> third = begin(say(named, "hello", CallOptions().user_agent("batch/7")));
  EXPECT_EQ(two.hears(FrameType::headers).header("user-agent"), "batch/7 " + kOwn);
}

TEST(UserAgent, IsRefusedWithCharactersThatAHeaderMustNotHave) {
  for (const char* text : {" orders", "orders ", "or\nders", "or\rders", "\xc3\xa9", "or\tders", "\x7f"}) {
    EXPECT_THROW(CallOptions().user_agent(text), std::invalid_argument) << text;
    ChannelOptions options;
    options.user_agent = text;
    EXPECT_THROW(Channel("localhost:1", options), std::invalid_argument) << text;
  }
  EXPECT_THROW(CallOptions().user_agent(std::string("a\0b", 3)), std::invalid_argument);
  EXPECT_EQ(CallOptions().user_agent("").user_agent(), "");
  EXPECT_EQ(CallOptions().user_agent("orders/2.1").user_agent(), "orders/2.1 " + kOwn);
}

}  // namespace
}  // namespace farcall::client_test
