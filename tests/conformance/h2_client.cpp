// The client that h2specd tests: makes a call to http://HOST:PORT/ and keeps the connection until the server
// closes it, at most for half a second; h2specd wants to see, say, the answer to a PING after the call.

#include "grpc/testing/test.farcall.hpp"

#include <farcall/channel.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;

/// Within the three seconds that h2specd gives to a case.
constexpr auto kCallEnds = 1s;
constexpr auto kConnectionStays = 500ms;

void run(const std::string& target) {
  farcall::Channel channel(target);
  grpc::testing::TestService::Client client(channel);
  const auto reply = client.empty_call(grpc::testing::Empty(), farcall::within(kCallEnds)).get();
  std::printf("%s\n", to_string(reply.status()).c_str());
  const auto end = std::chrono::steady_clock::now() + kConnectionStays;
  static_cast<void>(channel.state_change(farcall::ConnectivityState::ready, end).get());
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kScheme = "http://";
  const std::string_view url = argc == 2 ? argv[1] : "";
  if (!url.starts_with(kScheme)) {
    std::fprintf(stderr, "conformance_h2_client: give it one argument, http://HOST:PORT/\n");
    return 2;
  }
  const std::string_view rest = url.substr(kScheme.size());
  run(std::string(rest.substr(0, rest.find('/'))));
  return 0;
}
