#pragma once

#include "train_status.pb.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace train_status {

/// The trains of a data file; its form is described at the top of data/timetable.txt. Does not change once it
/// is read, so any thread may look trains up.
class Timetable {
 public:
  /// Reads `path`. On failure returns nothing and puts one line into `problem`: what is wrong, where, and
  /// what to do.
  static std::optional<Timetable> read(const std::string& path, std::string& problem);

  /// Null when there is no such train.
  [[nodiscard]] const enquiry::TrainDetails* find(const std::string& number) const;
  /// The first train that calls at a station whose name contains `text`; null when none does.
  [[nodiscard]] const enquiry::TrainDetails* find_by_station(std::string_view text) const;
  [[nodiscard]] std::size_t size() const { return trains_.size(); }

 private:
  std::map<std::string, enquiry::TrainDetails> trains_;
};

}  // namespace train_status
