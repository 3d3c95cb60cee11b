#pragma once

#include "base/time.hpp"
#include "calls.hpp"
#include "client/call.hpp"
#include "client/channel_core.hpp"
#include "net/loop.hpp"
#include "net/loop_group.hpp"

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
      : loops_(1, options_with_clock()),
        core_(std::make_shared<client::ChannelCore>(loops_.at(0), target, ChannelOptions(), engine)) {}
  TimedChannel(const TimedChannel&) = delete;
  TimedChannel& operator=(const TimedChannel&) = delete;
  ~TimedChannel() { client::ChannelCore::close(core_); }

  [[nodiscard]] Op<Result<Text>> say(std::string_view words, CallOptions options = CallOptions()) {
    static constexpr codegen::ClientMethod kMethod("/test.Speech/Say", MethodKind::unary);
    auto call =
        std::make_unique<client::Call>(core_, kMethod, std::move(options), codegen::serialize(text(words)));
    return Op<Result<Text>>(codegen::Ref<client::Call>(std::move(call)), codegen::OpStep::reply,
                            &codegen::take_reply<Text>);
  }
  [[nodiscard]] net::Loop& loop() { return loops_.at(0); }
  [[nodiscard]] ConnectivityState state() {
    settle();
    return core_->state();
  }

  [[nodiscard]] static base::TimePoint now() { return base::TimePoint(base::Duration(time_.load())); }
  /// Without telling anybody: the loop notices when something else wakes it.
  static void move_clock(base::Duration by) { time_ += by.count(); }
  /// And lets the loop see it.
  void advance(base::Duration by) {
    move_clock(by);
    settle();
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
  std::shared_ptr<client::ChannelCore> core_;
};

}  // namespace farcall::client_test
