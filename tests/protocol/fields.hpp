#pragma once

#include "http/header_map.hpp"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace farcall::protocol {

using Pair = std::pair<std::string, std::string>;
using Pairs = std::vector<Pair>;

inline http::HeaderMap fields(const Pairs& pairs) {
  http::HeaderMap map;
  for (const auto& [name, value] : pairs) map.append(name, value);
  return map;
}

inline Pairs pairs(const http::HeaderMap& map) {
  Pairs all;
  for (const http::Field& field : map) all.emplace_back(field.name, field.value);
  return all;
}

}  // namespace farcall::protocol
