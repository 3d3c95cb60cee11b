#include "rpc/method.hpp"

namespace farcall::rpc {

std::optional<MethodName> split_path(std::string_view path) {
  if (!path.starts_with('/')) return std::nullopt;
  const auto slash = path.rfind('/');
  if (slash < 2 || slash + 1 == path.size()) return std::nullopt;
  return MethodName{path.substr(1, slash - 1), path.substr(slash + 1)};
}

bool is_method_path(std::string_view path) {
  for (const char c : path) {
    if (c <= 0x20 || c >= 0x7F) return false;
  }
  return split_path(path).has_value();
}

Status cardinality_status(CardinalityError error) {
  switch (error) {
    case CardinalityError::no_request:
      return Status::unimplemented("the method takes exactly one request message, and none came");
    case CardinalityError::extra_request:
      return Status::unimplemented("the method takes exactly one request message, and more came");
    case CardinalityError::no_response:
      return Status::unimplemented("the method gives exactly one response message, and none came");
    case CardinalityError::extra_response:
      return Status::unimplemented("the method gives exactly one response message, and more came");
  }
  return Status::internal("an unlisted cardinality error");
}

}  // namespace farcall::rpc
