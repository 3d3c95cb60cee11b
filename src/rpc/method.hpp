#pragma once

#include <farcall/status.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace farcall::rpc {

/// A :path, split. Views into it.
struct MethodName {
  std::string_view service;  ///< "enquiry.TrainStatus"
  std::string_view method;   ///< "ReturnTrainDetails"
};

/// Splits "/service/method" at the last slash. Nothing if the first slash, the service or the method is
/// missing.
[[nodiscard]] std::optional<MethodName> split_path(std::string_view path);

/// Whether it is such a path in characters that may stand in a :path, 0x21 to 0x7E.
[[nodiscard]] bool is_method_path(std::string_view path);

/// What a call ends with when one side sent no message, or a second one, where the method has exactly one.
/// All are UNIMPLEMENTED: the sides do not agree on what the method is.
enum class CardinalityError : std::uint8_t { no_request, extra_request, no_response, extra_response };
[[nodiscard]] Status cardinality_status(CardinalityError error);

}  // namespace farcall::rpc
