#include "client/call.hpp"

#include "client/channel_core.hpp"
#include "client/parent_watch.hpp"
#include "client/session.hpp"
#include "net/loop.hpp"
#include "rpc/method.hpp"

#include <bit>
#include <utility>

namespace farcall::client {

using codegen::OpStep;

namespace {

/// A call that a server refused may be sent once more (gRFC A6); one that a dying connection did not deliver,
/// some more times, since each of these needs a new connection.
constexpr unsigned kRepeatsAfterRefusal = 1;
constexpr unsigned kRepeatsAfterLoss = 3;

}  // namespace

Call::Call(std::shared_ptr<ChannelCore> core, const codegen::ClientMethod& method, CallOptions&& options)
    : core_(std::move(core)),
      method_(method),
      options_(std::move(options)),
      max_receive_message_size_(
          options_.max_receive_message_size().value_or(core_->setup().options.max_receive_message_size)) {
  if (method_.foreign) keep_path();
  codec_ = options_.codec() ? options_.codec().get() : core_->setup().options.codec.get();
  if (has_one_request()) outbox_.close();
}

Call::~Call() = default;

void Call::keep_path() {
  own_path_ = std::make_unique<const std::string>(method_.path);
  method_.path = *own_path_;
  if (rpc::is_method_path(method_.path)) return;
  obstacle_ = Status::invalid_argument("the method path '" + *own_path_ +
                                       "' is not one: write \"/package.Service/Method\"");
}

void Call::take_request(Result<Buffer> request) {
  if (request.ok()) {
    message_.hold(std::move(*request));
  } else {
    refuse(std::move(request).status());
  }
}

void Call::begin() {
  if (core_->closing()) return end(Status::cancelled("the channel was destroyed"));
  if (!obstacle_.ok()) return end(std::move(obstacle_));
  if (has_one_request() && message_.empty()) {
    return end(Status::internal(
        "the request cannot be serialized: a required field is missing, or it exceeds 2 GiB"));
  }
  // The clock itself: the turn's time is that of its beginning, which may be long before a handler's call.
  if (deadline_ && *deadline_ <= base::Clock::now()) {
    return end(Status::deadline_exceeded("the deadline had passed before the call was sent"));
  }
  self_ = codegen::Ref<Call>::to(*this);
  core_->call_begins();
  if (deadline_) core_->loop().timers().schedule(deadline_timer_, *deadline_);
  if (!options_.are_plain() && options_.parent_token().stop_possible()) watch_parent();
  if (!ended_) core_->route(*this);
}

void Call::watch_parent() {
  parent_watch_ = std::make_unique<ParentWatch>(options_.parent_token(), *this);
  // If it was told at once there was nothing to let go yet.
  if (ended_) parent_watch_->let_go();
}

void Call::end_with_parent() {
  // Once it has, the loop may be gone.
  if (ended_) return;
  // A parent is cancelled by its deadline too, which is the call's own then.
  const base::TimePoint now = core_->loop().now();
  if (deadline_ && *deadline_ <= now) return on_deadline(now);
  end(Status::cancelled("the call that this one was made for was cancelled"));
}

bool Call::describe(protocol::RequestInfo& info) {
  if (deadline_) {
    const base::TimePoint now = core_->loop().now();
    if (*deadline_ <= now) {
      on_deadline(now);
      return false;
    }
    info.timeout = *deadline_ - now;
  }
  info.path = method_.path;
  info.authority = options_.authority().empty() ? core_->setup().authority : options_.authority();
  info.user_agent = options_.user_agent().empty() ? core_->setup().user_agent : options_.user_agent();
  info.metadata = &options_.metadata();
  info.subtype = subtype();
  return true;
}

base::ByteView Call::whole_request() const {
  if (!has_one_request() || message_.size() > Outbox::kMostKept) return {};
  return message_.view();
}

void Call::opened(Session& session, http2::StreamKey stream) {
  session_ = &session;
  stream_ = stream;
  if (has_one_request()) {
    end_sent_ = true;
    if (message_.size() <= Outbox::kMostKept) return;
    outbox_.commit();
    static_cast<void>(session.send(stream, message_.take(), true));
    return;
  }
  flush();
  if (room_ && waiters_[index(OpStep::write)] != nullptr) {
    write_result_ = WriteResult::accepted;
    complete(OpStep::write);
  }
}

void Call::on_writable() {
  room_ = true;
  if (waiters_[index(OpStep::write)] == nullptr) return;
  write_result_ = WriteResult::accepted;
  complete(OpStep::write);
}

void Call::on_stream_closed(const http2::event::StreamClosed& event) {
  session_ = nullptr;
  if (event.unprocessed && repeat_unprocessed(kRepeatsAfterRefusal)) return;
  if (event.clean) {
    incoming().response.lost("the server ended the stream");
  } else {
    incoming().response.reset(static_cast<std::uint32_t>(event.code),
                              event.initiator == http2::Initiator::peer);
  }
  conclude(std::nullopt);
}

void Call::on_connection_lost(std::string_view reason, bool unprocessed) {
  session_ = nullptr;
  if (unprocessed && repeat_unprocessed(kRepeatsAfterLoss)) return;
  incoming().response.lost(reason);
  conclude(std::nullopt);
}

bool Call::repeat_unprocessed(unsigned most_repeats) {
  if (outbox_.committed() || repeats_ >= most_repeats) return false;
  ++repeats_;
  incoming_.reset();
  outbox_.rewind();
  end_sent_ = false;
  room_ = true;
  core_->route(*this);
  return true;
}

void Call::on_deadline(base::TimePoint) {
  std::string text = "the deadline has passed";
  if (session_ == nullptr) text += " while the call waited for " + core_->what_calls_wait_for();
  end(Status::deadline_exceeded(std::move(text)));
}

void Call::end(Status status) {
  if (ended_) {
    if (self_) leave(http2::ErrorCode::cancel);  // see end_without_loop
    return;
  }
  dropping_ = true;
  incoming().response.fail(std::move(status));
  conclude(http2::ErrorCode::cancel);
}

void Call::conclude(std::optional<http2::ErrorCode> reset) {
  Incoming& in = incoming();
  if (self_ && deadline_ && *deadline_ <= core_->loop().now()) in.response.deadline_has_passed();
  status_ = in.response.status();
  reading_ = false;
  if (has_one_reply()) {
    if (status_.ok()) status_ = in.reader.finish();
    if (status_.ok() && !has_reply_) status_ = rpc::cardinality_status(rpc::CardinalityError::no_response);
  } else {
    check_tail();
  }
  status_given_ = waiters_[index(OpStep::reply)] != nullptr || waiters_[index(OpStep::finish)] != nullptr;
  ended_.store(true, std::memory_order_release);
  leave(reset);
}

void Call::leave(std::optional<http2::ErrorCode> reset) {
  codegen::Ref<Call> under_way = std::move(self_);
  deadline_timer_.cancel();
  if (parent_watch_) parent_watch_->let_go();
  unlink();
  if (Session* session = std::exchange(session_, nullptr)) session->forget(stream_, reset);
  if (under_way) core_->call_ends();
  std::uint8_t steps = 0;
  for (std::size_t i = 0; i < codegen::kOpSteps; ++i) {
    if (waiters_[i] != nullptr) steps = static_cast<std::uint8_t>(steps | bit(static_cast<OpStep>(i)));
  }
  if (steps == 0) return;
  if (completed_ == 0) {
    core_->has_completed(under_way ? std::move(under_way) : codegen::Ref<Call>::to(*this));
  }
  completed_ = static_cast<std::uint8_t>(completed_ | steps);
}

void Call::reject(Status status) {
  if (!ended_) {
    end(std::move(status));
  } else if (status_.ok() && !status_given_) {
    status_ = std::move(status);
  }
}

bool Call::begin_step(OpStep step, Buffer payload, codegen::OpWaiter& waiter) {
  // One that was given up on another thread, which the loop has yet to hear of, is not to be forgotten.
  if (codegen::OpWaiter* former = std::exchange(waiters_[index(step)], nullptr)) {
    completed_ &= static_cast<decltype(completed_)>(~bit(step));
    former->complete();
  }
  const bool done = try_step(step, std::move(payload));
  // Whoever goes on sending to a call that has failed, or calls again at once, must not have the loop to
  // himself: he is told later.
  const bool later = done && ended_ && (step == OpStep::reply || step == OpStep::write) && core_->delivers();
  if (done && !later) return true;
  waiters_[index(step)] = &waiter;
  if (later) complete(step);
  return false;
}

bool Call::try_step(OpStep step, Buffer payload) {
  switch (step) {
    case OpStep::reply:
      begin();
      status_given_ = ended_;
      return ended_;
    case OpStep::read:
      return try_read();
    case OpStep::write:
      return try_write(std::move(payload));
    case OpStep::close_send:
      close_result_ = ended_ || outbox_.closed() ? WriteResult::call_ended : WriteResult::accepted;
      close_sending();
      return true;
    case OpStep::headers:
      return ended_ || (incoming_ && incoming_->response.has_headers());
    case OpStep::finish:
      return try_finish();
  }
  return true;
}

bool Call::try_write(Buffer message) {
  write_result_ = WriteResult::call_ended;
  if (ended_ || outbox_.closed()) return true;
  if (message.empty()) {
    end(Status::internal("a message cannot be serialized: a required field is missing, or it exceeds 2 GiB"));
    return true;
  }
  outbox_.push(std::move(message));
  flush();
  if (session_ == nullptr || !room_) return false;
  write_result_ = WriteResult::accepted;
  return true;
}

void Call::close_sending() {
  if (ended_ || outbox_.closed()) return;
  outbox_.close();
  flush();
}

void Call::flush() {
  if (session_ == nullptr) return;
  while (outbox_.has_next()) {
    Buffer message = outbox_.take_next();
    end_sent_ = outbox_.closed() && !outbox_.has_next();
    room_ = session_->send(stream_, std::move(message), end_sent_);
  }
  if (outbox_.closed() && !std::exchange(end_sent_, true))
    static_cast<void>(session_->send(stream_, Buffer(), true));
}

void Call::complete(OpStep step) {
  if (waiters_[index(step)] == nullptr || (completed_ & bit(step)) != 0) return;
  if (completed_ == 0) core_->has_completed(codegen::Ref<Call>::to(*this));
  completed_ = static_cast<std::uint8_t>(completed_ | bit(step));
}

void Call::deliver() {
  /// What is left when a waiter throws is for the next time.
  struct Rest {
    Call& call;
    std::uint8_t steps;
    ~Rest() { call.completed_ = static_cast<std::uint8_t>(call.completed_ | steps); }
  };
  Rest rest{*this, std::exchange(completed_, std::uint8_t{0})};
  while (rest.steps != 0) {
    const int step = std::countr_zero(rest.steps);
    rest.steps = static_cast<std::uint8_t>(rest.steps & (rest.steps - 1));
    // Whoever was told of another step just now may have given this one up.
    if (codegen::OpWaiter* waiter = std::exchange(waiters_[static_cast<std::size_t>(step)], nullptr))
      waiter->complete();
  }
}

void Call::abandon_on_loop(OpStep step, codegen::OpWaiter& waiter) {
  if (waiters_[index(step)] != &waiter) return;  // told already
  waiters_[index(step)] = nullptr;
  completed_ = static_cast<std::uint8_t>(completed_ & ~bit(step));
  if (step == OpStep::read) reading_ = false;
  waiter.complete();
  if (step == OpStep::reply) end(Status::cancelled("the client stopped waiting for the reply"));
}

}  // namespace farcall::client
