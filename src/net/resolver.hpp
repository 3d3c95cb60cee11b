#pragma once

#include "net/address.hpp"
#include "net/loop.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace farcall::net {

/// Hears the outcome of `resolve`, once, on the loop's thread and never from inside `resolve`. Both calls may
/// destroy the Resolving.
class ResolveObserver {
 public:
  /// At least one address, in the order to try them, without repetitions.
  virtual void on_resolved(std::vector<Address> addresses) = 0;
  /// One line, such as "cannot resolve 'nowhere': Host not found (authoritative)". Valid during the call.
  virtual void on_resolve_failed(std::string_view reason) = 0;

 protected:
  ~ResolveObserver() = default;
};

/// A look-up under way. Destroying it (on the loop's thread) cancels it: the observer hears nothing more.
class Resolving {
 public:
  virtual ~Resolving() = default;
};

/// Looks up the addresses of `host`, on the loop's thread. A numeric host needs no look-up.
///
/// Names go through getaddrinfo, which blocks: the loop then starts one thread of its own for it, which it
/// keeps until it is destroyed. A look-up that is cancelled may still occupy that thread until getaddrinfo
/// returns, and destroying the loop waits for it.
[[nodiscard]] std::unique_ptr<Resolving> resolve(Loop& loop, const std::string& host, std::uint16_t port,
                                                 ResolveObserver& observer);

}  // namespace farcall::net
