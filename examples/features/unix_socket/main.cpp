#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/server.hpp>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <string>
#include <unistd.h>

using namespace std::chrono_literals;

namespace {

class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext& context, const enquiry::TrainNumber& request) override {
    enquiry::TrainDetails train;
    train.set_number(request.number());
    train.set_name(std::string(context.peer()));
    co_return train;
  }
};

}  // namespace

int main() {
  const std::string unique = std::to_string(::getpid());
  const std::filesystem::path path = std::filesystem::temp_directory_path() / ("farcall-office-" + unique);
  Office office;
  // [snippet feature-unix-socket]
  farcall::Server server;
  server.listen("unix:" + path.string());                   // a file, removed when the server ends
  server.listen("unix-abstract:farcall-office-" + unique);  // a name without a file, Linux only
  // [/snippet]
  server.add(office);
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }

  enquiry::TrainNumber request;
  request.set_number("ICE 573");
  int answered = 0;
  for (const std::string& target : server.addresses()) {
    farcall::Channel channel(target);
    enquiry::TrainStatus::Client trains(channel);
    const auto train = trains.return_train_details(request, farcall::within(10s)).get();
    std::cout << target << ": " << train.status() << '\n';
    if (train.ok() && train->name().starts_with("unix:")) ++answered;
  }
  server.shutdown();
  return answered == 2 && !std::filesystem::exists(path) ? 0 : 1;
}
