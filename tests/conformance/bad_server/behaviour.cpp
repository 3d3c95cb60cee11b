#include "behaviour.hpp"

#include <utility>

namespace bad_server {
namespace {

constexpr std::pair<std::string_view, Case> kCases[] = {
    {"goaway", Case::goaway},
    {"rst_after_header", Case::rst_after_header},
    {"rst_during_data", Case::rst_during_data},
    {"rst_after_data", Case::rst_after_data},
    {"ping", Case::ping},
    {"max_streams", Case::max_streams},
    {"data_frame_padding", Case::data_frame_padding},
    {"no_df_padding_sanity_test", Case::no_df_padding_sanity_test},
};

/// Nearly all of a padded frame is padding.
constexpr std::size_t kSmallChunk = 5;
constexpr std::uint8_t kLargePadding = 255;

}  // namespace

std::optional<Case> case_called(std::string_view name) {
  for (const auto& [known, which] : kCases) {
    if (known == name) return which;
  }
  return std::nullopt;
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : kCases) names.emplace_back(entry.first);
  return names;
}

DataShape data_shape(Case which) {
  if (which == Case::data_frame_padding) return {kSmallChunk, kLargePadding};
  if (which == Case::no_df_padding_sanity_test) return {kSmallChunk, std::nullopt};
  return {};
}

std::vector<std::string> verdict(Case which, const Findings& findings) {
  std::vector<std::string> wrong = findings.violations;
  if (findings.connections_with_calls == 0) wrong.emplace_back("no call came");
  if (which == Case::goaway && findings.connections_with_calls == 1)
    wrong.emplace_back("both calls came on the connection that had said GOAWAY");
  if (which == Case::ping && findings.pings_acknowledged != findings.pings_sent)
    wrong.push_back("of " + std::to_string(findings.pings_sent) + " PINGs only " +
                    std::to_string(findings.pings_acknowledged) + " were acknowledged");
  return wrong;
}

}  // namespace bad_server
