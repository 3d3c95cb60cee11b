#include "load/connection.hpp"
#include "load/hold.hpp"
#include "load/options.hpp"
#include "load/poll.hpp"
#include "load/traffic.hpp"
#include "program/bounds.hpp"
#include "program/report.hpp"
#include "program/sockets.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace bench::load {
namespace {

/// All connections to the server and the timer of an open loop.
class Load {
 public:
  explicit Load(const Options& options) : request_(options), epoll_(make_epoll()) {
    timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (timer_ < 0) floor_peer::surprised("no timer");
    watch(epoll_, timer_, nullptr);
    Traffic none(0, 0, 0);
    for (int i = 0; i < options.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(epoll_, options, request_));
      // One after the other: a server's queue of new connections is short.
      while (!connections_.back()->greeted()) turn(none);
    }
  }

  void run(Traffic& traffic) {
    while (!traffic.over()) {
      dispatch(traffic);
      arm(traffic);
      turn(traffic);
    }
  }

 private:
  /// Gives the calls that are due to the connections in turn.
  void dispatch(Traffic& traffic) {
    const Moment at = now();
    // A closed loop is filled once; then each call that ends begins another one.
    if (!traffic.has_rate() && traffic.begun() > 0) return;
    for (std::size_t tried = 0; tried < connections_.size(); ++tried) {
      if (traffic.has_rate() && traffic.next().value_or(UINT64_MAX) > at) return;
      Connection& connection = *connections_[next_];
      next_ = (next_ + 1) % connections_.size();
      if (!connection.has_room()) continue;
      if (traffic.has_rate()) tried = 0;
      connection.fill(traffic, at, traffic.has_rate() ? 1 : UINT32_MAX);
      connection.flush();
    }
  }

  void arm(const Traffic& traffic) {
    const std::optional<Moment> next = traffic.next();
    if (!next || *next == armed_) return;
    armed_ = *next;
    itimerspec when{};
    when.it_value.tv_sec = static_cast<time_t>(armed_ / 1'000'000'000);
    when.it_value.tv_nsec = static_cast<long>(armed_ % 1'000'000'000);
    ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
  }

  void turn(Traffic& traffic) {
    if (!poll(epoll_, traffic, kPatience)) floor_peer::surprised("no answer within 30 s");
    std::uint64_t expirations = 0;
    if (traffic.has_rate()) [[maybe_unused]]
      const ssize_t got = ::read(timer_, &expirations, sizeof expirations);
  }

  Request request_;
  int epoll_;
  int timer_ = -1;
  Moment armed_ = 0;
  std::size_t next_ = 0;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace
}  // namespace bench::load

int main(int argc, char** argv) {
  using namespace bench;
  load::Options options;
  if (const auto status = load::parse(argc, argv, options)) return *status;
  end_after(kClientSeconds);
  raise_descriptor_limit();
  if (options.hold > 0) {
    load::hold(options);
    return 0;
  }
  load::Load load(options);
  load::Traffic warm_up(options.measured() / 10 + 1, options.rate, load::now());
  load.run(warm_up);
  const Usage before = Usage::now();
  load::Traffic measured(options.measured(), options.rate, load::now());
  load.run(measured);
  report(before, measured.calls(), measured.messages(), &measured.latency());
}
