#pragma once

#include "http2/event.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace farcall::testing {

/// The payload that a request's Headers event has brought along, as the Data event that would have told of it
/// otherwise; `event` is as if that followed. For those who want to hear the same however the bytes came.
[[nodiscard]] inline std::optional<http2::event::Data> take_second_half(http2::Event& event) {
  auto* headers = std::get_if<http2::event::Headers>(&event);
  if (headers == nullptr || headers->data.empty()) return std::nullopt;
  headers->end_stream = false;
  return http2::event::Data{headers->stream, std::exchange(headers->data, {}), true};
}

}  // namespace farcall::testing
