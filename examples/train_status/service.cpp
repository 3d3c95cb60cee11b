#include "service.hpp"

#include <farcall/sleep.hpp>

#include <algorithm>

namespace train_status {
namespace {

farcall::Status no_such_train(const std::string& number) {
  return farcall::Status::not_found("there is no train \"" + number + "\" in the timetable");
}

enquiry::Note answer(const Timetable& timetable, const enquiry::Note& note) {
  enquiry::Note reply;
  reply.set_author("enquiry office");
  if (const enquiry::TrainDetails* train = timetable.find(note.text())) {
    reply.set_text(train->number() + " is the " + train->name() + " to " +
                   train->stops().rbegin()->station());
  } else if (const enquiry::TrainDetails* calling = timetable.find_by_station(note.text());
             calling && !note.text().empty()) {
    reply.set_text("take the " + calling->number() + " for " + note.text());
  } else {
    reply.set_text(note.author() + ", name a train or a station and I can help");
  }
  return reply;
}

}  // namespace

farcall::Task<farcall::Result<enquiry::TrainDetails>> TrainStatusService::return_train_details(
    farcall::ServerContext&, const enquiry::TrainNumber& request) {
  const enquiry::TrainDetails* train = timetable_.find(request.number());
  if (train == nullptr) co_return no_such_train(request.number());
  co_return *train;
}

farcall::Task<farcall::Status> TrainStatusService::follow_train(
    farcall::ServerContext&, const enquiry::TrainNumber& request,
    farcall::ServerWriter<enquiry::Position>& writer) {
  const enquiry::TrainDetails* train = timetable_.find(request.number());
  if (train == nullptr) co_return no_such_train(request.number());
  for (int i = 0; i < train->stops_size(); ++i) {
    if (i > 0) co_await farcall::sleep(pace_);
    enquiry::Position position;
    position.set_number(train->number());
    *position.mutable_stop() = train->stops(i);
    position.set_remaining_stops(train->stops_size() - i - 1);
    co_await writer.write(position);
  }
  co_return farcall::Status();
}

farcall::Task<farcall::Result<enquiry::JourneySummary>> TrainStatusService::report_journey(
    farcall::ServerContext&, farcall::ServerReader<enquiry::JourneyEntry>& reader) {
  enquiry::JourneySummary summary;
  double total_delay = 0;
  while (auto entry = co_await reader.read()) {
    if (timetable_.find(entry->number()) == nullptr) co_return no_such_train(entry->number());
    bool first = summary.stops_reported() == 0;
    summary.set_number(entry->number());
    summary.set_stops_reported(summary.stops_reported() + 1);
    summary.set_greatest_delay(first ? entry->delay() : std::max(summary.greatest_delay(), entry->delay()));
    total_delay += entry->delay();
  }
  if (summary.stops_reported() > 0) summary.set_average_delay(total_delay / summary.stops_reported());
  co_return summary;
}

farcall::Task<farcall::Status> TrainStatusService::chat(
    farcall::ServerContext&, farcall::ServerStream<enquiry::Note, enquiry::Note>& stream) {
  while (auto note = co_await stream.read()) {
    enquiry::Note reply = answer(timetable_, *note);
    co_await stream.write(reply);
  }
  co_return farcall::Status();
}

}  // namespace train_status
