#include "client/connectivity.hpp"

#include "client/channel_core.hpp"

#include <algorithm>
#include <utility>

namespace farcall::client {

std::size_t Connectivity::add(std::weak_ptr<ChannelCore> core) {
  cores_.push_back(std::move(core));
  parts_.push_back(initial_);
  return parts_.size() - 1;
}

ConnectivityState Connectivity::sum() const {
  using enum ConnectivityState;
  for (const ConnectivityState which : {shutdown, ready, connecting, idle}) {
    if (std::find(parts_.begin(), parts_.end(), which) != parts_.end()) return which;
  }
  return transient_failure;
}

void Connectivity::set(std::size_t core, ConnectivityState state) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    parts_[core] = state;
    const ConnectivityState whole = sum();
    if (state_.exchange(whole, std::memory_order_acq_rel) == whole) return;
  }
  for (std::size_t i = 0; i < cores_.size(); ++i) {
    if (i == core) continue;
    if (const std::shared_ptr<ChannelCore> other = cores_[i].lock()) ChannelCore::look_at_connectivity(other);
  }
}

}  // namespace farcall::client
