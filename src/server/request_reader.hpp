#pragma once

#include "base/time.hpp"
#include "http/header_map.hpp"
#include "protocol/grpc_server.hpp"
#include "server/answers.hpp"
#include "server/codecs.hpp"
#include "server/router.hpp"

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
  /// The headers of a response without metadata; null if they are not of the kind that is built once.
  const http::HeaderMap* plain_headers = nullptr;
};

/// Reads request headers. Where the engine has recognised them, and hands out the same content again and
/// again, what they mean stays with that content: it is read and routed once. Belongs to a loop, whose
/// connections share it.
class RequestReader {
 public:
  RequestReader(const Router& router, const Codecs& codecs, const Answers& answers)
      : router_(router), codecs_(codecs), answers_(answers) {}

  /// Valid until the next call, or, if `headers` are shared, as long as their content. `rejection` is set
  /// when the request is not to be carried out.
  [[nodiscard]] const RequestSummary& read(http::HeaderMap& headers, bool too_large,
                                           std::unique_ptr<protocol::Rejection>& rejection) {
    if (const http::Meaning* known = headers.meaning(); known != nullptr && !too_large)
      return static_cast<const Known*>(known)->summary;
    if (headers.varied() != 0 && !too_large && read_variation(headers)) return summary_;
    return read_fields(headers, too_large, rejection);
  }

 private:
  struct Known final : http::Meaning {
    explicit Known(const RequestSummary& of) : summary(of) {}
    RequestSummary summary;
  };

  bool read_variation(const http::HeaderMap& headers);
  const RequestSummary& read_fields(http::HeaderMap& headers, bool too_large,
                                    std::unique_ptr<protocol::Rejection>& rejection);

  const Router& router_;
  const Codecs& codecs_;
  const Answers& answers_;
  RequestSummary summary_;  // of the last headers that were read
};

}  // namespace farcall::server
