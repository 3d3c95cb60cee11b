#include "server/router.hpp"

#include <bit>
#include <cstring>
#include <string>

namespace farcall::server {

/// Eight bytes at a time. The paths in the table are the server's own, so nobody can choose them to collide;
/// a client can only choose what is looked up.
std::size_t Router::hash(std::string_view path) {
  constexpr std::uint64_t kFactor = 0x9E37'79B9'7F4A'7C15;
  std::uint64_t state = path.size() * kFactor;
  const char* at = path.data();
  std::size_t left = path.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    state = (std::rotl(state, 23) ^ word) * kFactor;
  }
  std::uint64_t word = 0;
  std::memcpy(&word, at, left);
  state = (std::rotl(state, 23) ^ word) * kFactor;
  return static_cast<std::size_t>(state ^ (state >> 32));
}

Status Router::add(codegen::ServiceBase& service) {
  for (const codegen::MethodBinding& method : service.methods()) {
    if (find(method.path) != nullptr) {
      return Status(StatusCode::already_exists, "two services have the method " + std::string(method.path) +
                                                    ": add the service " +
                                                    std::string(service.service_name()) + " only once");
    }
  }
  for (const codegen::MethodBinding& method : service.methods()) routes_.push_back({&service, &method});
  rebuild();
  return Status();
}

Status Router::set_fallback(codegen::ServiceBase& service) {
  if (fallback_.service != nullptr) {
    return Status::already_exists("two services are to serve the methods that no other one has: add one");
  }
  fallback_ = {&service, &service.methods().front()};
  return Status();
}

void Router::rebuild() {
  slots_.assign(std::bit_ceil(2 * routes_.size() + 1), kFree);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t route = 0; route < routes_.size(); ++route) {
    std::size_t i = hash(routes_[route].method->path) & mask;
    while (slots_[i] != kFree) i = (i + 1) & mask;
    slots_[i] = route;
  }
}

}  // namespace farcall::server
