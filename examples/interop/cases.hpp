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

struct Case {
  std::string_view name;
  void (*run)(farcall::Channel&);
};

/// The cases that every server of the interoperability tests passes, in the order of gRPC's description
/// (doc/interop-test-descriptions.md).
[[nodiscard]] const std::vector<Case>& standard_cases();

/// The cases that need a server of another kind: one that names itself (pick_first_unary), or one that
/// misbehaves on purpose (doc/negative-http2-interop-test-descriptions.md).
[[nodiscard]] const std::vector<Case>& special_cases();

/// A unary call with payloads of zeros. Throws CaseFailed.
void large_unary(farcall::Channel& channel, int request_size = 271'828, int response_size = 314'159);

}  // namespace interop
