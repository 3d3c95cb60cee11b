#include "server/request_reader.hpp"

#include "protocol/metadata_fields.hpp"
#include "rpc/timeout.hpp"

#include <bit>
#include <cstdint>
#include <utility>

namespace farcall::server {

/// Headers that mean what others mean, which were read before, but for metadata and the timeout. False if
/// there is more to it; `read_fields` leads to the same.
bool RequestReader::read_variation(const http::HeaderMap& headers) {
  const http::Meaning* known = headers.varied_meaning();
  if (known == nullptr) return false;
  summary_ = static_cast<const Known*>(known)->summary;
  for (std::uint32_t left = headers.varied(); left != 0; left &= left - 1) {
    const auto place = static_cast<std::size_t>(std::countr_zero(left));
    const http::Field field = headers[place];
    if (field.known == http::KnownName::grpc_timeout) {
      for (std::size_t behind = place + 1; behind < headers.size(); ++behind) {
        if (headers[behind].known == field.known) return false;  // the last one counts
      }
      summary_.timeout = rpc::parse_timeout(field.value);
      if (!summary_.timeout) return false;
    } else if (field.known != http::KnownName::other || protocol::is_binary_name(field.name)) {
      return false;
    }
  }
  return true;
}

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
