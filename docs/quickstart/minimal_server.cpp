// [snippet minimal-server]
#include "departures.farcall.hpp"

#include <farcall/server.hpp>

class Station final : public station::Departures::Service {
  farcall::Task<farcall::Result<station::Departure>> next(farcall::ServerContext&,
                                                          const station::NextRequest& request) override {
    if (request.destination() != "Oslo") co_return farcall::Status::not_found("no such train");
    station::Departure departure;
    departure.set_platform(1);
    departure.set_time("09:40");
    co_return departure;
  }
};

int main() {
  Station station;
  farcall::Server server("0.0.0.0:9000");
  server.add(station);
  return server.run();  // SIGINT or SIGTERM drains
}
// [/snippet]
