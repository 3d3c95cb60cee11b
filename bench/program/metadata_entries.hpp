#pragma once

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace bench {

/// What servers send back of a call's metadata.
inline constexpr std::string_view kMetadataPrefix = "bench-";

/// Of a call's entries every fourth is another one in each call, as the identifiers of traces and requests
/// are; the others are always the same, as credentials and tenants are.
[[nodiscard]] constexpr bool varies(int entry) {
  return entry % 4 == 0;
}

[[nodiscard]] inline std::string metadata_name(int entry) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "bench-entry-%02d", entry);
  return name.data();
}

/// All values are so long.
inline constexpr std::size_t kMetadataValue = 16;

[[nodiscard]] inline std::string metadata_value(int entry, unsigned long call) {
  std::array<char, kMetadataValue + 1> value{};
  std::snprintf(value.data(), value.size(), "%016lx",
                varies(entry) ? call : 0x5eed0000UL + static_cast<unsigned long>(entry));
  return value.data();
}

}  // namespace bench
