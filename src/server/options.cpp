#include <farcall/server.hpp>

namespace farcall {

ServerOptions::ServerOptions() = default;
ServerOptions::ServerOptions(const ServerOptions&) = default;
ServerOptions::ServerOptions(ServerOptions&&) noexcept = default;
ServerOptions& ServerOptions::operator=(const ServerOptions&) = default;
ServerOptions& ServerOptions::operator=(ServerOptions&&) noexcept = default;
ServerOptions::~ServerOptions() = default;

}  // namespace farcall
