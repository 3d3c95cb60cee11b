#include "server/answers.hpp"

#include "base/bytes.hpp"

#include <utility>

namespace farcall::server {

Answers::Answers() {
  for (std::string_view content_type : {"application/grpc", "application/grpc+proto"}) {
    Prebuilt& prebuilt = headers_.emplace_back();
    prebuilt.content_type = content_type;
    static_cast<void>(protocol::response_headers(prebuilt.headers, content_type, Metadata()));
  }
  static_cast<void>(protocol::trailers(ok_trailers_, Status(), Metadata()));
}

bool Answers::send_headers(http2::Connection& engine, http2::StreamKey stream, std::string_view content_type,
                           const Metadata& initial) {
  const std::size_t room = engine.peer_max_header_list_size();
  const http::HeaderMap* headers = initial.empty() ? plain_headers(content_type) : nullptr;
  if (headers != nullptr && headers->list_size() <= room) {
    engine.send_headers(stream, *headers, false);
    return true;
  }
  if (!protocol::response_headers(scratch_, content_type, initial, room)) return false;
  engine.send_headers(stream, scratch_, false);
  return true;
}

const http::HeaderMap* Answers::plain_headers(std::string_view content_type) const {
  for (const Prebuilt& prebuilt : headers_) {
    if (prebuilt.content_type == content_type) return &prebuilt.headers;
  }
  return nullptr;
}

bool Answers::send_plain(http2::Connection& engine, http2::StreamKey stream, const http::HeaderMap& headers,
                         Buffer& reply) const {
  const std::size_t room = engine.peer_max_header_list_size();
  if (headers.list_size() > room || ok_trailers_.list_size() > room) return false;
  engine.send_response(stream, headers, std::move(reply), ok_trailers_);
  return true;
}

void Answers::send_trailers(http2::Connection& engine, http2::StreamKey stream, const Status& status,
                            const Metadata& trailing) {
  const std::size_t room = engine.peer_max_header_list_size();
  if (status.ok() && trailing.empty() && ok_trailers_.list_size() <= room) {
    engine.send_trailers(stream, ok_trailers_);
  } else if (protocol::trailers(scratch_, status, trailing, room)) {
    engine.send_trailers(stream, scratch_);
  } else {
    engine.reset(stream, http2::ErrorCode::internal_error);
  }
}

void Answers::send_trailers_only(http2::Connection& engine, http2::StreamKey stream,
                                 std::string_view content_type, const Status& status,
                                 const Metadata& trailing) {
  if (protocol::trailers_only(scratch_, content_type, status, trailing, engine.peer_max_header_list_size())) {
    engine.send_headers(stream, scratch_, true);
  } else {
    engine.reset(stream, http2::ErrorCode::internal_error);
  }
}

void Answers::reject(http2::Connection& engine, http2::StreamKey stream,
                     const protocol::Rejection& rejection) {
  if (!protocol::rejection_headers(scratch_, rejection, engine.peer_max_header_list_size())) {
    engine.reset(stream, http2::ErrorCode::internal_error);
    return;
  }
  engine.send_headers(stream, scratch_, rejection.body.empty());
  if (!rejection.body.empty()) {
    static_cast<void>(engine.send_data(stream, Buffer::copy_of(base::as_bytes(rejection.body)), true));
  }
  // Whoever speaks something else than gRPC may not read before it has written all of its request.
  engine.stop_reading(stream, true);
}

}  // namespace farcall::server
