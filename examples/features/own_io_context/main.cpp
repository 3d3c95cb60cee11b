#include "train_status.farcall.hpp"

#include <farcall/asio.hpp>
#include <farcall/channel.hpp>
#include <farcall/server.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

using namespace std::chrono_literals;

namespace {

// [snippet feature-own-io-context-handler]
/// Waits for an Asio timer on the server's own io_context: any Asio operation takes the token use_task.
class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext&, const enquiry::TrainNumber& request) override {
    asio::steady_timer looking_it_up(farcall::this_io_context(), 20ms);
    co_await looking_it_up.async_wait(farcall::use_task);
    enquiry::TrainDetails train;
    train.set_number(request.number());
    co_return train;
  }
};
// [/snippet]

// [snippet feature-own-io-context-call]
/// An Asio coroutine that calls: farcall's operations take any Asio completion token.
asio::awaitable<std::string> ask(farcall::Channel& channel, std::string number) {
  enquiry::TrainStatus::Client trains(channel);
  enquiry::TrainNumber request;
  request.set_number(number);
  auto train = co_await farcall::async_start(trains.return_train_details(request, farcall::within(10s)),
                                             asio::use_awaitable);
  co_return train.ok() ? train->number() : to_string(train.status());
}
// [/snippet]

/// The program's own work on the io_context: counts ticks until it is told to stop.
class Clock {
 public:
  explicit Clock(asio::io_context& context) : timer_(context) { tick(); }
  void stop() {
    stopped_ = true;  // a tick that is due by now is not undone by the cancellation
    timer_.cancel();
  }
  [[nodiscard]] int ticks() const { return ticks_; }

 private:
  void tick() {
    timer_.expires_after(2ms);
    timer_.async_wait([this](asio::error_code error) {
      if (error || stopped_) return;
      ++ticks_;
      tick();
    });
  }

  asio::steady_timer timer_;
  int ticks_ = 0;
  bool stopped_ = false;
};

}  // namespace

int main() {
  Office office;
  // [snippet feature-own-io-context]
  asio::io_context context;
  farcall::Runtime runtime(farcall::adopt(context));  // no thread of farcall's
  farcall::Server server(runtime, "127.0.0.1:0");
  server.add(office);
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  std::optional<farcall::Channel> channel(std::in_place, runtime, server.addresses().front());
  Clock clock(context);  // the program's own
  std::string answer;
  asio::co_spawn(context, ask(*channel, "ICE 573"), [&](std::exception_ptr, std::string number) {
    answer = std::move(number);
    channel.reset();
    server.begin_drain(1s);
    clock.stop();
  });
  context.run();  // until server, channel and clock have ended
  // [/snippet]
  std::cout << "the answer is " << answer << ", and the clock has ticked " << clock.ticks() << " times\n";
  return answer == "ICE 573" && clock.ticks() > 0 ? 0 : 1;
}
