#pragma once

#include "connectrpc/conformance/v1/service.pb.h"

#include <farcall/metadata.hpp>
#include <farcall/status.hpp>

#include <functional>
#include <string_view>

/// Between what the suite's messages say and what farcall's types say.
namespace conformance {

namespace suite = connectrpc::conformance::v1;
using SuiteHeaders = google::protobuf::RepeatedPtrField<suite::Header>;

/// Calls `add` for every value of every header. The suite writes the value of a "-bin" name in base64; `add`
/// gets the bytes.
void for_each_value(const SuiteHeaders& headers,
                    const std::function<void(std::string_view name, std::string_view value)>& add);

/// One header for each name, with its values in their order.
[[nodiscard]] SuiteHeaders to_suite(const farcall::Metadata& metadata);

/// With the details, and `extra` behind them unless null.
[[nodiscard]] farcall::Status to_status(const suite::Error& error, const google::protobuf::Message* extra);
/// Of a status that is not OK.
[[nodiscard]] suite::Error to_suite(const farcall::Status& status);

}  // namespace conformance
