#include "departures.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>

using std::chrono::milliseconds;
using std::chrono::seconds;

// [snippet coroutine-client]
farcall::Task<int> ask(station::Departures::Client& departures, std::string destination) {
  station::NextRequest request;
  request.set_destination(std::move(destination));
  for (int attempt = 1;; ++attempt) {
    farcall::Result<station::Departure> next = co_await departures.next(request, farcall::within(seconds(2)));
    if (next.ok()) co_return next->platform();
    if (next.status().code() != farcall::StatusCode::unavailable || attempt == 3) {
      std::cerr << next.status() << '\n';
      co_return 0;
    }
    co_await farcall::sleep(milliseconds(100));
  }
}

int platform_of(farcall::Runtime& runtime, const std::string& target, const std::string& destination) {
  farcall::Channel channel(runtime, target);
  station::Departures::Client departures(channel);
  return runtime.block_on(ask(departures, destination));
}
// [/snippet]

int main(int argc, char** argv) {
  farcall::RuntimeOptions options;
  options.loops = 1;
  farcall::Runtime runtime(options);
  int platform = platform_of(runtime, argc > 1 ? argv[1] : "localhost:9000", "Oslo");
  if (platform == 0) return 1;
  std::cout << "to Oslo: platform " << platform << '\n';
  return 0;
}
