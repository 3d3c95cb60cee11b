#pragma once

#include "program/metadata_entries.hpp"

#include <string>
#include <string_view>

/// Sends the client's entries "bench-..." back as initial metadata.
template <class Context>
void return_metadata(Context& context) {
  for (const auto& [name, value] : context.client_metadata()) {
    if (!std::string_view(name.data(), name.size()).starts_with(bench::kMetadataPrefix)) continue;
    context.AddInitialMetadata(std::string(name.data(), name.size()),
                               std::string(value.data(), value.size()));
  }
}
