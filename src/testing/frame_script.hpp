#pragma once

#include "http2/error.hpp"
#include "testing/wire.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::testing {

/// What one side of an HTTP/2 connection says, frame after frame, legal or not:
///
///     frames().headers(1).request("POST", "/s/M").data(1, "hello").end_stream()
///
/// A call either begins a frame (`headers`, `data`, `ping`, ...) or changes the one begun last (`end_stream`,
/// `padded`, `field`, ...). Header fields are written as literals that touch no table, unless
/// `indexed_literal` or `block` says otherwise, so that a script means the same wherever it stands.
class FrameScript {
 public:
  // Frames.
  FrameScript& preface();
  FrameScript& settings(std::initializer_list<std::pair<Setting, std::uint32_t>> values = {});
  FrameScript& settings_ack();
  FrameScript& headers(std::uint32_t stream);
  FrameScript& continuation(std::uint32_t stream);
  FrameScript& data(std::uint32_t stream, std::string_view payload = {});
  FrameScript& priority(std::uint32_t stream, std::uint32_t depends_on, std::uint8_t weight = 15);
  FrameScript& reset(std::uint32_t stream, http2::ErrorCode code);
  FrameScript& push_promise(std::uint32_t stream, std::uint32_t promised);
  FrameScript& ping(std::uint64_t payload);
  FrameScript& ping_ack(std::uint64_t payload);
  FrameScript& go_away(std::uint32_t last_stream, http2::ErrorCode code, std::string_view debug_data = {});
  FrameScript& window_update(std::uint32_t stream, std::uint32_t increment);
  /// Any type, flags and payload, known or not.
  FrameScript& frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                     std::string_view payload = {});
  /// Bytes as they are, in hexadecimal.
  FrameScript& raw(std::string_view hex);
  FrameScript& text(std::string_view bytes);

  // Changes to the last frame.
  FrameScript& end_stream() { return add_flags(flag::kEndStream); }
  FrameScript& add_flags(std::uint8_t bits);
  /// The section goes on in a CONTINUATION that the script adds itself.
  FrameScript& no_end_headers();
  FrameScript& padded(std::uint8_t length);
  /// HEADERS with the PRIORITY flag.
  FrameScript& depends_on(std::uint32_t stream, bool exclusive = false);
  /// Writes the section as HEADERS and CONTINUATION frames of at most `fragment` bytes each.
  FrameScript& split(std::size_t fragment);
  /// The frame header lies: it says `length`.
  FrameScript& declared_length(std::uint32_t length);
  /// HEADERS and CONTINUATION: `hex` is HPACK.
  FrameScript& block(std::string_view hex);
  FrameScript& block_bytes(std::string_view bytes);
  FrameScript& field(std::string_view name, std::string_view value);
  FrameScript& never_indexed(std::string_view name, std::string_view value);
  /// Also enters the field in the receiver's dynamic table, as its newest entry (index 62).
  FrameScript& indexed_literal(std::string_view name, std::string_view value);
  FrameScript& indexed(std::uint8_t index);
  /// :method, :scheme, :authority, :path.
  FrameScript& request(std::string_view method = "POST", std::string_view path = "/s/M");
  FrameScript& response(std::string_view status = "200");

  /// Another script's frames behind this one's.
  FrameScript& then(const FrameScript& other);
  FrameScript& times(std::size_t count, const FrameScript& other);

  [[nodiscard]] std::string bytes() const;

  /// One begun frame; public for whoever keeps books on what a script says.
  struct Piece {
    bool is_raw = false;
    std::uint8_t type = 0;
    std::uint8_t flags = 0;
    std::uint32_t stream = 0;
    std::string payload;
    std::optional<std::uint8_t> padding;
    std::string priority_fields;
    std::size_t fragment = 0;
    std::optional<std::uint32_t> declared_length;
  };
  [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

 private:
  Piece& last();
  FrameScript& literal(std::uint8_t first_byte, std::string_view name, std::string_view value);

  std::vector<Piece> pieces_;
};

[[nodiscard]] inline FrameScript frames() {
  return {};
}

}  // namespace farcall::testing
