#pragma once

#include "client/channel_core.hpp"
#include "client/channel_setup.hpp"
#include "client/connectivity.hpp"
#include "net/loop.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace farcall::client {

/// What a Channel stands on: a core for each loop that it runs on, and which of them a call goes to. Stubs
/// share it with the channel, after whose end calls find the cores closed. Any thread.
class CoreSet {
 public:
  /// `loops`: at least one. Throws as ChannelSetup.
  CoreSet(const std::vector<net::Loop*>& loops, std::string target, ChannelOptions options,
          const http2::Config& engine = http2::Config());
  CoreSet(const CoreSet&) = delete;
  CoreSet& operator=(const CoreSet&) = delete;

  [[nodiscard]] const ChannelSetup& setup() const { return *setup_; }
  [[nodiscard]] ConnectivityState state() const { return connectivity_->state(); }
  /// This thread's own, if it runs one of the loops; otherwise each in turn.
  [[nodiscard]] const std::shared_ptr<ChannelCore>& pick();
  void connect();
  /// As ChannelCore::close, for all of them.
  void close();

 private:
  std::shared_ptr<const ChannelSetup> setup_;
  std::shared_ptr<Connectivity> connectivity_;
  std::vector<std::shared_ptr<ChannelCore>> cores_;
  std::atomic<std::size_t> next_{0};
};

}  // namespace farcall::client
