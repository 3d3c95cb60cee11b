#pragma once

#include "codegen/model.hpp"

#include <string>

namespace farcall::codegen {

/// The text of STEM.farcall.hpp and STEM.farcall.cpp.
[[nodiscard]] std::string emit_header(const FileModel& file);
[[nodiscard]] std::string emit_source(const FileModel& file);

}  // namespace farcall::codegen
