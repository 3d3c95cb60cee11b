#include "client/call.hpp"
#include "client/channel_core.hpp"
#include "net/loop_group.hpp"

#include <farcall/channel.hpp>
#include <farcall/codegen/client.hpp>
#include <farcall/runtime.hpp>

#include <optional>
#include <string_view>
#include <thread>
#include <utility>

namespace farcall {

namespace {

RuntimeOptions one_loop() {
  RuntimeOptions options;
  options.loops = 1;
  return options;
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
    : own_runtime_(std::make_unique<Runtime>(one_loop())),
      core_(std::make_shared<client::ChannelCore>(own_runtime_->group().at(0), std::move(target),
                                                  std::move(options))) {}

Channel::Channel(Runtime& runtime, std::string target, ChannelOptions options)
    : core_(std::make_shared<client::ChannelCore>(runtime.group().next(), std::move(target),
                                                  std::move(options))) {}

Channel::~Channel() {
  client::ChannelCore::close(core_);
  if (!own_runtime_ || !codegen::on_loop_thread()) return;
  // The thread to join is this one, or this one must not block: another does it.
  std::thread([runtime = std::move(own_runtime_), core = std::move(core_)]() mutable {
    client::ChannelCore::close(core);
    runtime.reset();
  }).detach();
}

ConnectivityState Channel::state() const {
  return core_->state();
}

const std::string& Channel::target() const {
  return core_->target();
}

const Status& Channel::status() const {
  return core_->target_status();
}

namespace codegen {

ChannelHandle::ChannelHandle(const Channel& channel)
    : core_(channel.core()), codec_(core_->options().codec.get()) {}

Ref<ClientCall> make_call(const ChannelHandle& channel, const ClientMethod& method, CallOptions&& options,
                          Result<Buffer> request) {
  return Ref<client::Call>(
      std::make_unique<client::Call>(channel.core(), method, std::move(options), std::move(request)));
}

Ref<ClientCall> start_call(const ChannelHandle& channel, const ClientMethod& method, CallOptions&& options,
                           std::optional<Result<Buffer>> request) {
  Ref<client::Call> call(
      std::make_unique<client::Call>(channel.core(), method, std::move(options), std::move(request)));
  call->launch();
  return call;
}

}  // namespace codegen
}  // namespace farcall
