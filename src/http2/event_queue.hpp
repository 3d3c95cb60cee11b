#pragma once

#include "http/header_map.hpp"
#include "http2/event.hpp"

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace farcall::http2 {

/// Events in the order they happened. One that was handed out stays where it is while new ones come in behind
/// it, so nothing is copied; and as the queue is emptied again and again, its room is reused from the start.
class EventQueue {
 public:
  template <class E>
  void push(E&& event) {
    incoming_.emplace_back(std::in_place_type<std::remove_cvref_t<E>>, std::forward<E>(event));
  }

  /// Null when there is none; valid until the next call.
  Event* next() {
    if (handed_out_ < current_.size()) return &current_[handed_out_++];
    if (!current_.empty()) forget_current();
    if (incoming_.empty()) return nullptr;
    current_.swap(incoming_);
    handed_out_ = 1;
    return &current_.front();
  }

  /// Gives back memory that only a busy connection needs. An event that was handed out stays.
  void trim() {
    if (current_.empty() && current_.capacity() > kKeptIdle) std::vector<Event>().swap(current_);
    if (incoming_.empty() && incoming_.capacity() > kKeptIdle) std::vector<Event>().swap(incoming_);
  }

 private:
  static constexpr std::size_t kKeptBusy = 512;
  static constexpr std::size_t kKeptIdle = 16;

  void forget_current() {
    handed_out_ = 0;
    if (current_.capacity() > kKeptBusy) {
      std::vector<Event>().swap(current_);
    } else {
      current_.clear();
    }
  }

  std::vector<Event> current_;
  std::vector<Event> incoming_;
  std::size_t handed_out_ = 0;
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
    if (free_.size() >= kKeptBusy || map.empty() || map.shared() || map.list_size() > kLargest) return;
    free_.push_back(std::move(map));
    free_.back().clear();
  }

  void trim() {
    if (free_.size() > kKeptIdle) free_.resize(kKeptIdle);
  }

 private:
  static constexpr std::size_t kKeptBusy = 64;
  static constexpr std::size_t kKeptIdle = 4;
  static constexpr std::size_t kLargest = 4096;

  std::vector<http::HeaderMap> free_;
};

}  // namespace farcall::http2
