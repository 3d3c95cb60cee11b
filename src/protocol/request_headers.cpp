#include "protocol/content_type.hpp"
#include "protocol/grpc_client.hpp"
#include "protocol/metadata_fields.hpp"
#include "rpc/encoding.hpp"
#include "rpc/timeout.hpp"

#include <string>

namespace farcall::protocol {

void request_headers(http::HeaderMap& out, const RequestInfo& info) {
  out.clear();
  out.append(":method", "POST");
  out.append(":scheme", info.scheme);
  out.append(":path", info.path);
  out.append(":authority", info.authority);
  // Right behind the pseudo-header fields, where a proxy that looks for it finds it soonest.
  if (info.timeout) out.append("grpc-timeout", rpc::TimeoutText(*info.timeout).view());
  out.append("te", "trailers");
  if (info.subtype.empty()) {
    out.append("content-type", kGrpcContentType);
  } else {
    out.append("content-type", std::string(kGrpcContentType).append("+").append(info.subtype));
  }
  out.append("grpc-accept-encoding", rpc::kAcceptedEncodings);
  out.append("user-agent", info.user_agent);
  if (info.metadata) append_metadata(out, *info.metadata);
}

}  // namespace farcall::protocol
