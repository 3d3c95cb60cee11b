#include "protocol/content_type.hpp"

namespace farcall::protocol {

std::optional<std::string_view> grpc_subtype(std::string_view content_type) {
  if (!content_type.starts_with(kGrpcContentType)) return std::nullopt;
  content_type.remove_prefix(kGrpcContentType.size());
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ')) content_type.remove_suffix(1);
  if (content_type.empty()) return content_type;
  if (content_type.front() != '+') return std::nullopt;
  return content_type.substr(1);
}

}  // namespace farcall::protocol
