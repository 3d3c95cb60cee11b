#pragma once

#include "grpc/testing/messages.pb.h"

#include <farcall/call_options.hpp>
#include <farcall/status.hpp>

#include <string>

namespace interop {

/// No case may hang for ever; none takes a second on a loaded machine.
[[nodiscard]] farcall::CallOptions bounded();

/// Throws CaseFailed with `what` unless it holds.
void check(bool holds, const std::string& what);
void check_status(const farcall::Status& status, farcall::StatusCode expected);

/// `request_size` zeros, asking for `response_size` zeros.
[[nodiscard]] grpc::testing::SimpleRequest simple_request(int request_size, int response_size);

}  // namespace interop
