#pragma once

#include "connectrpc/conformance/v1/client_compat.pb.h"

#include <farcall/channel.hpp>
#include <farcall/runtime.hpp>
#include <farcall/task.hpp>

namespace conformance {

namespace suite = connectrpc::conformance::v1;

/// Makes the call that one case of the suite asks for, over a channel of its own, and tells how it went: what
/// a case asks that this client cannot do is an error of the case, not of the call. `runtime` has one loop,
/// the one that this runs on.
[[nodiscard]] farcall::Task<suite::ClientCompatResponse> invoke(farcall::Runtime& runtime,
                                                                suite::ClientCompatRequest request);

}  // namespace conformance
