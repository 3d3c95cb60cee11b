#pragma once

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/header_map.hpp"
#include "http2/event.hpp"

namespace farcall::http2 {

/// Events in the order they happened. It is emptied again and again, so its room is reused from the start.
class EventQueue {
 public:
  template <class E>
  void push(E&& event) {
    events_.emplace_back(std::in_place_type<std::remove_cvref_t<E>>, std::forward<E>(event));
  }

  std::optional<Event> pop() {
    if (first_ == events_.size()) return std::nullopt;
    std::optional<Event> event(std::move(events_[first_++]));
    if (first_ == events_.size()) forget();
    return event;
  }

 private:
  static constexpr std::size_t kKept = 32;

  void forget() {
    first_ = 0;
    if (events_.capacity() > kKept) {
      std::vector<Event>().swap(events_);
    } else {
      events_.clear();
    }
  }

  std::vector<Event> events_;
  std::size_t first_ = 0;
};

/// Maps that were used before, whose memory serves the next header sections.
class HeaderPool {
 public:
  http::HeaderMap take() {
    if (free_.empty()) return {};
    http::HeaderMap map = std::move(free_.back());
    free_.pop_back();
    return map;
  }

  void give(http::HeaderMap&& map) {
    if (free_.size() >= kMaps || map.empty() || map.list_size() > kLargest) return;
    free_.push_back(std::move(map));
    free_.back().clear();
  }

 private:
  static constexpr std::size_t kMaps = 8;
  static constexpr std::size_t kLargest = 4096;

  std::vector<http::HeaderMap> free_;
};

}  // namespace farcall::http2
