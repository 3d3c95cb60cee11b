#include "json_codec.hpp"
#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/generic.hpp>
#include <farcall/server.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>

using namespace std::chrono_literals;

namespace {

class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext&, const enquiry::TrainNumber& request) override {
    enquiry::TrainDetails train;
    train.set_number(request.number());
    train.add_stops()->set_station("Basel SBB");
    co_return train;
  }
  farcall::Task<farcall::Status> follow_train(farcall::ServerContext&, const enquiry::TrainNumber& request,
                                              farcall::ServerWriter<enquiry::Position>& positions) override {
    enquiry::Position position;
    position.set_number(request.number());
    for (int i = 3; i >= 0; --i) {
      position.set_remaining_stops(i);
      co_await positions.write(position);
    }
    co_return farcall::Status();
  }
};

bool shows_json(farcall::Channel& channel, const std::shared_ptr<const farcall::Codec>& json) {
  farcall::GenericClient by_name(channel);
  const std::string path = "/enquiry.TrainStatus/ReturnTrainDetails";
  const auto good =
      by_name
          .unary(path, farcall::Buffer::copy_of(R"({"number":"ICE 573"})"), farcall::within(10s).codec(json))
          .get();
  if (!good.ok()) return false;
  std::cout << "on the wire: " << good->text() << '\n';
  const auto bad =
      by_name.unary(path, farcall::Buffer::copy_of("{\"number\":"), farcall::within(10s).codec(json)).get();
  std::cout << "half an object: " << bad.status() << '\n';
  return good->text() == R"({"number":"ICE 573","stops":[{"station":"Basel SBB"}]})" &&
         bad.status().code() == farcall::StatusCode::invalid_argument;
}

}  // namespace

int main() {
  Office office;
  // [snippet feature-json-codec-use]
  const auto json = std::make_shared<JsonCodec>();
  farcall::Server server("127.0.0.1:0");
  server.add(office);
  server.add(json);
  // [/snippet]
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::ChannelOptions options;
  options.codec = json;
  farcall::Channel in_json(server.addresses().front(), options);
  farcall::Channel in_protobuf(server.addresses().front());

  bool all_well = true;
  for (farcall::Channel* channel : {&in_json, &in_protobuf}) {
    enquiry::TrainStatus::Client trains(*channel);
    enquiry::TrainNumber request;
    request.set_number("ICE 573");
    const auto train = trains.return_train_details(request, farcall::within(10s)).get();
    all_well = all_well && train.ok() && train->stops(0).station() == "Basel SBB";
    auto positions = trains.follow_train(request, farcall::within(10s));
    int count = 0;
    while (auto position = positions.read().get()) count += position->number() == "ICE 573" ? 1 : 0;
    all_well = all_well && count == 4 && positions.finish().get().ok();
  }
  return all_well && shows_json(in_protobuf, json) ? 0 : 1;
}
