// [snippet quickstart-server]
#include "departures.farcall.hpp"

#include <farcall/server.hpp>

#include <map>
#include <string>

class Station final : public station::Departures::Service {
 public:
  farcall::Task<farcall::Result<station::Departure>> next(farcall::ServerContext&,
                                                          const station::NextRequest& request) override {
    auto train = trains_.find(request.destination());
    if (train == trains_.end()) co_return farcall::Status::not_found("no train to " + request.destination());
    co_return train->second;
  }

  farcall::Task<farcall::Status> board(farcall::ServerContext&, const station::BoardRequest&,
                                       farcall::ServerWriter<station::Departure>& writer) override {
    for (const auto& [destination, departure] : trains_) co_await writer.write(departure);
    co_return farcall::Status();
  }

  void announce(const std::string& destination, int platform, const std::string& time) {
    station::Departure& departure = trains_[destination];
    departure.set_destination(destination);
    departure.set_platform(platform);
    departure.set_time(time);
  }

 private:
  std::map<std::string, station::Departure> trains_;
};

int main(int argc, char** argv) {
  Station station;
  station.announce("Bergen", 3, "09:25");
  station.announce("Oslo", 1, "09:40");
  farcall::Server server(argc > 1 ? argv[1] : "0.0.0.0:9000");
  server.add(station);
  return server.run();  // SIGINT or SIGTERM: stops listening, lets the calls end, returns
}
// [/snippet]
