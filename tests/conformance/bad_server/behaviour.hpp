#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bad_server {

/// The cases of gRPC's negative HTTP/2 tests (doc/negative-http2-interop-test-descriptions.md), and the two
/// of padding that its test server knows besides.
enum class Case : std::uint8_t {
  goaway,
  rst_after_header,
  rst_during_data,
  rst_after_data,
  ping,
  max_streams,
  data_frame_padding,
  no_df_padding_sanity_test,
};

[[nodiscard]] std::optional<Case> case_called(std::string_view name);
[[nodiscard]] std::vector<std::string> case_names();

/// What the case does to the DATA frames of a response.
struct DataShape {
  std::size_t largest_chunk = 16'384;
  std::optional<std::uint8_t> padding;
};
[[nodiscard]] DataShape data_shape(Case which);

/// What came to light over all connections.
struct Findings {
  std::size_t connections_with_calls = 0;
  std::size_t pings_sent = 0;
  std::size_t pings_acknowledged = 0;
  std::vector<std::string> violations;
};

/// What the client did wrong, as far as the server can tell; empty: nothing.
[[nodiscard]] std::vector<std::string> verdict(Case which, const Findings& findings);

}  // namespace bad_server
