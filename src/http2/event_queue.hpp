#pragma once

#include "http/header_map.hpp"
#include "http2/event.hpp"

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>
#include <vector>

namespace farcall::http2 {

/// Names an event of a queue until it is handed out, and none afterwards. A default place names none.
struct EventPlace {
  std::uint32_t round = 0;
  std::uint32_t index = 0;
};

/// Events in the order they happened. One that was handed out stays where it is while new ones come in behind
/// it, so nothing is copied; and as the queue is emptied again and again, its room is reused from the start.
class EventQueue {
 public:
  template <class E>
  EventPlace push(E&& event) {
    incoming_.emplace_back(std::in_place_type<std::remove_cvref_t<E>>, std::forward<E>(event));
    return {round_, static_cast<std::uint32_t>(incoming_.size() - 1)};
  }

  /// The same for an event that is filled in where it is: with the next push it may move.
  template <class E>
  std::pair<E&, EventPlace> emplace() {
    E& event = std::get<E>(incoming_.emplace_back(std::in_place_type<E>));
    return {event, {round_, static_cast<std::uint32_t>(incoming_.size() - 1)}};
  }

  /// The event that was pushed there and has yet to be handed out, to be added to; null if there is none.
  /// Events of the round that is being handed out count as taken.
  [[nodiscard]] Event* waiting(const EventPlace& place) {
    return place.round == round_ && place.index < incoming_.size() ? &incoming_[place.index] : nullptr;
  }

  /// Null when there is none; valid until the next call.
  Event* next() {
    if (next_ != end_) return next_++;
    return current_.empty() && incoming_.empty() ? nullptr : begin_round();
  }

  /// Gives back what memory holds nothing. An event that was handed out stays.
  void trim() {
    if (current_.empty()) std::vector<Event>().swap(current_);
    if (incoming_.empty()) std::vector<Event>().swap(incoming_);
  }

 private:
  static constexpr std::size_t kKeptBusy = 512;

  /// Out of line, as most calls of `next` find nothing.
  [[gnu::noinline]] Event* begin_round() {
    if (!current_.empty()) forget_current();
    if (incoming_.empty()) return nullptr;
    current_.swap(incoming_);
    if (++round_ == 0) round_ = 1;
    next_ = current_.data();
    end_ = next_ + current_.size();
    return next_++;
  }

  [[gnu::noinline]] void forget_current() {
    next_ = end_ = nullptr;
    if (current_.capacity() > kKeptBusy) {
      std::vector<Event>().swap(current_);
    } else {
      current_.clear();
    }
  }

  std::vector<Event> current_;
  std::vector<Event> incoming_;
  // Of current_, what has yet to be handed out.
  Event* next_ = nullptr;
  Event* end_ = nullptr;
  std::uint32_t round_ = 1;  // of incoming_
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

  void trim() { std::vector<http::HeaderMap>().swap(free_); }

 private:
  static constexpr std::size_t kKeptBusy = 64;
  static constexpr std::size_t kLargest = 4096;

  std::vector<http::HeaderMap> free_;
};

}  // namespace farcall::http2
