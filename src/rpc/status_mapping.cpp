#include "rpc/status_mapping.hpp"

#include <charconv>

namespace farcall::rpc {

StatusCode status_code_for_http(int http_status) {
  switch (http_status) {
    case 400:
      return StatusCode::internal;
    case 401:
      return StatusCode::unauthenticated;
    case 403:
      return StatusCode::permission_denied;
    case 404:
      return StatusCode::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return StatusCode::unavailable;
    default:
      return StatusCode::unknown;
  }
}

StatusCode status_code_for_reset(std::uint32_t http2_error_code) {
  switch (http2_error_code) {
    case 0x0:  // NO_ERROR
    case 0x1:  // PROTOCOL_ERROR
    case 0x2:  // INTERNAL_ERROR
    case 0x3:  // FLOW_CONTROL_ERROR
    case 0x4:  // SETTINGS_TIMEOUT
    case 0x5:  // STREAM_CLOSED
    case 0x6:  // FRAME_SIZE_ERROR
    case 0x9:  // COMPRESSION_ERROR
    case 0xa:  // CONNECT_ERROR
    case 0xd:  // HTTP_1_1_REQUIRED
      return StatusCode::internal;
    case 0x7:  // REFUSED_STREAM
      return StatusCode::unavailable;
    case 0x8:  // CANCEL
      return StatusCode::cancelled;
    case 0xb:  // ENHANCE_YOUR_CALM
      return StatusCode::resource_exhausted;
    case 0xc:  // INADEQUATE_SECURITY
      return StatusCode::permission_denied;
    default:
      return StatusCode::unknown;
  }
}

std::optional<StatusCode> parse_status_code(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<StatusCode>(number);
}

}  // namespace farcall::rpc
