#include "train_status.farcall.hpp"

#include <farcall/mock.hpp>

#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace {

// [snippet feature-mocking-code]
/// What is to be tested: it calls through the generated interface, so it does not care who answers.
std::string advice(enquiry::TrainStatus::ClientInterface& trains, const std::string& number) {
  enquiry::TrainNumber request;
  request.set_number(number);
  const auto train = trains.return_train_details(request, farcall::within(std::chrono::seconds(2))).get();
  if (train.status().code() == farcall::StatusCode::not_found) return "buy another ticket";
  if (!train.ok()) return "ask again later";

  int stops = 0;
  auto positions = trains.follow_train(request);
  while (positions.read().get()) ++stops;
  if (!positions.finish().get().ok()) return "listen to the announcements";
  return "get off at stop " + std::to_string(stops);
}
// [/snippet]

// [snippet feature-mocking-mock]
class MockTrains final : public enquiry::TrainStatus::ClientInterface {
 public:
  farcall::Op<farcall::Result<enquiry::TrainDetails>> return_train_details(
      const enquiry::TrainNumber& request, farcall::CallOptions) override {
    asked_for.push_back(request.number());
    return farcall::Op<farcall::Result<enquiry::TrainDetails>>::ready(details);
  }
  farcall::ClientReader<enquiry::Position> follow_train(const enquiry::TrainNumber&,
                                                        farcall::CallOptions) override {
    return farcall::mock_reader(positions, end);
  }
  farcall::ClientWriter<enquiry::JourneyEntry, enquiry::JourneySummary> report_journey(
      farcall::CallOptions) override {
    return farcall::mock_writer(entries, farcall::Result<enquiry::JourneySummary>(enquiry::JourneySummary()));
  }
  farcall::ClientStream<enquiry::Note, enquiry::Note> chat(farcall::CallOptions) override {
    return farcall::mock_stream(notes, std::vector<enquiry::Note>(),
                                farcall::Status::unavailable("nobody is here"));
  }

  farcall::Result<enquiry::TrainDetails> details = enquiry::TrainDetails();
  std::vector<enquiry::Position> positions;
  farcall::Status end;
  std::vector<std::string> asked_for;
  std::vector<enquiry::JourneyEntry> entries;
  std::vector<enquiry::Note> notes;
};
// [/snippet]

bool expect(const std::string& expected, const std::string& actual) {
  std::cout << actual << '\n';
  if (actual != expected) std::cerr << "expected: " << expected << '\n';
  return actual == expected;
}

}  // namespace

int main() {
  MockTrains trains;
  trains.positions.resize(3);
  bool passed = expect("get off at stop 3", advice(trains, "ICE 573"));
  passed = expect("ICE 573", trains.asked_for.back()) && passed;

  trains.end = farcall::Status::unavailable("the line is down");
  passed = expect("listen to the announcements", advice(trains, "ICE 573")) && passed;

  trains.details = farcall::Status::not_found("no such train");
  passed = expect("buy another ticket", advice(trains, "NO 1")) && passed;
  return passed ? 0 : 1;
}
