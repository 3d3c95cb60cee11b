#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace farcall {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// "debug", "info", "warning", "error".
[[nodiscard]] std::string_view name(LogLevel level);

/// Receives what farcall has to say, one line without its newline at a time. Called on the event loops'
/// threads, on several at once when there are several loops; must not block and must not throw. The text is
/// valid during the call.
using LogSink = std::function<void(LogLevel, std::string_view)>;

/// Writes "farcall: warning: text" to stderr, leaving out what is less than a warning: the sink of a Runtime
/// that is given none.
void log_to_stderr(LogLevel level, std::string_view text);

}  // namespace farcall
