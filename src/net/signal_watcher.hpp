#pragma once

#include "net/loop.hpp"

#include <initializer_list>
#include <memory>

namespace farcall::net {

class SignalObserver {
 public:
  /// On the watcher's loop, each time one of the signals arrives. May destroy the watcher.
  virtual void on_signal(int signal) = 0;

 protected:
  ~SignalObserver() = default;
};

/// Turns signals of the process into calls on a loop, from construction to destruction (both on the loop's
/// thread, or while it does not run). The signals' former disposition is the default one again once the last
/// watcher is gone.
class SignalWatcher {
 public:
  /// Throws std::system_error when a signal cannot be caught.
  SignalWatcher(Loop& loop, std::initializer_list<int> signals, SignalObserver& observer);
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;
  ~SignalWatcher();

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace farcall::net
