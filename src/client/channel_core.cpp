#include "client/channel_core.hpp"

#include "rpc/codec.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace farcall::client {

namespace {

/// The least that gRPC lets a client set (gRFC A8).
constexpr base::Duration kLeastKeepaliveTime = std::chrono::seconds(10);

/// A server may leave connections at once that have not done anything yet, by a restart for instance. One
/// that does nothing else is as good as down, and calls must not keep us connecting as fast as we can.
constexpr unsigned kMostUselessSessions = 3;

}  // namespace

ChannelCore::ChannelCore(net::Loop& loop, std::string target, ChannelOptions options,
                         const http2::Config& engine)
    : loop_(&loop),
      target_text_(std::move(target)),
      options_(std::move(options)),
      engine_(engine),
      deliverer_(std::make_unique<Deliverer>(*this)),
      keepalive_time_(options_.keepalive_time),
      backoff_(options_.initial_backoff, options_.max_backoff),
      random_(std::random_device{}()) {
  if (keepalive_time_ > base::Duration::zero())
    keepalive_time_ = std::max(keepalive_time_, kLeastKeepaliveTime);
  net::Parsed<net::Target> parsed = net::parse_target(target_text_);
  if (parsed) {
    target_ = std::move(*parsed);
    authority_ = options_.authority.empty() ? target_.authority : options_.authority;
  } else {
    target_status_ = Status::unavailable(parsed.error());
  }
  if (target_status_.ok() && options_.codec) target_status_ = rpc::check_codec(*options_.codec);
}

ChannelCore::~ChannelCore() = default;

void ChannelCore::route(Call& call) {
  if (closing()) return call.end(Status::cancelled("the channel was destroyed"));
  if (!target_status_.ok()) return call.end(target_status_);
  if (state_ == ConnectivityState::ready && waiting_.empty() && session_->open(call)) return;
  if (state_ == ConnectivityState::transient_failure && !call.waits_for_ready())
    return call.end(last_failure_);
  waiting_.push_back(call);
  if (state_ == ConnectivityState::idle) connect();
}

void ChannelCore::open_waiting_calls() {
  while (!waiting_.empty() && session_ && session_->ready()) {
    Call& call = waiting_.front();
    call.unlink();
    if (session_->open(call)) continue;
    waiting_.push_front(call);
    break;
  }
  if (!waiting_.empty() && state_ == ConnectivityState::idle) connect();
}

void ChannelCore::connect() {
  state_ = ConnectivityState::connecting;
  const base::TimePoint now = loop_->now();
  next_attempt_ = now + backoff_.next(std::uniform_real_distribution<double>(0, 1)(random_));
  loop_->timers().schedule(connect_timer_, now + options_.connect_timeout);
  net::ConnectOptions dial_options;
  dial_options.timeout = options_.connect_timeout;
  if (keepalive_time_ > base::Duration::zero()) dial_options.socket.user_timeout = options_.keepalive_timeout;
  dialer_ = std::make_unique<Dialer>(*loop_, target_, dial_options, static_cast<DialObserver&>(*this));
}

void ChannelCore::on_dialed(std::unique_ptr<net::ByteStream> stream) {
  dialer_.reset();
  session_ = std::make_unique<Session>(*loop_, std::move(stream), engine_config(),
                                       static_cast<SessionObserver&>(*this));
  session_->start();
}

void ChannelCore::on_dial_failed(std::string reason) {
  dialer_.reset();
  attempt_failed(reason);
}

void ChannelCore::on_connect_timeout(base::TimePoint) {
  const bool connected = session_ != nullptr;
  dialer_.reset();
  session_.reset();
  attempt_failed(connected ? "the server did not begin to speak HTTP/2 in time"
                           : "no connection was made in time");
}

void ChannelCore::on_session_ready(Session&) {
  connect_timer_.cancel();
  state_ = ConnectivityState::ready;
  open_waiting_calls();
}

void ChannelCore::on_session_of_use() {
  useless_sessions_ = 0;
  backoff_.reset();
}

void ChannelCore::on_streams_available(Session& session) {
  if (&session == session_.get()) open_waiting_calls();
}

void ChannelCore::on_session_draining(Session& session, bool too_many_pings) {
  if (too_many_pings) keepalive_time_ *= 2;  // gRFC A8
  if (&session == session_.get()) leave_session();
}

void ChannelCore::leave_session() {
  Session& session = *session_;
  const bool was_ready = session.ready();
  former_sessions_.push_back(std::move(session_));
  connect_timer_.cancel();
  if (closing()) return;
  if (!was_ready) return attempt_failed(session.reason());
  if (!session.was_of_use() && ++useless_sessions_ > kMostUselessSessions && loop_->now() < next_attempt_) {
    return attempt_failed(session.reason());
  }
  state_ = ConnectivityState::idle;
  if (!waiting_.empty()) connect();
}

void ChannelCore::on_session_closed(Session& session) {
  if (&session == session_.get()) leave_session();
  std::erase_if(former_sessions_,
                [&](const std::unique_ptr<Session>& former) { return former.get() == &session; });
}

void ChannelCore::attempt_failed(const std::string& reason) {
  connect_timer_.cancel();
  state_ = ConnectivityState::transient_failure;
  last_failure_ = Status::unavailable("cannot reach " + target_text_ + ": " + reason);
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    Call& call = *at++;
    if (!call.waits_for_ready()) call.end(last_failure_);
  }
  loop_->timers().schedule(backoff_timer_, next_attempt_);
}

void ChannelCore::on_backoff_over(base::TimePoint) {
  if (waiting_.empty()) {
    state_ = ConnectivityState::idle;
  } else {
    connect();
  }
}

std::string ChannelCore::what_calls_wait_for() const {
  if (state_ == ConnectivityState::ready) return "the server to allow another concurrent call";
  std::string text = "a connection to " + target_text_;
  if (!last_failure_.ok()) text += " (last attempt: " + last_failure_.message() + ")";
  return text;
}

http2::Config ChannelCore::engine_config() const {
  http2::Config config = engine_;
  if (keepalive_time_ > base::Duration::zero()) config.keepalive_time = keepalive_time_;
  config.keepalive_timeout = options_.keepalive_timeout;
  config.keepalive_without_calls = options_.keepalive_without_calls;
  return config;
}

void ChannelCore::has_completed(Call& call) {
  completed_.push_back(codegen::Ref<Call>::to(call));
  loop_->at_turn_end(*deliverer_);
}

void ChannelCore::deliver() {
  if (delivering_) return;
  delivering_ = true;
  // What the waiters complete in turn is for the next round, so that timers and sockets have theirs in
  // between.
  telling_.swap(completed_);
  for (const codegen::Ref<Call>& call : telling_) call->deliver();
  telling_.clear();
  delivering_ = false;
}

}  // namespace farcall::client
