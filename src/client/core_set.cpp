#include "client/core_set.hpp"

#include <chrono>
#include <cstddef>
#include <future>
#include <utility>

namespace farcall::client {

CoreSet::CoreSet(const std::vector<net::Loop*>& loops, std::string target, ChannelOptions options,
                 const http2::Config& engine)
    : setup_(std::make_shared<const ChannelSetup>(std::move(target), std::move(options), engine)),
      connectivity_(std::make_shared<Connectivity>(
          setup_->target_status.ok() ? ConnectivityState::idle : ConnectivityState::transient_failure)) {
  for (net::Loop* loop : loops) {
    cores_.push_back(std::make_shared<ChannelCore>(*loop, setup_, connectivity_));
    cores_.back()->join(connectivity_->add(cores_.back()));
  }
}

const std::shared_ptr<ChannelCore>& CoreSet::pick() {
  if (cores_.size() == 1) return cores_.front();
  if (const net::Loop* here = net::Loop::current()) {
    for (const std::shared_ptr<ChannelCore>& core : cores_) {
      if (&core->loop() == here) return core;
    }
  }
  return cores_[next_.fetch_add(1, std::memory_order_relaxed) % cores_.size()];
}

void CoreSet::connect() {
  for (const std::shared_ptr<ChannelCore>& core : cores_) ChannelCore::leave_idle(core);
}

void CoreSet::close() {
  std::vector<std::shared_future<void>> ends;
  for (const std::shared_ptr<ChannelCore>& core : cores_) ends.push_back(ChannelCore::begin_close(core));
  if (net::Loop::current() != nullptr) return;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    // Once it is closed, the loop may be gone.
    if (ends[i].wait_for(std::chrono::seconds(0)) == std::future_status::ready) continue;
    cores_[i]->loop().await(
        [&end = ends[i]](base::Duration time) { return end.wait_for(time) == std::future_status::ready; });
  }
}

}  // namespace farcall::client
