#pragma once

#include "http/header_map.hpp"
#include "http2/connection.hpp"
#include "protocol/grpc_server.hpp"

#include <farcall/buffer.hpp>
#include <farcall/metadata.hpp>
#include <farcall/status.hpp>

#include <string_view>
#include <vector>

namespace farcall::server {

/// Sends header sections. Those that nearly every call has in common are built once; one scratch map serves
/// the others, so that no call allocates for them. One for each shard.
///
/// The members that return bool say whether the peer's SETTINGS_MAX_HEADER_LIST_SIZE left room; if not,
/// nothing was sent.
class Answers {
 public:
  Answers();

  [[nodiscard]] bool send_headers(http2::Connection& engine, http2::StreamKey stream,
                                  std::string_view content_type, const Metadata& initial);
  /// The whole response of a call that went well, if it is of the kind that was built once: nothing but the
  /// message. False if not; then nothing was sent, and `reply` stays.
  [[nodiscard]] bool send_plain(http2::Connection& engine, http2::StreamKey stream,
                                std::string_view content_type, Buffer& reply);
  /// Ends the response; resets the stream where not even a status fits.
  void send_trailers(http2::Connection& engine, http2::StreamKey stream, const Status& status,
                     const Metadata& trailing);
  /// The whole response, in one section.
  void send_trailers_only(http2::Connection& engine, http2::StreamKey stream, std::string_view content_type,
                          const Status& status, const Metadata& trailing);
  /// For what is not a call that we can carry out. Then stops reading.
  void reject(http2::Connection& engine, http2::StreamKey stream, const protocol::Rejection& rejection);

 private:
  struct Prebuilt {
    std::string_view content_type;
    http::HeaderMap headers;
  };

  /// Null if it was not built, or is larger than the peer accepts.
  [[nodiscard]] const http::HeaderMap* prebuilt(std::string_view content_type, std::size_t room) const;

  std::vector<Prebuilt> headers_;
  http::HeaderMap ok_trailers_;
  http::HeaderMap scratch_;
};

}  // namespace farcall::server
