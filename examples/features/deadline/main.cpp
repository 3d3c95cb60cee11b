#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/server.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

namespace {

// [snippet feature-deadline-server]
class SlowOffice final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext& context, const enquiry::TrainNumber& request) override {
    // What remains of the client's patience; nothing if it waits for ever.
    if (auto deadline = context.deadline()) {
      const auto left = *deadline - std::chrono::steady_clock::now();
      if (left < 10ms) co_return farcall::Status::deadline_exceeded("no time left to ask the archive");
    }
    if (request.number() == "slow") co_await farcall::sleep(1h);  // unwound here when the deadline passes
    enquiry::TrainDetails train;
    train.set_number(request.number());
    co_return train;
  }
};
// [/snippet]

}  // namespace

int main() {
  SlowOffice office;
  farcall::Server server("127.0.0.1:0");
  server.add(office);
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::Channel channel(server.addresses().front());
  enquiry::TrainStatus::Client trains(channel);

  enquiry::TrainNumber request;
  request.set_number("quick");
  // [snippet feature-deadline-client]
  // A timeout counts from the moment at which the call starts; a deadline is a moment.
  auto quick = trains.return_train_details(request, farcall::within(10s)).get();
  auto at_noon =
      trains.return_train_details(request, farcall::at(std::chrono::steady_clock::now() + 10s)).get();
  request.set_number("slow");
  auto slow = trains.return_train_details(request, farcall::within(100ms)).get();
  // [/snippet]

  std::cout << "in time: " << quick.status() << ", " << at_noon.status() << "; too late: " << slow.status()
            << '\n';
  const bool as_expected =
      quick.ok() && at_noon.ok() && slow.status().code() == farcall::StatusCode::deadline_exceeded;
  return as_expected ? 0 : 1;
}
