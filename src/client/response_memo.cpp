#include "client/response_memo.hpp"

#include "protocol/grpc_client.hpp"

namespace farcall::client {

bool ResponseMemo::learn(const http::HeaderMap& headers, const http::HeaderMap& trailers,
                         std::string_view subtype) {
  headers_ = headers;
  trailers_ = trailers;
  subtype_ = subtype;
  protocol::ResponseReader reader(subtype);
  reader.headers(headers, false);
  is_plain_ = reader.has_headers();
  if (!is_plain_) return false;
  reader.trailers(trailers);
  is_plain_ = reader.done() && reader.status().ok() && reader.initial_metadata().empty() &&
              reader.trailing_metadata().empty();
  return is_plain_;
}

}  // namespace farcall::client
