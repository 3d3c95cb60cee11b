#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::codegen {

/// "ReturnTrainDetails" → "return_train_details", "GetHTTPInfo" → "get_http_info", "V2Get" → "v2_get". Runs
/// of underscores become one, since C++ reserves names with two.
[[nodiscard]] std::string snake_case(std::string_view name);

/// A name that C++, or a macro of its standard headers, has taken gets an underscore at its end.
[[nodiscard]] std::string escape_keyword(std::string_view name);

/// "a.b.class" → {"a", "b", "class_"}, as protobuf names the namespaces of its own code.
[[nodiscard]] std::vector<std::string> namespace_parts(std::string_view package);

/// The names of one C++ scope: gives each newcomer one that nobody has, by adding underscores.
class NameScope {
 public:
  explicit NameScope(std::set<std::string> taken) : taken_(std::move(taken)) {}
  [[nodiscard]] std::string claim(std::string_view wanted);

 private:
  std::set<std::string> taken_;
};

}  // namespace farcall::codegen
