#include "departures.farcall.hpp"

#include <farcall/server.hpp>

#include <chrono>
#include <mutex>

using std::chrono::seconds;

// [snippet blocking-service]
class SlowStation final : public station::Departures::BlockingService {
 public:
  farcall::Result<station::Departure> next(farcall::ServerContext& context,
                                           const station::NextRequest& request) override {
    auto caller = context.metadata().find("x-caller");
    if (!caller) return farcall::Status::unauthenticated("say who you are in x-caller");
    context.add_trailing_metadata("x-served-to", *caller);
    station::Departure departure;
    departure.set_destination(request.destination());
    departure.set_platform(ask_the_database());
    return departure;
  }

 private:
  int ask_the_database() {
    std::lock_guard lock(mutex_);  // handlers run on several threads
    return ++platform_;
  }

  std::mutex mutex_;
  int platform_ = 0;
};
// [/snippet]

int main(int argc, char** argv) {
  SlowStation station;
  // [snippet server-options]
  farcall::ServerOptions options;
  options.loops = 2;                               // default: one for each core
  options.blocking_threads = 32;                   // for services like this one
  options.max_receive_message_size = 1024 * 1024;  // bytes
  options.drain_deadline = seconds(10);            // what calls get to end after SIGTERM
  farcall::Server server(argc > 1 ? argv[1] : "0.0.0.0:9000", options);
  // [/snippet]
  server.add(station);
  return server.run();
}
