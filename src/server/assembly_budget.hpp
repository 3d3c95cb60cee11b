#pragma once

#include "base/intrusive_list.hpp"
#include "base/time.hpp"

#include <cstddef>

namespace farcall::server {

/// A message that somebody waits for, or has waited for, and that has not arrived as a whole: what it holds
/// in memory, and the window that its sender is not granted yet.
class Assembly : private base::ListNode {
 public:
  [[nodiscard]] bool under_way() const { return linked(); }

 protected:
  virtual ~Assembly() = default;

  /// There is room for more: the window held back may be granted.
  virtual void on_room() = 0;
  /// Nothing has arrived for too long.
  virtual void on_stalled() = 0;

 private:
  friend class AssemblyBudget;
  template <class T>
  friend class base::IntrusiveList;

  /// By us, not by its sender.
  [[nodiscard]] bool is_held_back() const { return starved_ || paused_; }

  std::size_t held_ = 0;
  base::TimePoint progress_{};
  base::TimePoint paused_at_{};
  bool starved_ = false;
  bool paused_ = false;
};

/// Bounds what the incomplete messages of one connection hold, however many calls it has open (a hundred
/// calls of 4 MiB less one byte each would otherwise pin 400 MiB). Beyond the budget only the oldest message
/// may grow, so that one always completes; and one that stops growing while somebody waits for it is given
/// up. A reader that gives up waiting changes nothing of what the message holds: it stays in line, and its
/// time stands still until somebody reads again.
class AssemblyBudget {
 public:
  AssemblyBudget(std::size_t budget, base::Duration stall_timeout)
      : budget_(budget), stall_timeout_(stall_timeout) {}

  /// `assembly` holds `held` bytes by now, and gets in line if it was not. True if it may be sent more; if
  /// not, on_room follows.
  [[nodiscard]] bool grow(Assembly& assembly, std::size_t held, base::TimePoint now);
  /// Nobody waits for it at present; the next `grow` says that somebody does again.
  void pause(Assembly& assembly, base::TimePoint now) noexcept;
  /// The message is complete, or its call is over. Others may hear on_room.
  void leave(Assembly& assembly, base::TimePoint now);
  /// Ends what has not grown for the timeout, except where it was our side that did not let it: there was no
  /// room, or nobody reads. Returns when to check again, kNever if there is nothing to wait for.
  [[nodiscard]] base::TimePoint check(base::TimePoint now);

  [[nodiscard]] bool empty() { return line_.empty(); }
  [[nodiscard]] std::size_t held() const { return held_; }
  [[nodiscard]] base::Duration stall_timeout() const { return stall_timeout_; }

 private:
  [[nodiscard]] bool may_grow(const Assembly& assembly) {
    return held_ <= budget_ || &line_.front() == &assembly;
  }

  std::size_t budget_;
  base::Duration stall_timeout_;
  std::size_t held_ = 0;
  base::IntrusiveList<Assembly> line_;
};

}  // namespace farcall::server
