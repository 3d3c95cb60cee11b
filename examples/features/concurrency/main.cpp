#include "train_status.farcall.hpp"

#include <farcall/all.hpp>
#include <farcall/any.hpp>
#include <farcall/channel.hpp>
#include <farcall/pool.hpp>
#include <farcall/runtime.hpp>
#include <farcall/server.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <iostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace std::chrono_literals;

namespace {

/// Stands for a database whose library blocks.
std::string name_in_archive(const std::string& number) {
  return "the train " + number;
}

// [snippet feature-concurrency-on]
class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext&, const enquiry::TrainNumber& request) override {
    if (request.number() == "slow") co_await farcall::sleep(1h);
    enquiry::TrainDetails train;
    train.set_number(request.number());
    auto look_up = [&request] { return name_in_archive(request.number()); };
    train.set_name(co_await farcall::on(archive_, look_up));  // blocks a thread of the pool, not the loop
    co_return train;
  }

 private:
  farcall::Pool archive_{2};
};
// [/snippet]

enquiry::TrainNumber number(const std::string& text) {
  enquiry::TrainNumber made;
  made.set_number(text);
  return made;
}

// [snippet feature-concurrency-all]
farcall::Task<bool> ask_at_once(enquiry::TrainStatus::Client& trains) {
  auto [express, local] = co_await farcall::all(trains.return_train_details(number("ICE 573")),
                                                trains.return_train_details(number("RB 10")));
  if (!express.ok() || !local.ok()) co_return false;  // a status is a result like any other
  std::cout << express->name() << " and " << local->name() << '\n';

  std::vector<farcall::Op<farcall::Result<enquiry::TrainDetails>>> calls;
  for (int i = 0; i < 100; ++i) calls.push_back(trains.return_train_details(number(std::to_string(i))));
  int found = 0;
  for (const auto& train : co_await farcall::all(std::move(calls))) found += train.ok() ? 1 : 0;
  co_return found == 100;
}
// [/snippet]

// [snippet feature-concurrency-any]
farcall::Task<bool> ask_whoever_is_faster(enquiry::TrainStatus::Client& trains) {
  auto first = co_await farcall::any(trains.return_train_details(number("slow")),
                                     trains.return_train_details(number("RB 10")));
  // The slow one is cancelled by now, on the server too.
  std::cout << "answer " << first.index() << " was the first\n";

  auto in_time = co_await farcall::any(trains.return_train_details(number("slow")), farcall::sleep(20ms));
  if (std::holds_alternative<std::monostate>(in_time)) std::cout << "no answer within 20 ms\n";
  co_return first.index() == 1 && in_time.index() == 1;
}
// [/snippet]

}  // namespace

int main() {
  Office office;
  farcall::Runtime runtime;
  farcall::Server server(runtime, "127.0.0.1:0");
  server.add(office);
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::Channel channel(runtime, server.addresses().front());
  enquiry::TrainStatus::Client trains(channel);
  const bool asked = runtime.block_on(ask_at_once(trains));
  const bool raced = runtime.block_on(ask_whoever_is_faster(trains));
  return asked && raced ? 0 : 1;
}
