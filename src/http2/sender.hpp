#pragma once

#include "http2/core.hpp"

#include <cstddef>
#include <optional>

namespace farcall::http2 {

/// What the application does to streams, and how that becomes frames.
///
/// Header sections are encoded when they are handed over, since their order on the wire is the order of the
/// compression table; payload and trailers wait in the stream until `fill_output` cuts frames as the windows
/// allow.
class Sender {
 public:
  explicit Sender(Core& core) : core_(core) {}

  std::optional<StreamKey> open_stream(const http::HeaderMap& headers, bool end_stream);
  std::optional<StreamKey> send_request(const http::HeaderMap& headers, base::ByteView message);
  void send_headers(StreamKey key, const http::HeaderMap& headers, bool end_stream);
  bool send_data(StreamKey key, Buffer&& data, bool end_stream);
  bool send_data(StreamKey key, base::ByteView data, bool end_stream);
  bool send_small(StreamKey key, base::ByteView data, codegen::SendRoom& room, codegen::SendRoom*& holder);
  void send_trailers(StreamKey key, const http::HeaderMap& trailers);
  void send_response(StreamKey key, const http::HeaderMap& headers, Buffer&& message,
                     const http::HeaderMap& trailers);
  [[nodiscard]] std::byte* place_response(StreamKey key, const http::HeaderMap& headers, std::size_t size,
                                          const http::HeaderMap& trailers);
  void reset(StreamKey key, ErrorCode code);
  void stop_reading(StreamKey key, bool linger);
  void release_window(StreamKey key, std::size_t bytes);

  /// Cuts frames until the streams have nothing to send, the windows are used up or the batch is large
  /// enough.
  void fill_output();

 private:
  enum class Turn : std::uint8_t { again, done, waits_for_connection, gone };

  Stream& open(const http::HeaderMap& headers, bool end_stream);
  bool may_follow_headers(const Stream& stream, std::size_t bytes) const;
  template <class Data>
  bool queue_data(StreamKey key, Data&& data, bool end_stream);
  std::uint32_t widen(Stream& stream);
  void write_headers(std::uint32_t id, const http::HeaderMap& headers, bool end_stream, EncodeMemo& memo);
  bool may_place_response(const Stream& stream, std::size_t size) const;
  /// Whether the peer's limit, which most do not have, has room for them.
  [[nodiscard]] bool takes(const http::HeaderMap& headers) const {
    const std::size_t limit = core_.peer.max_header_list_size;
    return limit == PeerSettings::kNoLimit || headers.list_size() <= limit;
  }
  std::byte* place_known(std::uint32_t id, const http::HeaderMap& headers, std::size_t size,
                         const http::HeaderMap& trailers);
  bool may_send_at_once(const Stream& stream, std::size_t bytes) const;
  void account_for_payload(Stream& stream, std::size_t bytes);
  void end_our_side(Stream& stream);
  Turn take_turn(Stream& stream);
  [[nodiscard]] bool takes_an_end_along() const;
  void return_window_along();
  void send_payload(Stream& stream, std::size_t bytes);
  void send_end(Stream& stream);
  void tell_room(Stream& stream);
  void tell_room_to_all();

  Core& core_;
};

}  // namespace farcall::http2
