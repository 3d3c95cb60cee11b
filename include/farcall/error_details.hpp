#pragma once

#include <farcall/status.hpp>

#include <google/protobuf/any.pb.h>

#include <concepts>
#include <optional>
#include <utility>
#include <vector>

/// Rich errors: any messages beside a status, of one's own or those of google/rpc/error_details.proto
/// (https://google.aip.dev/193).
///
///     co_return farcall::with_details(farcall::Status::invalid_argument("two fields"), bad_request, help);
///     if (auto violations = farcall::detail<google::rpc::BadRequest>(status)) ...
///
/// They travel as a google.rpc.Status in grpc-status-details-bin, which every gRPC implementation reads.
/// farcall brings no generated google.rpc.Status, so that it can be linked with whatever else does.
namespace farcall {

namespace codegen {
[[nodiscard]] Status add_detail(Status status, const google::protobuf::Any& detail);
[[nodiscard]] Status add_detail(Status status, const google::protobuf::Message& detail);
}  // namespace codegen

/// The same status with these messages behind the details that it has, which are replaced only if they cannot
/// be read; an Any goes as it is. An OK status has no details and stays as it is. Details that do not fit
/// into the client's limit for headers (often 8 KiB, in base64) are left out on their way.
template <std::derived_from<google::protobuf::Message>... Details>
[[nodiscard]] Status with_details(Status status, const Details&... details) {
  ((status = codegen::add_detail(std::move(status), details)), ...);
  return status;
}

/// All details of a status, in order; none for one without details, or with bytes that are no
/// google.rpc.Status. The code and the message in there are not looked at: those of the status count.
[[nodiscard]] std::vector<google::protobuf::Any> details(const Status& status);

/// The first of the details that is a Detail.
template <std::derived_from<google::protobuf::Message> Detail>
[[nodiscard]] std::optional<Detail> detail(const Status& status) {
  for (const google::protobuf::Any& any : details(status)) {
    std::optional<Detail> unpacked(std::in_place);
    if (any.UnpackTo(&*unpacked)) return unpacked;
  }
  return std::nullopt;
}

}  // namespace farcall
