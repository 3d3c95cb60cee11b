#pragma once

#include "base/time.hpp"
#include "http/header_map.hpp"
#include "protocol/grpc_server.hpp"
#include "server/codecs.hpp"
#include "server/router.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace farcall::server {

/// What a call needs to know of its request's headers. The views point into these.
struct RequestSummary {
  std::string_view path;
  std::string_view content_type;
  std::string_view authority;
  std::optional<base::Duration> timeout;
  /// Null for protobuf.
  const Codec* codec = nullptr;
  /// Null when no service has the method.
  const Route* route = nullptr;
  /// Null when the request is to be carried out.
  std::unique_ptr<protocol::Rejection> rejection;
};

/// Reads request headers, and remembers the last ones: a client that repeats a call sends the same fields
/// again, which then need neither be read nor routed. They are learnt at their second coming, so that traffic
/// which never repeats pays a comparison of sizes. Belongs to a loop, whose connections share it.
class RequestMemo {
 public:
  RequestMemo(const Router& router, const Codecs& codecs) : router_(router), codecs_(codecs) {}

  /// `headers` may share its content with the memo afterwards.
  [[nodiscard]] RequestSummary read(http::HeaderMap& headers, bool too_large);

 private:
  [[nodiscard]] RequestSummary recall() const;
  void learn(const http::HeaderMap& headers, const RequestSummary& summary);

  const Router& router_;
  const Codecs& codecs_;
  http::HeaderMap known_;
  /// Of `known_`; its views point there, and so into every map that shares its content.
  RequestSummary summary_;
  /// Of the last headers that were read.
  std::size_t last_size_ = 0;
};

}  // namespace farcall::server
