#include "server/assembly_budget.hpp"

#include "rpc/timeout.hpp"

#include <algorithm>
#include <utility>

namespace farcall::server {

bool AssemblyBudget::grow(Assembly& assembly, std::size_t held, base::TimePoint now) {
  if (!assembly.linked()) {
    assembly.held_ = 0;
    assembly.progress_ = now;
    assembly.starved_ = assembly.paused_ = false;
    line_.push_back(assembly);
  }
  if (std::exchange(assembly.paused_, false)) assembly.progress_ += now - assembly.paused_at_;
  // A new wait for the same bytes is no progress.
  if (held > assembly.held_ || assembly.starved_) assembly.progress_ = now;
  held_ += held - assembly.held_;
  assembly.held_ = held;
  assembly.starved_ = !may_grow(assembly);
  return !assembly.starved_;
}

void AssemblyBudget::pause(Assembly& assembly, base::TimePoint now) noexcept {
  if (assembly.paused_) return;
  assembly.paused_ = true;
  assembly.paused_at_ = now;
}

void AssemblyBudget::leave(Assembly& assembly, base::TimePoint now) {
  if (!assembly.linked()) return;
  held_ -= assembly.held_;
  assembly.unlink();
  for (Assembly& next : line_) {
    if (!may_grow(next)) break;
    if (!next.starved_ || next.paused_) continue;
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
      if (assembly.is_held_back() || rpc::deadline_after(assembly.progress_, stall_timeout_) > now) continue;
      assembly.on_stalled();
      ended = true;
      break;
    }
  }
  base::TimePoint next = base::kNever;
  for (Assembly& assembly : line_) {
    const base::TimePoint since = assembly.is_held_back() ? now : assembly.progress_;
    next = std::min(next, rpc::deadline_after(since, stall_timeout_));
  }
  return next;
}

}  // namespace farcall::server
