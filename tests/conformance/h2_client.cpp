// The client that h2specd tests: makes a call to http://HOST:PORT/ and keeps the connection until the server
// closes it, at most for a second and a half; h2specd wants to see, say, the answer to a PING after the call.

#include "grpc/testing/test.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;

constexpr auto kCallEnds = 1s;
constexpr auto kConnectionStays = 500ms;
constexpr auto kLook = 5ms;

farcall::Task<void> run(farcall::Channel& channel) {
  grpc::testing::TestService::Client client(channel);
  const auto reply = co_await client.empty_call(grpc::testing::Empty(), farcall::within(kCallEnds));
  std::printf("%s\n", to_string(reply.status()).c_str());
  const auto end = std::chrono::steady_clock::now() + kConnectionStays;
  while (channel.state() == farcall::ConnectivityState::ready && std::chrono::steady_clock::now() < end)
    co_await farcall::sleep(kLook);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view kScheme = "http://";
  const std::string_view url = argc == 2 ? argv[1] : "";
  if (!url.starts_with(kScheme)) {
    std::fprintf(stderr, "conformance_h2_client: give it one argument, http://HOST:PORT/\n");
    return 2;
  }
  std::string target(url.substr(kScheme.size()));
  target.erase(target.find('/') == std::string::npos ? target.size() : target.find('/'));
  farcall::Runtime runtime;
  farcall::Channel channel(runtime, target);
  runtime.block_on(run(channel));
  return 0;
}
