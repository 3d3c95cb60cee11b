#include "client/channel_core.hpp"

#include "protocol/stream_window.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace farcall::client {

namespace {

/// The least that gRPC lets a client set (gRFC A8).
constexpr base::Duration kLeastKeepaliveTime = std::chrono::seconds(10);

/// A server that resents our pings has the time doubled, but not beyond this, which no server can mind and
/// which stays countable however often it complains.
constexpr base::Duration kMostKeepaliveTime = std::chrono::hours(24);

/// A server may leave connections at once that have not done anything yet, by a restart for instance. One
/// that does nothing else is as good as down, and calls must not keep us connecting as fast as we can.
constexpr unsigned kMostUselessSessions = 3;

}  // namespace

class ChannelCore::MemberJob final : public net::Job {
 public:
  MemberJob(std::shared_ptr<ChannelCore> core, void (ChannelCore::*member)())
      : core_(std::move(core)), member_(member) {}
  void run() override { ((*core_).*member_)(); }

 private:
  std::shared_ptr<ChannelCore> core_;
  void (ChannelCore::*member_)();
};

/// Ends also when one of those who are told throws: the others are told next time, which comes by itself.
class ChannelCore::Delivery {
 public:
  explicit Delivery(ChannelCore& core) : core_(core) { core_.delivering_ = true; }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  ~Delivery() {
    core_.delivering_ = false;
    if (core_.has_told_all() || !core_.deliverer_) return;
    core_.loop_->at_turn_end(*core_.deliverer_);
  }

 private:
  ChannelCore& core_;
};

ChannelCore::ChannelCore(net::Loop& loop, std::shared_ptr<const ChannelSetup> setup,
                         std::shared_ptr<Connectivity> connectivity)
    : loop_(&loop),
      setup_(std::move(setup)),
      connectivity_(std::move(connectivity)),
      state_(connectivity_->state()),
      deliverer_(std::make_unique<Deliverer>(*this)),
      keepalive_time_(setup_->options.keepalive_time),
      backoff_(setup_->options.initial_backoff, setup_->options.max_backoff),
      random_(std::random_device{}()) {
  if (keepalive_time_ > base::Duration::zero())
    keepalive_time_ = std::max(keepalive_time_, kLeastKeepaliveTime);
}

ChannelCore::~ChannelCore() = default;

void ChannelCore::route(Call& call) {
  if (closing()) return call.end(Status::cancelled("the channel was destroyed"));
  if (!setup_->target_status.ok()) return call.end(setup_->target_status);
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

void ChannelCore::leave_idle(const std::shared_ptr<ChannelCore>& core) {
  std::unique_ptr<net::Job> job = std::make_unique<MemberJob>(core, &ChannelCore::connect_if_idle);
  static_cast<void>(core->post(job));
}

void ChannelCore::look_at_connectivity(const std::shared_ptr<ChannelCore>& core) {
  std::unique_ptr<net::Job> job = std::make_unique<MemberJob>(core, &ChannelCore::tell_state_waits);
  static_cast<void>(core->post(job));
}

void ChannelCore::connect_if_idle() {
  if (state_ == ConnectivityState::idle && !closing()) connect();
}

void ChannelCore::connect() {
  enter(ConnectivityState::connecting);
  const ChannelOptions& options = setup_->options;
  const base::TimePoint now = loop_->now();
  next_attempt_ = now + backoff_.next(std::uniform_real_distribution<double>(0, 1)(random_));
  loop_->timers().schedule(connect_timer_, now + options.connect_timeout);
  net::ConnectOptions dial_options;
  dial_options.timeout = options.connect_timeout;
  if (keepalive_time_ > base::Duration::zero()) dial_options.socket.user_timeout = options.keepalive_timeout;
  dialer_ = std::make_unique<Dialer>(*loop_, *setup_, dial_options, static_cast<DialObserver&>(*this));
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
  std::string_view reason = "no connection was made in time";
  if (session_ != nullptr) {
    reason = "the server did not begin to speak HTTP/2 in time";
  } else if (dialer_->resolving()) {
    reason = "its addresses were not found in time";
  }
  dialer_.reset();
  session_.reset();
  attempt_failed(std::string(reason));
}

void ChannelCore::on_session_ready(Session& session) {
  if (&session != session_.get()) return;  // its SETTINGS come while the channel closes
  connect_timer_.cancel();
  enter(ConnectivityState::ready);
  open_waiting_calls();
  if (calls_ == 0) begin_idle_time();
}

void ChannelCore::on_session_of_use() {
  useless_sessions_ = 0;
  backoff_.reset();
}

void ChannelCore::on_streams_available(Session& session) {
  if (&session == session_.get()) open_waiting_calls();
}

void ChannelCore::on_session_draining(Session& session, bool too_many_pings) {
  if (too_many_pings) {  // gRFC A8
    keepalive_time_ = std::max(keepalive_time_, std::min(keepalive_time_ * 2, kMostKeepaliveTime));
  }
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
  enter(ConnectivityState::idle);
  if (!waiting_.empty()) connect();
}

void ChannelCore::on_session_closed(Session& session) {
  if (&session == session_.get()) leave_session();
  std::erase_if(former_sessions_,
                [&](const std::unique_ptr<Session>& former) { return former.get() == &session; });
}

void ChannelCore::attempt_failed(const std::string& reason) {
  connect_timer_.cancel();
  enter(ConnectivityState::transient_failure);
  last_failure_ = Status::unavailable("cannot reach " + setup_->target_text + ": " + reason);
  for (auto at = waiting_.begin(); at != waiting_.end();) {
    Call& call = *at++;
    if (!call.waits_for_ready()) call.end(last_failure_);
  }
  loop_->timers().schedule(backoff_timer_, next_attempt_);
}

void ChannelCore::on_backoff_over(base::TimePoint) {
  if (waiting_.empty()) {
    enter(ConnectivityState::idle);
  } else {
    connect();
  }
}

void ChannelCore::call_ends() {
  if (--calls_ == 0 && state_ == ConnectivityState::ready) begin_idle_time();
}

void ChannelCore::begin_idle_time() {
  last_use_ = loop_->now();
  // Left armed while calls come and go, so that these do not pay for it.
  if (!idle_timer_.armed()) loop_->timers().schedule(idle_timer_, last_use_ + setup_->options.idle_timeout);
}

void ChannelCore::on_idle_timeout(base::TimePoint now) {
  // While the channel closes it is ready without a session, when the server has left first.
  if (calls_ > 0 || state_ != ConnectivityState::ready || !session_) return;
  const base::TimePoint end = last_use_ + setup_->options.idle_timeout;
  if (now < end) return loop_->timers().schedule(idle_timer_, end);
  backoff_.reset();  // a connection that has lasted was a good one
  former_sessions_.push_back(std::move(session_));
  enter(ConnectivityState::idle);
  former_sessions_.back()->shut_down(Status());
}

std::string ChannelCore::what_calls_wait_for() const {
  if (state_ == ConnectivityState::ready) return "the server to allow another concurrent call";
  std::string text = "a connection to " + setup_->target_text;
  if (!last_failure_.ok()) text += " (last attempt: " + last_failure_.message() + ")";
  return text;
}

http2::Config ChannelCore::engine_config() const {
  http2::Config config = setup_->engine;
  config.whole_responses = true;
  config.initial_window_size = protocol::kStreamWindow;
  if (keepalive_time_ > base::Duration::zero()) config.keepalive_time = keepalive_time_;
  config.keepalive_timeout = setup_->options.keepalive_timeout;
  config.keepalive_without_calls = setup_->options.keepalive_without_calls;
  return config;
}

void ChannelCore::has_completed(codegen::Ref<Call> call) {
  completed_.push_back(std::move(call));
  if (deliverer_) loop_->at_turn_end(*deliverer_);
}

void ChannelCore::enter(ConnectivityState state) {
  state_ = state;
  unpublished_.push_back(state);
  if (deliverer_) loop_->at_turn_end(*deliverer_);
}

void ChannelCore::publish() {
  // One after the other, so that nobody who asks again at once misses any. More may be entered meanwhile.
  for (std::size_t i = 0; i < unpublished_.size(); ++i) {
    connectivity_->set(number_, unpublished_[i]);
    tell_state_waits();
  }
  unpublished_.clear();
}

void ChannelCore::tell_state_waits() {
  const ConnectivityState state = connectivity_->state();
  std::vector<codegen::Ref<StateWait>> due;
  for (StateWait& wait : state_waits_) {
    if (wait.last() != state) due.push_back(codegen::Ref<StateWait>::to(wait));
  }
  // Each may end others.
  for (const codegen::Ref<StateWait>& wait : due) {
    if (wait->linked()) wait->conclude(state);
  }
}

void ChannelCore::deliver() {
  if (delivering_) return;
  const Delivery delivery(*this);
  // Whoever is told of a call finds the state that goes with it.
  publish();
  // What the waiters complete in turn is for the next round, so that timers and sockets have theirs in
  // between.
  if (telling_.empty()) telling_.swap(completed_);
  for (codegen::Ref<Call>& call : telling_) {
    if (!call) continue;  // told before somebody has thrown
    call->deliver();
    call = codegen::Ref<Call>();  // at once, so that its memory serves the next
  }
  telling_.clear();
}

}  // namespace farcall::client
