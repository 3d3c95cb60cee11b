#include "cases.hpp"
#include "checks.hpp"
#include "grpc/testing/test.farcall.hpp"

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace interop {
namespace {

using farcall::StatusCode;
using grpc::testing::SimpleRequest;
using Client = grpc::testing::TestService::Client;

/// All calls of a channel go to one server.
void pick_first_unary(farcall::Channel& channel) {
  constexpr int kCalls = 100;
  SimpleRequest request = simple_request(1, 1);
  request.set_fill_server_id(true);
  std::string first;
  for (int call = 0; call < kCalls; ++call) {
    auto response = Client(channel).unary_call(request, bounded()).get();
    check_status(response.status(), StatusCode::ok);
    check(!response->server_id().empty(), "the server does not say its id");
    if (call == 0) first = response->server_id();
    check(response->server_id() == first, "a call went to " + response->server_id() + ", not to " + first);
  }
}

/// The server says GOAWAY after the first call: the second finds another connection by itself.
void goaway(farcall::Channel& channel) {
  large_unary(channel);
  large_unary(channel);
}

/// RST_STREAM with NO_ERROR, before the call is over: INTERNAL (doc/PROTOCOL-HTTP2.md, "Errors").
void reset(farcall::Channel& channel) {
  auto response = Client(channel).unary_call(simple_request(271'828, 314'159), bounded()).get();
  check_status(response.status(), StatusCode::internal);
}

/// The server counts what is acknowledged.
void ping(farcall::Channel& channel) {
  large_unary(channel);
}

/// The server allows one stream at a time: the others wait for their turn.
void max_streams(farcall::Channel& channel) {
  constexpr int kCalls = 10;
  // The server's limit is known once a call has come back.
  large_unary(channel);
  std::mutex mutex;
  std::string failure;
  std::vector<std::thread> callers;
  for (int call = 0; call < kCalls; ++call) {
    callers.emplace_back([&] {
      try {
        large_unary(channel);
      } catch (const std::exception& error) {
        const std::lock_guard<std::mutex> lock(mutex);
        failure = error.what();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  check(failure.empty(), failure);
}

/// The server's DATA frames carry a few bytes each, with or without padding that is many times as long.
void small_data_frames(farcall::Channel& channel) {
  large_unary(channel);
}

}  // namespace

const std::vector<Case>& special_cases() {
  static const std::vector<Case> cases = {
      {"pick_first_unary", pick_first_unary},
      {"goaway", goaway},
      {"rst_after_header", reset},
      {"rst_during_data", reset},
      {"rst_after_data", reset},
      {"ping", ping},
      {"max_streams", max_streams},
      {"data_frame_padding", small_data_frames},
      {"no_df_padding_sanity_test", small_data_frames},
  };
  return cases;
}

}  // namespace interop
