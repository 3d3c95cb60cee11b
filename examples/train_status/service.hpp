#pragma once

#include "timetable.hpp"
#include "train_status.farcall.hpp"

#include <chrono>

namespace train_status {

/// The enquiry office, as coroutines: none of its methods blocks, so it runs on the server's event loops.
class TrainStatusService final : public enquiry::TrainStatus::Service {
 public:
  /// `pace`: how long a followed train takes from stop to stop.
  TrainStatusService(const Timetable& timetable, std::chrono::milliseconds pace)
      : timetable_(timetable), pace_(pace) {}

  farcall::Task<farcall::Result<enquiry::TrainDetails>> return_train_details(
      farcall::ServerContext& context, const enquiry::TrainNumber& request) override;
  farcall::Task<farcall::Status> follow_train(farcall::ServerContext& context,
                                              const enquiry::TrainNumber& request,
                                              farcall::ServerWriter<enquiry::Position>& writer) override;
  farcall::Task<farcall::Result<enquiry::JourneySummary>> report_journey(
      farcall::ServerContext& context, farcall::ServerReader<enquiry::JourneyEntry>& reader) override;
  farcall::Task<farcall::Status> chat(farcall::ServerContext& context,
                                      farcall::ServerStream<enquiry::Note, enquiry::Note>& stream) override;

 private:
  const Timetable& timetable_;
  std::chrono::milliseconds pace_;
};

}  // namespace train_status
