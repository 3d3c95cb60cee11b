#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/server.hpp>

#include <chrono>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

namespace {

// [snippet feature-metadata-server]
class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext& context, const enquiry::TrainNumber& request) override {
    const auto tenant = context.metadata().find("x-tenant");
    if (!tenant) co_return farcall::Status::unauthenticated("say in x-tenant on whose behalf you ask");
    context.add_initial_metadata("x-served-by", "office-7");                  // in front of the reply
    context.add_trailing_metadata("x-cost-bin", std::string("\x00\x2a", 2));  // behind it, with the status
    enquiry::TrainDetails train;
    train.set_number(request.number());
    train.set_name("asked by " + std::string(*tenant));
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
  request.set_number("ICE 573");
  const auto refused = trains.return_train_details(request, farcall::within(10s)).get();

  // [snippet feature-metadata-client]
  farcall::ResponseMetadata metadata;
  const auto train =
      trains
          .return_train_details(request, farcall::within(10s).metadata("x-tenant", "north").collect(metadata))
          .get();
  if (const auto served_by = metadata.initial.find("x-served-by"))
    std::cout << "served by " << *served_by << '\n';
  // [/snippet]
  const auto cost = metadata.trailing.find("x-cost-bin");

  const bool as_expected = refused.status().code() == farcall::StatusCode::unauthenticated && train.ok() &&
                           train->name() == "asked by north" && metadata.initial.find("x-served-by") &&
                           cost && *cost == std::string("\x00\x2a", 2);
  std::cout << "without a tenant: " << refused.status() << "; with one: " << train.status() << '\n';
  return as_expected ? 0 : 1;
}
