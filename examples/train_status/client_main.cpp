#include "train_status.farcall.hpp"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace {

using namespace std::chrono_literals;

int fail(const char* what, const farcall::Status& status) {
  std::fprintf(stderr, "train_status_client: %s: %s\n", what, to_string(status).c_str());
  return 1;
}

std::string clock_time(int minutes) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", minutes / 60 % 24, minutes % 60);
  return text;
}

/// Unary, blocking.
int look_up(enquiry::TrainStatus::ClientInterface& trains, const std::string& number) {
  enquiry::TrainNumber request;
  request.set_number(number);
  farcall::Result<enquiry::TrainDetails> train =
      trains.return_train_details(request, farcall::within(5s)).get();
  if (!train.ok()) return fail("looking up a train", train.status());
  std::printf("%s is the %s, %s to %s, %d stops\n", train->number().c_str(), train->name().c_str(),
              train->stops(0).station().c_str(), train->stops().rbegin()->station().c_str(),
              train->stops_size());

  request.set_number("NO 1");
  train = trains.return_train_details(request, farcall::within(5s)).get();
  if (train.status().code() != farcall::StatusCode::not_found)
    return fail("looking up no train", train.status());
  std::printf("NO 1: %s\n", to_string(train.status()).c_str());
  return 0;
}

/// Server streaming, blocking.
int follow(enquiry::TrainStatus::ClientInterface& trains, const std::string& number) {
  enquiry::TrainNumber request;
  request.set_number(number);
  farcall::ClientReader<enquiry::Position> positions = trains.follow_train(request, farcall::within(60s));
  while (std::optional<enquiry::Position> position = positions.read().get()) {
    std::printf("%s reaches %s at %s, %d to go\n", position->number().c_str(),
                position->stop().station().c_str(), clock_time(position->stop().arrival()).c_str(),
                position->remaining_stops());
  }
  farcall::Status status = positions.finish().get();
  return status.ok() ? 0 : fail("following a train", status);
}

/// Client streaming, as a coroutine.
farcall::Task<int> report(enquiry::TrainStatus::ClientInterface& trains, const std::string& number) {
  farcall::ClientWriter<enquiry::JourneyEntry, enquiry::JourneySummary> journey =
      trains.report_journey(farcall::within(5s));
  for (int delay : {0, 4, 11, 6}) {
    enquiry::JourneyEntry entry;
    entry.set_number(number);
    entry.set_delay(delay);
    co_await journey.write(entry);
  }
  farcall::Result<enquiry::JourneySummary> summary = co_await journey.finish();
  if (!summary.ok()) co_return fail("reporting a journey", summary.status());
  std::printf("the driver of %s reported %d stops, at most %d minutes late, %.2f on average\n",
              number.c_str(), summary->stops_reported(), summary->greatest_delay(), summary->average_delay());
  co_return 0;
}

/// Bidirectional streaming, as a coroutine.
farcall::Task<int> chat(enquiry::TrainStatus::ClientInterface& trains, const std::string& number) {
  farcall::ClientStream<enquiry::Note, enquiry::Note> stream = trains.chat(farcall::within(5s));
  for (const char* text : {"hello", number.c_str(), "Hannover Hbf"}) {
    enquiry::Note note;
    note.set_author("Ada");
    note.set_text(text);
    co_await stream.write(note);
    std::optional<enquiry::Note> reply = co_await stream.read();
    if (!reply) break;
    std::printf("Ada: %s\n%s: %s\n", text, reply->author().c_str(), reply->text().c_str());
  }
  co_await stream.close_send();
  farcall::Status status = co_await stream.finish();
  co_return status.ok() ? 0 : fail("chatting", status);
}

int call_all(const std::string& target, const std::string& number) {
  farcall::Runtime runtime;
  farcall::Channel channel(runtime, target);
  enquiry::TrainStatus::Client trains(channel);
  if (int failed = look_up(trains, number)) return failed;
  if (int failed = follow(trains, number)) return failed;
  if (int failed = runtime.block_on(report(trains, number))) return failed;
  return runtime.block_on(chat(trains, number));
}

}  // namespace

int main(int argc, char** argv) {
  std::string target = "127.0.0.1:9000";
  std::string number = "ICE 573";
  CLI::App app("Calls the enquiry office (enquiry.TrainStatus) in gRPC's four ways");
  app.add_option("--target", target, "where the server is, such as 127.0.0.1:9000 or unix:/tmp/trains.sock")
      ->capture_default_str();
  app.add_option("--train", number, "the train to ask for")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "train_status_client: %s (see --help)\n", error.what());
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a train is followed live, also through a pipe
  return call_all(target, number);
}
