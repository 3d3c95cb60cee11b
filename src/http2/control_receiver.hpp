#pragma once

#include "http2/core.hpp"
#include "http2/frame/header.hpp"

#include <cstdint>

namespace farcall::http2 {

/// The frames that carry neither headers nor payload, one verb each. Their lengths were validated.
class ControlReceiver {
 public:
  explicit ControlReceiver(Core& core) : core_(core) {}

  void priority(StreamId stream, base::ByteView payload);
  void rst_stream(StreamId stream, base::ByteView payload);
  void settings(base::ByteView payload);
  void settings_ack();
  void ping(base::ByteView payload);
  void ping_ack(base::ByteView payload);
  /// `payload`: the fixed part and as much debug data as is kept.
  void go_away(base::ByteView payload);
  void window_update(StreamId stream, base::ByteView payload);
  void unknown();

 private:
  bool apply(const Setting& setting);
  bool change_windows(std::uint32_t initial_window_size);
  void widen_connection(std::uint32_t increment);
  void widen_stream(Stream& stream, std::uint32_t increment);
  void grow_connection_window(std::uint32_t window);

  Core& core_;
};

}  // namespace farcall::http2
