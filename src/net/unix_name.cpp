#include "net/unix_name.hpp"

#include "net/host_port.hpp"

#include <string>
#include <sys/un.h>

namespace farcall::net {
namespace {

// Less one byte: for the NUL that ends a path, or the NUL that an abstract name begins with.
constexpr std::size_t kMostBytes = sizeof(sockaddr_un::sun_path) - 1;

ErrorText too_long(std::string_view what) {
  return {std::string(what) + " is longer than the " + std::to_string(kMostBytes) +
          " bytes that a Unix socket's name may have; choose a shorter one"};
}

}  // namespace

bool is_unix_name(std::string_view text) {
  return text.starts_with("unix:") || text.starts_with("unix-abstract:");
}

Parsed<Address> parse_unix_name(std::string_view text) {
  if (take_prefix(text, "unix-abstract:")) {
    if (text.empty()) return ErrorText{"the name is missing; write \"unix-abstract:name\""};
    if (text.size() > kMostBytes) return too_long("the name");
    return Address::unix_abstract(std::string(text));
  }
  static_cast<void>(take_prefix(text, "unix:"));
  if (take_prefix(text, "//") && !text.starts_with('/')) {
    return ErrorText{"after \"unix://\" the path must be absolute; write \"unix:///path\" or \"unix:path\""};
  }
  if (text.empty()) return ErrorText{"the path is missing; write \"unix:/path\""};
  if (text.find('\0') != std::string_view::npos) return ErrorText{"the path contains a NUL byte"};
  if (text.size() > kMostBytes) return too_long("the path");
  return Address::unix_path(std::string(text));
}

}  // namespace farcall::net
