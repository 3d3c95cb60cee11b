#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/error_details.hpp>
#include <farcall/server.hpp>

#include <google/protobuf/duration.pb.h>

#include <chrono>
#include <iostream>

using namespace std::chrono_literals;

namespace {

// [snippet feature-error-details-server]
class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext&, const enquiry::TrainNumber& request) override {
    enquiry::TrainNumber meant;
    meant.set_number("ICE 573");
    if (request.number() != meant.number()) {
      google::protobuf::Duration closed_for;
      closed_for.set_seconds(60);
      co_return farcall::with_details(farcall::Status::not_found("no train " + request.number()), meant,
                                      closed_for);
    }
    enquiry::TrainDetails train;
    train.set_number(request.number());
    co_return train;
  }
};
// [/snippet]

}  // namespace

int main() {
  Office office;
  farcall::Server server("127.0.0.1:0");
  server.add(office);
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::Channel channel(server.addresses().front());
  enquiry::TrainStatus::Client trains(channel);

  enquiry::TrainNumber request;
  request.set_number("ICE 753");
  // [snippet feature-error-details-client]
  auto train = trains.return_train_details(request, farcall::within(10s)).get();
  if (auto meant = farcall::detail<enquiry::TrainNumber>(train.status())) {
    std::cout << train.status() << "; did you mean " << meant->number() << "?\n";
    train = trains.return_train_details(*meant, farcall::within(10s)).get();
  }
  // [/snippet]
  std::cout << "found: " << train.status() << '\n';
  return train.ok() && train->number() == "ICE 573" ? 0 : 1;
}
