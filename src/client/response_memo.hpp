#pragma once

#include "http/header_map.hpp"

#include <string>
#include <string_view>

namespace farcall::client {

/// Whether the headers and trailers of a whole response say that the call went well and nothing else, which
/// is remembered: a server that answers alike sends the same fields again, and the engine the same content.
/// Belongs to a session.
class ResponseMemo {
 public:
  /// gRPC's response headers in the format of the request (`subtype`), an OK status, and no metadata in
  /// either.
  [[nodiscard]] bool is_plain_success(const http::HeaderMap& headers, const http::HeaderMap& trailers,
                                      std::string_view subtype) {
    if (headers == headers_ && trailers == trailers_ && subtype == subtype_) [[likely]]
      return is_plain_;
    return learn(headers, trailers, subtype);
  }

 private:
  bool learn(const http::HeaderMap& headers, const http::HeaderMap& trailers, std::string_view subtype);

  http::HeaderMap headers_;
  http::HeaderMap trailers_;
  std::string subtype_;
  bool is_plain_ = false;
};

}  // namespace farcall::client
