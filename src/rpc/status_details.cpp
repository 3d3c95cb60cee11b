// google.rpc.Status by hand: a generated one in here would meet its namesake in programs that link
// googleapis, and protobuf ends the process when two files register one name.
//
//   message Status { int32 code = 1; string message = 2; repeated google.protobuf.Any details = 3; }

#include "rpc/status_details.hpp"

#include <farcall/error_details.hpp>

#include <climits>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>
#include <string>
#include <utility>

namespace farcall {
namespace {

using google::protobuf::Any;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;
using Wire = google::protobuf::internal::WireFormatLite;

constexpr int kCode = 1;
constexpr int kMessage = 2;
constexpr int kDetails = 3;
constexpr std::uint32_t kDetailsTag =
    google::protobuf::internal::WireFormatLite::MakeTag(kDetails, Wire::WIRETYPE_LENGTH_DELIMITED);

/// Gives the bytes of each of the details to `take`, which says whether they will do. False if these bytes
/// are no google.rpc.Status.
template <class Take>
bool read_details(std::string_view bytes, Take take) {
  if (bytes.size() > INT_MAX) return false;
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = in.ReadTag()) {
    if (tag != kDetailsTag) {
      if (!Wire::SkipField(&in, tag)) return false;
      continue;
    }
    std::uint32_t size = 0;
    if (!in.ReadVarint32(&size)) return false;
    const std::string_view rest = bytes.substr(static_cast<std::size_t>(in.CurrentPosition()));
    if (size > rest.size() || !take(rest.substr(0, size)) || !in.Skip(static_cast<int>(size))) return false;
  }
  return in.ConsumedEntireMessage();
}

/// Whether it has the form of a message, without a look at its fields.
bool is_message(std::string_view bytes) {
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  return Wire::SkipMessage(&in) && in.ConsumedEntireMessage();
}

void append(CodedOutputStream& out, int field, const std::string& bytes) {
  out.WriteTag(Wire::MakeTag(field, Wire::WIRETYPE_LENGTH_DELIMITED));
  out.WriteVarint32(static_cast<std::uint32_t>(bytes.size()));
  out.WriteString(bytes);
}

std::string packed(const Status& status, const std::vector<Any>& details) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  CodedOutputStream out(&stream);
  out.WriteTag(Wire::MakeTag(kCode, Wire::WIRETYPE_VARINT));
  out.WriteVarint32SignExtended(static_cast<std::int32_t>(status.code()));
  if (!status.message().empty()) append(out, kMessage, status.message());
  for (const Any& detail : details) append(out, kDetails, detail.SerializeAsString());
  out.Trim();
  return bytes;
}

}  // namespace

namespace rpc {

bool are_status_details(std::string_view bytes) {
  return read_details(bytes, &is_message);
}

}  // namespace rpc

std::vector<Any> details(const Status& status) {
  std::vector<Any> found;
  const bool readable = read_details(status.details(), [&](std::string_view bytes) {
    return found.emplace_back().ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  });
  if (!readable) found.clear();
  return found;
}

namespace codegen {

Status add_detail(Status status, const Any& detail) {
  if (status.ok()) return status;
  std::vector<Any> all = details(status);
  all.push_back(detail);
  return Status(status.code(), status.message(), packed(status, all), status.origin());
}

Status add_detail(Status status, const google::protobuf::Message& detail) {
  Any any;
  any.set_type_url("type.googleapis.com/" + detail.GetTypeName());
  any.set_value(detail.SerializePartialAsString());
  return add_detail(std::move(status), any);
}

}  // namespace codegen
}  // namespace farcall
