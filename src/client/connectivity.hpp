#pragma once

#include <farcall/channel.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace farcall::client {

class ChannelCore;

/// What the cores of one channel are up to, and what that amounts to by gRPC's rule: ready if one is,
/// otherwise connecting if one is, otherwise idle if one is, otherwise in transient failure; shut down as
/// soon as one is, since they end together. Any thread.
class Connectivity {
 public:
  /// `initial`: of all cores.
  explicit Connectivity(ConnectivityState initial) : initial_(initial), state_(initial) {}

  /// One more core. Before anything else is done with it; returns the core's number.
  std::size_t add(std::weak_ptr<ChannelCore> core);

  [[nodiscard]] ConnectivityState state() const { return state_.load(std::memory_order_acquire); }
  /// On the core's thread. If that changes the whole, the other cores are told to look at it.
  void set(std::size_t core, ConnectivityState state);

 private:
  [[nodiscard]] ConnectivityState sum() const;

  const ConnectivityState initial_;
  std::vector<std::weak_ptr<ChannelCore>> cores_;
  /// Guards `parts_`; never held while anything else is called.
  std::mutex mutex_;
  std::vector<ConnectivityState> parts_;
  std::atomic<ConnectivityState> state_;
};

}  // namespace farcall::client
