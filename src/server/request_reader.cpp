#include "server/request_reader.hpp"

#include <utility>

namespace farcall::server {

const RequestSummary& RequestReader::read_fields(http::HeaderMap& headers, bool too_large,
                                                 std::unique_ptr<protocol::Rejection>& rejection) {
  protocol::RequestHead head = protocol::parse_request(headers, too_large, codecs_.names());
  summary_ = {head.path, head.content_type, head.authority, head.timeout, nullptr, nullptr, nullptr};
  rejection = std::move(head.rejection);
  if (rejection) return summary_;
  summary_.codec = codecs_.find(head.subtype);
  summary_.route = router_.route(head.path);
  summary_.plain_headers = answers_.plain_headers(head.content_type);
  if (summary_.route == nullptr || !headers.shared()) return summary_;
  auto known = std::make_unique<Known>(summary_);
  const RequestSummary& kept = known->summary;
  headers.keep_meaning(std::move(known));
  return kept;
}

}  // namespace farcall::server
