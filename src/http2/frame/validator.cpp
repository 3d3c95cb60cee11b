#include "http2/frame/validator.hpp"

#include <array>
#include <cstddef>

namespace farcall::http2 {
namespace {

enum class Scope : std::uint8_t { stream, connection, either };

struct Rule {
  Scope scope;
  /// Lengths allowed: `least` to `most`, in steps of `multiple`.
  std::uint32_t least;
  std::uint32_t most;
  std::uint32_t multiple;
  bool may_be_padded;
  bool may_have_priority;
};

constexpr std::uint32_t kAny = FrameLength::kLargest;

constexpr std::array<Rule, 10> kRules = {{
    {Scope::stream, 0, kAny, 1, true, false},       // DATA, §6.1
    {Scope::stream, 0, kAny, 1, true, true},        // HEADERS, §6.2
    {Scope::stream, 5, 5, 1, false, false},         // PRIORITY, §6.3
    {Scope::stream, 4, 4, 1, false, false},         // RST_STREAM, §6.4
    {Scope::connection, 0, kAny, 6, false, false},  // SETTINGS, §6.5
    {Scope::stream, 4, kAny, 1, true, false},       // PUSH_PROMISE, §6.6
    {Scope::connection, 8, 8, 1, false, false},     // PING, §6.7
    {Scope::connection, 8, kAny, 1, false, false},  // GOAWAY, §6.8
    {Scope::either, 4, 4, 1, false, false},         // WINDOW_UPDATE, §6.9
    {Scope::stream, 0, kAny, 1, false, false},      // CONTINUATION, §6.10
}};

}  // namespace

std::optional<ConnectionFault> validate(const FrameHeader& header, std::uint32_t max_frame_size) {
  std::uint32_t length = header.length.value();
  if (length > max_frame_size) {  // §4.2
    return ConnectionFault{ErrorCode::frame_size_error, "frame longer than SETTINGS_MAX_FRAME_SIZE"};
  }
  auto type = static_cast<std::size_t>(header.type);
  if (type >= kRules.size()) return std::nullopt;

  const Rule& rule = kRules[type];
  if (rule.scope == Scope::stream && header.stream.is_connection()) {
    return ConnectionFault{ErrorCode::protocol_error, "frame of a stream on stream 0"};
  }
  if (rule.scope == Scope::connection && !header.stream.is_connection()) {
    return ConnectionFault{ErrorCode::protocol_error, "frame of the connection on a stream"};
  }
  std::uint32_t least = rule.least;
  if (rule.may_be_padded && header.has(flag::kPadded)) least += 1;
  if (rule.may_have_priority && header.has(flag::kPriority)) least += kPrioritySize;
  if (length < least || length > rule.most || (rule.multiple > 1 && length % rule.multiple != 0)) {
    return ConnectionFault{ErrorCode::frame_size_error, "frame of a length that its type does not allow"};
  }
  if (header.type == FrameType::settings && header.has(flag::kAck) && length != 0) {  // §6.5
    return ConnectionFault{ErrorCode::frame_size_error, "SETTINGS acknowledgement with a payload"};
  }
  return std::nullopt;
}

}  // namespace farcall::http2
