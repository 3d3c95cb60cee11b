#include "departures.farcall.hpp"

#include <farcall/channel.hpp>

#include <chrono>
#include <iostream>

using std::chrono::seconds;

int main(int argc, char** argv) {
  // [snippet quickstart-unary]
  farcall::Channel channel(argc > 1 ? argv[1] : "localhost:9000");
  station::Departures::Client departures(channel);

  station::NextRequest request;
  request.set_destination("Oslo");
  farcall::Result<station::Departure> next = departures.next(request, farcall::within(seconds(2))).get();
  if (!next.ok()) {
    std::cerr << next.status() << '\n';
    return 1;
  }
  std::cout << "to Oslo: platform " << next->platform() << " at " << next->time() << '\n';
  // [/snippet]

  // [snippet quickstart-stream]
  auto board = departures.board(station::BoardRequest(), farcall::within(seconds(2)));
  while (auto departure = board.read().get()) {
    std::cout << departure->time() << ' ' << departure->destination() << '\n';
  }
  farcall::Status status = board.finish().get();
  // [/snippet]
  if (!status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  return 0;
}
