#include "server/assembly_budget.hpp"

#include "rpc/timeout.hpp"

#include <algorithm>

namespace farcall::server {

bool AssemblyBudget::grow(Assembly& assembly, std::size_t held, base::TimePoint now) {
  if (!assembly.linked()) {
    assembly.held_ = 0;
    line_.push_back(assembly);
  }
  held_ += held - assembly.held_;
  assembly.held_ = held;
  assembly.progress_ = now;
  assembly.starved_ = !may_grow(assembly);
  return !assembly.starved_;
}

void AssemblyBudget::leave(Assembly& assembly, base::TimePoint now) {
  if (!assembly.linked()) return;
  held_ -= assembly.held_;
  assembly.unlink();
  for (Assembly& next : line_) {
    if (!may_grow(next)) break;
    if (!next.starved_) continue;
    next.starved_ = false;
    next.progress_ = now;
    next.on_room();
  }
}

base::TimePoint AssemblyBudget::check(base::TimePoint now) {
  // Ending one lets others grow, and thereby changes the line: begin anew after each.
  for (bool ended = true; ended;) {
    ended = false;
    for (Assembly& assembly : line_) {
      if (assembly.starved_ || rpc::deadline_after(assembly.progress_, stall_timeout_) > now) continue;
      assembly.on_stalled();
      ended = true;
      break;
    }
  }
  base::TimePoint next = base::kNever;
  for (Assembly& assembly : line_) {
    next = std::min(
        next, rpc::deadline_after(std::max(assembly.progress_, assembly.starved_ ? now : assembly.progress_),
                                  stall_timeout_));
  }
  return next;
}

}  // namespace farcall::server
