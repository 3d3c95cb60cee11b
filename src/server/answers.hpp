#pragma once

#include "http/header_map.hpp"
#include "http2/connection.hpp"
#include "protocol/grpc_server.hpp"

#include <farcall/buffer.hpp>
#include <farcall/metadata.hpp>
#include <farcall/status.hpp>

#include <cstddef>
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
  /// The headers of a response without metadata; null if they are not of the kind that is built once.
  [[nodiscard]] const http::HeaderMap* plain_headers(std::string_view content_type) const;
  /// The whole response of a call that went well and says nothing but its message. `headers` are
  /// `plain_headers`. False if they do not fit; then nothing was sent, and `reply` stays.
  [[nodiscard]] bool send_plain(http2::Connection& engine, http2::StreamKey stream,
                                const http::HeaderMap& headers, Buffer& reply) const;
  /// The same for a reply of `size` bytes, its prefix included, that is still to be written: where to, before
  /// the engine is called again. The stream has ended then. Null when it is to be sent in another way.
  [[nodiscard]] std::byte* place_plain(http2::Connection& engine, http2::StreamKey stream,
                                       const http::HeaderMap& headers, std::size_t size) const {
    return engine.place_response(stream, headers, size, ok_trailers_);
  }
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

  std::vector<Prebuilt> headers_;
  http::HeaderMap ok_trailers_;
  http::HeaderMap scratch_;
};

}  // namespace farcall::server
