#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

/// The bytes that the floor programs read and write. They do what their workload needs and nothing else: no
/// header is decoded, no limit is kept, any surprise ends the process.
namespace floor_peer {

enum FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kResetStream = 3,
  kSettings = 4,
  kPing = 6,
  kGoAway = 7,
  kWindowUpdate = 8,
  kContinuation = 9
};
inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;
inline constexpr std::size_t kMaxFrame = 16384;
inline constexpr std::uint32_t kInitialWindow = 65535;
inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

enum SettingId : std::uint16_t { kHeaderTableSize = 1, kMaxConcurrentStreams = 3, kInitialWindowSize = 4 };

inline constexpr std::size_t kFrameHeader = 9;
inline constexpr std::size_t kPrefix = 5;

[[noreturn]] inline void surprised(const char* by) {
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, by);
  std::exit(1);
}

struct Frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::span<const std::uint8_t> payload;
};

inline std::uint32_t load_u32(const std::uint8_t* at) {
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

/// Takes one frame off `bytes`. False when there is none as a whole.
inline bool take_frame(std::span<const std::uint8_t>& bytes, Frame& frame) {
  if (bytes.size() < kFrameHeader) return false;
  const std::size_t length = load_u32(bytes.data()) >> 8;
  if (bytes.size() < kFrameHeader + length) return false;
  frame.type = bytes[3];
  frame.flags = bytes[4];
  frame.stream = load_u32(bytes.data() + 5);
  frame.payload = bytes.subspan(kFrameHeader, length);
  bytes = bytes.subspan(kFrameHeader + length);
  return true;
}

inline void put_u32(std::string& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(value >> shift);
}

inline void put_frame_header(std::string& to, std::size_t length, FrameType type, std::uint8_t flags,
                             std::uint32_t stream) {
  char header[kFrameHeader] = {
      static_cast<char>(length >> 16), static_cast<char>(length >> 8), static_cast<char>(length),
      static_cast<char>(type),         static_cast<char>(flags),       static_cast<char>(stream >> 24),
      static_cast<char>(stream >> 16), static_cast<char>(stream >> 8), static_cast<char>(stream)};
  to.append(header, sizeof header);
}

inline void put_frame(std::string& to, std::string_view payload, FrameType type, std::uint8_t flags,
                      std::uint32_t stream) {
  put_frame_header(to, payload.size(), type, flags, stream);
  to += payload;
}

inline void put_window_update(std::string& to, std::uint32_t stream, std::uint32_t increment) {
  put_frame_header(to, 4, kWindowUpdate, 0, stream);
  put_u32(to, increment);
}

inline void put_setting(std::string& to, SettingId id, std::uint32_t value) {
  to += '\0';
  to += static_cast<char>(id);
  put_u32(to, value);
}

/// Calls `on_setting(id, value)` for each of a SETTINGS frame.
template <class F>
void for_each_setting(const Frame& frame, F on_setting) {
  for (std::span<const std::uint8_t> rest = frame.payload; rest.size() >= 6; rest = rest.subspan(6))
    on_setting(static_cast<std::uint16_t>(rest[0] << 8 | rest[1]), load_u32(rest.data() + 2));
}

inline void put_ack(std::string& to, const Frame& frame) {
  put_frame(to, {reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size()},
            static_cast<FrameType>(frame.type), kAck, 0);
}

inline void put_varint(std::string& to, std::uint32_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

/// A message { int32 1: first; int32 2: second; int32 3: third } without negative numbers.
struct Numbers {
  std::uint32_t field[4] = {0, 0, 0, 0};
};

inline Numbers parse_numbers(std::span<const std::uint8_t> message) {
  Numbers numbers;
  for (std::size_t at = 0; at < message.size();) {
    const std::uint8_t tag = message[at++];
    if ((tag & 7) != 0 || tag >> 3 > 3) surprised("a message that is not of int32 1 to 3");
    std::uint32_t value = 0;
    for (int shift = 0; at < message.size(); shift += 7) {
      const std::uint8_t byte = message[at++];
      value |= std::uint32_t{byte & 0x7fU} << shift;
      if (byte < 0x80) break;
    }
    numbers.field[tag >> 3] = value;
  }
  return numbers;
}

/// SumReply{result}, behind its prefix.
inline void put_reply_message(std::string& to, std::uint32_t result) {
  std::string message;
  message += '\x08';
  put_varint(message, result);
  to += '\0';
  put_u32(to, static_cast<std::uint32_t>(message.size()));
  to += message;
}

}  // namespace floor_peer
