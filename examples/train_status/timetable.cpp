#include "timetable.hpp"

#include <charconv>
#include <fstream>
#include <utility>
#include <vector>

namespace train_status {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = text.find(separator); at != text.npos; at = text.find(separator)) {
    parts.push_back(trimmed(text.substr(0, at)));
    text.remove_prefix(at + 1);
  }
  parts.push_back(trimmed(text));
  return parts;
}

template <class Number>
bool parse(std::string_view text, Number& number) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool parse_time(std::string_view text, int& minutes) {
  int hour = 0;
  int minute = 0;
  std::vector<std::string_view> parts = split(text, ':');
  if (parts.size() != 2 || !parse(parts[0], hour) || !parse(parts[1], minute)) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return false;
  minutes = hour * 60 + minute;
  return true;
}

bool parse_stop(std::string_view text, enquiry::Stop& stop) {
  std::vector<std::string_view> parts = split(text, '|');
  int arrival = 0;
  double kilometre = 0;
  if (parts.size() != 3 || !parse_time(parts[0], arrival) || !parse(parts[1], kilometre) || parts[2].empty())
    return false;
  stop.set_arrival(arrival);
  stop.set_kilometre(kilometre);
  stop.set_station(std::string(parts[2]));
  return true;
}

}  // namespace

std::optional<Timetable> Timetable::read(const std::string& path, std::string& problem) {
  std::ifstream file(path);
  if (!file) {
    problem = "cannot read the timetable " + path + ": give the path of one with --timetable";
    return std::nullopt;
  }
  Timetable timetable;
  enquiry::TrainDetails* train = nullptr;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::string where = path + ":" + std::to_string(number) + ": ";
    std::string_view text = trimmed(line);
    if (text.empty() || text.front() == '#') continue;
    if (text.starts_with("train ")) {
      std::vector<std::string_view> parts = split(text.substr(6), '|');
      if (parts.size() != 2 || parts[0].empty()) {
        problem = where + "a train's line must read \"train NUMBER | NAME\"";
        return std::nullopt;
      }
      train = &timetable.trains_[std::string(parts[0])];
      train->set_number(std::string(parts[0]));
      train->set_name(std::string(parts[1]));
    } else if (text.starts_with("stop ") && train != nullptr) {
      if (!parse_stop(text.substr(5), *train->add_stops())) {
        problem = where + "a stop's line must read \"stop HH:MM | KILOMETRE | STATION\"";
        return std::nullopt;
      }
    } else {
      problem = where + "expected a line that begins with \"train\", or with \"stop\" after a train";
      return std::nullopt;
    }
  }
  if (timetable.trains_.empty()) {
    problem = path + " holds no train: add at least one, as described in the sample timetable";
    return std::nullopt;
  }
  return timetable;
}

const enquiry::TrainDetails* Timetable::find(const std::string& number) const {
  auto found = trains_.find(number);
  return found == trains_.end() ? nullptr : &found->second;
}

const enquiry::TrainDetails* Timetable::find_by_station(std::string_view text) const {
  for (const auto& [number, train] : trains_) {
    for (const enquiry::Stop& stop : train.stops()) {
      if (stop.station().find(text) != std::string::npos) return &train;
    }
  }
  return nullptr;
}

}  // namespace train_status
