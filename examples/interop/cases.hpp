#pragma once

#include <farcall/channel.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace interop {

/// What a case throws when the server did not do what the case asks of it.
class CaseFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The cases by gRPC's names, in its order.
[[nodiscard]] std::vector<std::string_view> case_names();

/// Runs one case over `channel`. Throws CaseFailed, or std::invalid_argument for a name that is not in
/// `case_names`.
void run_case(std::string_view name, farcall::Channel& channel);

}  // namespace interop
