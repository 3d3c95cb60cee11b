#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/server.hpp>
#include <farcall/sleep.hpp>

#include <chrono>
#include <future>
#include <iostream>
#include <memory>

using namespace std::chrono_literals;

namespace {

// [snippet feature-cancellation-server]
/// Tells, when it goes, that the work it stands for was given up.
class Seat {
 public:
  explicit Seat(std::promise<void>& released) : released_(released) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() { released_.set_value(); }

 private:
  std::promise<void>& released_;
};

class Office final : public enquiry::TrainStatus::Service {
 public:
  farcall::Task<farcall::Status> follow_train(farcall::ServerContext& context,
                                              const enquiry::TrainNumber& request,
                                              farcall::ServerWriter<enquiry::Position>& writer) override {
    Seat seat(seat_released);  // its destructor runs however this ends
    context.on_cancelled([] { std::cout << "the passenger has hung up\n"; });
    enquiry::Position position;
    position.set_number(request.number());
    while (true) {
      co_await writer.write(position);
      co_await farcall::sleep(1ms);  // a cancelled call goes no further than this
    }
  }

  std::promise<void> seat_released;
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
  // [snippet feature-cancellation-client]
  auto positions = trains.follow_train(request);
  for (int i = 0; i < 3; ++i) static_cast<void>(positions.read().get());
  positions.cancel();  // any thread; destroying `positions` does the same
  const farcall::Status status = positions.finish().get();
  // [/snippet]

  office.seat_released.get_future().wait();
  std::cout << "the client's status: " << status << '\n';
  return status.code() == farcall::StatusCode::cancelled ? 0 : 1;
}
