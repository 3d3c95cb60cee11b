#pragma once

#include "net/lifeline.hpp"
#include "net/loop.hpp"
#include "net/resolver.hpp"

#include <farcall/resolver.hpp>

#include <memory>
#include <string>

namespace farcall::client {

/// A name on its way through a user's resolver. Loop's thread; the observer is told in a later turn.
class Resolution final : public net::Resolving {
 public:
  Resolution(net::Loop& loop, std::shared_ptr<Resolver> resolver, std::string name,
             net::ResolveObserver& observer);
  /// Destroys the resolver's Task, or, if that waits for something foreign, leaves it behind until it has
  /// stopped doing so, which is logged. If the loop ends before that the Task is abandoned: it is not
  /// destroyed, since whoever it waits for may resume it.
  ~Resolution() override;

 private:
  class Root;

  void conclude();

  net::ResolveObserver& observer_;
  std::unique_ptr<Root> root_;
  net::Lifeline<Resolution> line_{*this};
};

}  // namespace farcall::client
