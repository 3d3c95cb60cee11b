#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/server.hpp>

#include <chrono>
#include <iostream>
#include <latch>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

// [snippet feature-blocking-service]
/// Plain functions on a pool of threads: they may wait for a database, a lock or each other.
class Office final : public enquiry::TrainStatus::BlockingService {
 public:
  farcall::Result<enquiry::TrainDetails> return_train_details(farcall::ServerContext&,
                                                              const enquiry::TrainNumber& request) override {
    both_are_here_.arrive_and_wait();  // would never return if handlers took turns on one thread
    enquiry::TrainDetails train;
    train.set_number(request.number());
    return train;
  }

  farcall::Status chat(farcall::ServerContext&,
                       farcall::BlockingStream<enquiry::Note, enquiry::Note>& stream) override {
    while (auto note = stream.read()) stream.write(*note);
    return farcall::Status();
  }

 private:
  std::latch both_are_here_{2};
};
// [/snippet]

}  // namespace

int main() {
  Office office;
  farcall::ServerOptions options;
  options.loops = 1;
  options.blocking_threads = 4;
  farcall::Server server("127.0.0.1:0", options);
  server.add(office);
  if (farcall::Status status = server.start(); !status.ok()) {
    std::cerr << status << '\n';
    return 1;
  }
  farcall::Channel channel(server.addresses().front());
  enquiry::TrainStatus::Client trains(channel);

  enquiry::TrainNumber request;
  request.set_number("ICE 573");
  std::latch answered(2);
  int good = 0;
  for (int i = 0; i < 2; ++i) {
    trains.return_train_details(request, farcall::within(30s)).then([&](const auto& train) {
      good += train.ok() ? 1 : 0;  // both on the channel's one loop
      answered.count_down();
    });
  }
  answered.wait();

  auto chat = trains.chat(farcall::within(30s));
  enquiry::Note note;
  note.set_text("is this seat taken?");
  static_cast<void>(chat.write(note).get());
  const auto echo = chat.read().get();
  const farcall::Status status = chat.finish().get();

  std::cout << good << " of 2 calls that waited for each other were answered; the chat ended with " << status
            << '\n';
  return good == 2 && echo && echo->text() == note.text() && status.ok() ? 0 : 1;
}
