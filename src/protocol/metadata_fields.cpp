#include "protocol/metadata_fields.hpp"

#include "rpc/base64.hpp"
#include "rpc/received_metadata.hpp"

#include <cstddef>
#include <string>

namespace farcall::protocol {
namespace {

/// Calls `each` with every value of a "-bin" field, which peers and proxies may have joined by commas, until
/// it says false.
template <class Each>
bool for_each_joined(std::string_view field, Each each) {
  while (true) {
    const auto comma = field.find(',');
    std::string_view value = field.substr(0, comma);
    while (value.starts_with(' ')) value.remove_prefix(1);
    while (value.ends_with(' ')) value.remove_suffix(1);
    if (!each(value)) return false;
    if (comma == std::string_view::npos) return true;
    field.remove_prefix(comma + 1);
  }
}

}  // namespace

bool is_metadata_field(std::string_view name) {
  if (name.starts_with(':')) return false;
  // Which attempt of a retried call this is, travels as metadata although no application may set it.
  return !rpc::is_reserved_name(name) || name == "grpc-previous-rpc-attempts";
}

bool is_binary_value(std::string_view value) {
  return for_each_joined(value, rpc::is_base64);
}

void append_metadata(http::HeaderMap& fields, const Metadata& metadata) {
  if (metadata.empty()) return;
  std::string encoded;
  for (const auto& [name, value] : metadata) {
    if (is_binary_name(name)) {
      encoded.clear();
      encoded.reserve(rpc::base64_size(value.size()));
      rpc::append_base64(encoded, value);
      fields.append(name, encoded);
    } else {
      fields.append(name, value);
    }
  }
}

Metadata metadata_from(const http::HeaderMap& fields) {
  Metadata metadata;
  std::string decoded;
  for (const http::Field& field : fields) {
    if (!is_metadata_field(field.name)) continue;
    if (!is_binary_name(field.name)) {
      rpc::ReceivedMetadata::append(metadata, field.name, field.value);
      continue;
    }
    for_each_joined(field.value, [&](std::string_view value) {
      decoded.clear();
      if (rpc::append_base64_decoded(decoded, value))
        rpc::ReceivedMetadata::append(metadata, field.name, decoded);
      return true;
    });
  }
  return metadata;
}

}  // namespace farcall::protocol
