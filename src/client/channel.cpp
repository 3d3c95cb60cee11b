#include "client/call.hpp"
#include "client/channel_core.hpp"
#include "client/core_set.hpp"
#include "net/loop_group.hpp"

#include <farcall/channel.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/runtime.hpp>

#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace farcall {

namespace {

RuntimeOptions one_loop() {
  RuntimeOptions options;
  options.loops = 1;
  return options;
}

std::vector<net::Loop*> loops_for(const ChannelOptions& options, net::LoopGroup& group) {
  if (!options.connection_per_loop) return {&group.next()};
  std::vector<net::Loop*> loops;
  for (std::size_t i = 0; i < group.size(); ++i) loops.push_back(&group.at(i));
  return loops;
}

}  // namespace

std::string_view name(ConnectivityState state) {
  switch (state) {
    case ConnectivityState::idle:
      return "IDLE";
    case ConnectivityState::connecting:
      return "CONNECTING";
    case ConnectivityState::ready:
      return "READY";
    case ConnectivityState::transient_failure:
      return "TRANSIENT_FAILURE";
    case ConnectivityState::shutdown:
      return "SHUTDOWN";
  }
  return "UNKNOWN";
}

Channel::Channel(std::string target, ChannelOptions options)
    : own_runtime_(std::make_unique<Runtime>(one_loop())) {
  const std::vector<net::Loop*> loops = loops_for(options, own_runtime_->group());
  cores_ = std::make_shared<client::CoreSet>(loops, std::move(target), std::move(options));
}

Channel::Channel(Runtime& runtime, std::string target, ChannelOptions options) {
  const std::vector<net::Loop*> loops = loops_for(options, runtime.group());
  cores_ = std::make_shared<client::CoreSet>(loops, std::move(target), std::move(options));
}

Channel::~Channel() {
  cores_->close();
  if (!own_runtime_ || !codegen::on_loop_thread()) return;
  // The thread to join is this one, or this one must not block: another does it.
  std::thread([runtime = std::move(own_runtime_), cores = std::move(cores_)]() mutable {
    cores->close();
    runtime.reset();
  }).detach();
}

ConnectivityState Channel::state() const {
  return cores_->state();
}

Op<ConnectivityState> Channel::state_change(
    ConnectivityState last, std::optional<std::chrono::steady_clock::time_point> deadline) const {
  return client::StateWait::op(cores_->pick(), last, deadline);
}

void Channel::connect() {
  cores_->connect();
}

const std::string& Channel::target() const {
  return cores_->setup().target_text;
}

const Status& Channel::status() const {
  return cores_->setup().target_status;
}

namespace codegen {

ChannelHandle::ChannelHandle(const Channel& channel)
    : cores_(channel.cores()), codec_(cores_->setup().options.codec.get()) {}
ChannelHandle::ChannelHandle(const ChannelHandle& other) = default;
ChannelHandle& ChannelHandle::operator=(const ChannelHandle& other) = default;
ChannelHandle::~ChannelHandle() = default;

}  // namespace codegen
}  // namespace farcall
