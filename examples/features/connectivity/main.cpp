#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>
#include <farcall/server.hpp>

#include <chrono>
#include <future>
#include <iostream>
#include <memory>
#include <string>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using farcall::ConnectivityState;

namespace {

class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext&, const enquiry::TrainNumber& request) override {
    enquiry::TrainDetails train;
    train.set_number(request.number());
    co_return train;
  }
};

// [snippet feature-connectivity-watch]
/// Every state of the channel, in order, until it is `until`.
farcall::Task<std::vector<ConnectivityState>> watch(farcall::Channel& channel, ConnectivityState until) {
  std::vector<ConnectivityState> seen;
  seen.push_back(channel.state());
  while (seen.back() != until) seen.push_back(co_await channel.state_change(seen.back()));
  co_return seen;
}
// [/snippet]

void show(const std::vector<ConnectivityState>& states) {
  for (const ConnectivityState state : states) std::cout << name(state) << ' ';
  std::cout << '\n';
}

}  // namespace

int main() {
  const std::string address = "unix-abstract:farcall-connectivity-" + std::to_string(::getpid());
  farcall::ChannelOptions options;
  options.initial_backoff = 10ms;  // the default is a second
  farcall::RuntimeOptions one_loop;
  one_loop.loops = 1;  // the watcher runs where the channel does, and misses nothing
  farcall::Runtime runtime(one_loop);
  farcall::Channel channel(runtime, address, options);
  enquiry::TrainStatus::Client trains(channel);
  enquiry::TrainNumber request;
  request.set_number("ICE 573");

  auto until_ready = std::async(std::launch::async, [&runtime, &channel] {
    return runtime.block_on(watch(channel, ConnectivityState::ready));
  });
  // [snippet feature-connectivity-connect]
  channel.connect();  // leaves IDLE without a call; nobody listens yet
  const auto refused = trains.return_train_details(request, farcall::within(10s)).get();
  // [/snippet]

  Office office;
  auto server = std::make_unique<farcall::Server>(address);
  server->add(office);
  if (farcall::Status status = server->start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  const auto waited = trains.return_train_details(request, farcall::within(10s).wait_for_ready()).get();
  show(until_ready.get());

  server.reset();
  show(runtime.block_on(watch(channel, ConnectivityState::idle)));

  std::cout << "without a server: " << refused.status() << "\nwaited for it: " << waited.status() << '\n';
  return refused.status().code() == farcall::StatusCode::unavailable && waited.ok() ? 0 : 1;
}
