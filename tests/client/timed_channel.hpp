#pragma once

#include "base/time.hpp"
#include "calls.hpp"
#include "client/call.hpp"
#include "client/channel_core.hpp"
#include "client/core_set.hpp"
#include "client/state_wait.hpp"
#include "net/loop.hpp"
#include "net/loop_group.hpp"

#include <farcall/codegen/protobuf.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace farcall::client_test {

/// A channel whose loop lives by a clock that stands still until the test moves it. One at a time.
class TimedChannel {
 public:
  explicit TimedChannel(const std::string& target, const http2::Config& engine = http2::Config())
      : TimedChannel(target, ChannelOptions(), engine) {}
  TimedChannel(const std::string& target, ChannelOptions options,
               const http2::Config& engine = http2::Config())
      : loops_(1, options_with_clock()), cores_({&loops_.at(0)}, target, std::move(options), engine) {}
  TimedChannel(const TimedChannel&) = delete;
  TimedChannel& operator=(const TimedChannel&) = delete;
  ~TimedChannel() { cores_.close(); }

  [[nodiscard]] Op<Result<Text>> say(std::string_view words, CallOptions options = CallOptions()) {
    static constexpr codegen::ClientMethod kMethod("/test.Speech/Say", MethodKind::unary);
    auto call = std::make_unique<client::Call>(cores_.pick(), kMethod, std::move(options));
    call->take_request(codegen::serialize(text(words)));
    return Op<Result<Text>>(codegen::Ref<client::Call>(std::move(call)), codegen::OpStep::reply,
                            &codegen::take_reply<Text>);
  }
  [[nodiscard]] ClientStream<Text, Text> chat() {
    static constexpr codegen::ClientMethod kMethod("/test.Speech/Chat", MethodKind::bidi_streaming);
    codegen::Ref<client::Call> call(std::make_unique<client::Call>(cores_.pick(), kMethod, CallOptions()));
    call->launch();
    return codegen::stream_on<Text, Text>(codegen::Ref<codegen::ClientCall>(std::move(call)));
  }
  [[nodiscard]] net::Loop& loop() { return loops_.at(0); }
  [[nodiscard]] const std::shared_ptr<client::ChannelCore>& core() { return cores_.pick(); }
  [[nodiscard]] ConnectivityState state() {
    settle();
    return cores_.state();
  }
  [[nodiscard]] Op<ConnectivityState> state_change(ConnectivityState last,
                                                   std::optional<base::TimePoint> deadline = std::nullopt) {
    return client::StateWait::op(cores_.pick(), last, deadline);
  }
  void connect() { cores_.connect(); }

  [[nodiscard]] static base::TimePoint now() { return base::TimePoint(base::Duration(time_.load())); }
  /// Without telling anybody: the loop notices when something else wakes it.
  static void move_clock(base::Duration by) { time_ += by.count(); }
  /// And lets the loop see it.
  void advance(base::Duration by) {
    move_clock(by);
    settle();
  }
  template <class F>
  void on_loop(F f) {
    loops_.at(0).post(std::move(f));
  }
  /// Until the loop has done what was posted and what that has brought about.
  void settle() {
    for (int i = 0; i < 2; ++i) {
      std::promise<void> done;
      loops_.at(0).post([&done] { done.set_value(); });
      done.get_future().wait();
    }
  }

 private:
  static net::LoopOptions options_with_clock() {
    time_ = base::Clock::now().time_since_epoch().count();
    net::LoopOptions options;
    options.clock = &TimedChannel::now;
    return options;
  }

  static inline std::atomic<base::Duration::rep> time_{0};

  net::LoopGroup loops_;
  client::CoreSet cores_;
};

}  // namespace farcall::client_test
