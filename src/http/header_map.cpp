#include "http/header_map.hpp"

namespace farcall::http {

std::optional<std::string_view> HeaderMap::find(std::string_view name) const {
  for (Field field : *this) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

}  // namespace farcall::http
