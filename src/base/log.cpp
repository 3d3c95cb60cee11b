#include <farcall/log.hpp>

#include <cstdio>
#include <string>

namespace farcall {

std::string_view name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

void log_to_stderr(LogLevel level, std::string_view text) {
  if (level < LogLevel::warning) return;
  std::string line = "farcall: ";
  line.append(name(level)).append(": ").append(text).append("\n");
  // One call, so that lines of several threads do not mix.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace farcall
