#include "server/setup.hpp"

#include "http2/stream/flow_control.hpp"
#include "protocol/stream_window.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace farcall::server {

namespace {

/// The options say "never" with the largest number of nanoseconds, the engine with its clock's largest
/// duration.
base::Duration engine_duration(std::chrono::nanoseconds duration) {
  return duration == ServerOptions::kNever ? base::Duration::max()
                                           : std::chrono::duration_cast<base::Duration>(duration);
}

}  // namespace

http2::Config engine_config(const ServerOptions& options) {
  http2::Config config;
  http2::Limits& limits = config.limits;
  limits.max_concurrent_streams = options.max_concurrent_streams;
  limits.max_header_list_size = options.max_header_list_size;
  limits.max_header_count = options.max_header_count;
  limits.stream_send_budget = options.stream_send_buffer;
  limits.handshake_timeout = engine_duration(options.handshake_timeout);
  limits.ping_min_interval = engine_duration(options.permit_keepalive_time);
  limits.permit_pings_without_calls = options.permit_keepalive_without_calls;
  config.initial_window_size = protocol::kStreamWindow;
  config.stream_window_budget = static_cast<std::uint32_t>(
      std::min<std::size_t>(options.stream_window_budget, http2::Window::kLargest));
  config.keepalive_time = engine_duration(options.keepalive_time);
  config.keepalive_timeout = engine_duration(options.keepalive_timeout);
  config.max_connection_idle = engine_duration(options.max_connection_idle);
  config.max_connection_age = engine_duration(options.max_connection_age);
  config.max_connection_age_grace = engine_duration(options.max_connection_age_grace);
  return config;
}

}  // namespace farcall::server
