#include "http2/settings.hpp"

namespace farcall::http2 {

std::optional<ConnectionFault> validate(const Setting& setting, bool from_server) {
  switch (setting.id) {
    case SettingId::enable_push:
      if (setting.value > (from_server ? 0U : 1U)) {
        return ConnectionFault{ErrorCode::protocol_error, "SETTINGS_ENABLE_PUSH out of range"};
      }
      break;
    case SettingId::initial_window_size:
      if (setting.value > Window::kLargest) {
        return ConnectionFault{ErrorCode::flow_control_error, "SETTINGS_INITIAL_WINDOW_SIZE out of range"};
      }
      break;
    case SettingId::max_frame_size:
      if (setting.value < FrameLength::kDefaultMax || setting.value > FrameLength::kLargest) {
        return ConnectionFault{ErrorCode::protocol_error, "SETTINGS_MAX_FRAME_SIZE out of range"};
      }
      break;
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace farcall::http2
