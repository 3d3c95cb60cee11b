#include "server/request_memo.hpp"

#include <utility>

namespace farcall::server {
namespace {

/// Larger ones are no plain calls, and would stay in memory.
constexpr std::size_t kLargest = 2048;

}  // namespace

RequestSummary RequestMemo::read(http::HeaderMap& headers, bool too_large) {
  if (!too_large && !known_.empty() && headers == known_) {
    headers = known_;
    return recall();
  }
  protocol::RequestHead head = protocol::parse_request(headers, too_large, codecs_.names());
  RequestSummary summary;
  summary.path = head.path;
  summary.content_type = head.content_type;
  summary.authority = head.authority;
  summary.timeout = head.timeout;
  summary.rejection = std::move(head.rejection);
  if (summary.rejection) return summary;
  summary.codec = codecs_.find(head.subtype);
  summary.route = router_.route(head.path);
  const std::size_t size = headers.list_size();
  if (summary.route != nullptr && size == last_size_ && size <= kLargest) learn(headers, summary);
  last_size_ = size;
  return summary;
}

RequestSummary RequestMemo::recall() const {
  RequestSummary summary;
  summary.path = summary_.path;
  summary.content_type = summary_.content_type;
  summary.authority = summary_.authority;
  summary.timeout = summary_.timeout;
  summary.codec = summary_.codec;
  summary.route = summary_.route;
  return summary;
}

void RequestMemo::learn(const http::HeaderMap& headers, const RequestSummary& summary) {
  known_ = headers;
  summary_.path = summary.path;
  summary_.content_type = summary.content_type;
  summary_.authority = summary.authority;
  summary_.timeout = summary.timeout;
  summary_.codec = summary.codec;
  summary_.route = summary.route;
}

}  // namespace farcall::server
