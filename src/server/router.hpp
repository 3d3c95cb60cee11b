#pragma once

#include <farcall/codegen/service.hpp>
#include <farcall/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace farcall::server {

/// Who serves a path.
struct Route {
  codegen::ServiceBase* service = nullptr;
  const codegen::MethodBinding* method = nullptr;
};

/// The methods of a server's services by their exact path, in a flat hash table. Filled in before the server
/// starts; `find` may be called on any number of threads after that.
class Router {
 public:
  /// ALREADY_EXISTS if a method is served already; then nothing of `service` was added.
  Status add(codegen::ServiceBase& service);

  /// Null if nobody serves it. Valid as long as the router.
  [[nodiscard]] const Route* find(std::string_view path) const {
    if (slots_.empty()) return nullptr;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t i = hash(path) & mask;; i = (i + 1) & mask) {
      const std::uint32_t slot = slots_[i];
      if (slot == kFree) return nullptr;
      if (routes_[slot].method->path == path) return &routes_[slot];
    }
  }

  /// `service`, whose one method serves every path that `find` does not know. ALREADY_EXISTS a second time.
  Status set_fallback(codegen::ServiceBase& service);
  /// As `find`, and the fallback for the rest, if there is one.
  [[nodiscard]] const Route* route(std::string_view path) const {
    if (const Route* found = find(path)) return found;
    return fallback_.service == nullptr ? nullptr : &fallback_;
  }

  [[nodiscard]] bool empty() const { return routes_.empty() && fallback_.service == nullptr; }
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  static constexpr std::uint32_t kFree = UINT32_MAX;

  static std::size_t hash(std::string_view path);
  void rebuild();

  std::vector<Route> routes_;
  Route fallback_;
  /// Indices of routes_, at most half of them used.
  std::vector<std::uint32_t> slots_;
};

}  // namespace farcall::server
