#pragma once

namespace farcall {

/// The version of the library (semantic versioning: see CHANGELOG.md).
inline constexpr int kVersionMajor = 0;
inline constexpr int kVersionMinor = 1;
inline constexpr int kVersionPatch = 0;

}  // namespace farcall
