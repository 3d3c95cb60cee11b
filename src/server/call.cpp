#include "server/call.hpp"

#include "rpc/timeout.hpp"
#include "server/blocking_port.hpp"
#include "server/session.hpp"
#include "server/shard.hpp"

#include <farcall/blocking_stream.hpp>

#include <exception>
#include <new>
#include <utility>

namespace farcall::server {

Call::Call(Shard& shard) : shard_(shard), reader_(shard.setup().options.max_receive_message_size) {}

/// A handler that is destroyed here may still use its context.
Call::~Call() {
  run_.reset();
}

bool Call::begin(Session& session, http2::event::Headers& event) {
  session_ = &session;
  stream_ = event.stream;
  headers_ = std::move(event.headers);
  std::unique_ptr<protocol::Rejection> rejection;
  head_ = &shard_.requests().read(headers_, event.too_large, rejection);
  if (rejection) {
    shard_.answers().reject(session.engine(), stream_, *rejection);
    give_back();
    return false;
  }
  if (headers_.meaning() == nullptr) {
    own_head_ = *head_;
    head_ = &own_head_;
  }
  codec_ = head_->codec;
  route_ = head_->route;
  if (route_ == nullptr) {
    refuse(head_->content_type,
           Status::unimplemented("this server has no method " + std::string(head_->path)));
    return false;
  }
  if (head_->timeout) {
    if (*head_->timeout <= base::Duration::zero()) {
      refuse(head_->content_type, Status::deadline_exceeded("the deadline had passed when the call arrived"));
      return false;
    }
    deadline_ = rpc::deadline_after(shard_.loop().now(), *head_->timeout);
    shard_.loop().timers().schedule(timer_, deadline_);
  }
  peer_ = *session.peer();
  request_ended_ = event.end_stream;
  on_wire_ = true;
  stage_ = Stage::receiving;
  return true;
}

void Call::refuse(std::string_view content_type, const Status& status) {
  http2::Connection& engine = session_->engine();
  shard_.answers().send_trailers_only(engine, stream_, content_type, status, Metadata());
  engine.stop_reading(stream_,
                      true);  // some clients lose an answer that a reset follows while they still send
  give_back();
}

// The steps of nearly every call follow one another: they are one function to the compiler.

[[gnu::always_inline]] inline void Call::start() {
  stage_ = Stage::running;
  session_->handler_begins();
  scope_.emplace(*this);
  try {
    if (shard_.setup().options.request_arenas && single_request()) {
      if (!request_arena_) request_arena_ = std::make_unique<RequestArena>();
      arena_ = &request_arena_->arena();
    }
    run_ = HandlerRun::make(*route_->method, *route_->service, *this);
  } catch (...) {
    // No memory for what the handler works on.
    const Unwinding unwinding(*this);
    finish(Status::resource_exhausted("the server has no memory for the call"));
    return;
  }
  if (run_ == nullptr) return end();
  if (single_request()) drop_request();
  try {
    run_->start(*scope_);
  } catch (...) {
    const Unwinding unwinding(*this);
    log_failure(std::current_exception());
    finish(Status::unknown("the handler threw an exception"));
    return;
  }
}

/// The handler works on what has been parsed: nobody need hold the request twice.
[[gnu::always_inline]] inline void Call::drop_request() {
  request_view_ = {};
  if (!request_.empty()) request_ = {};
  if (reader_.held() > 0) reader_.reset();
}

void Call::start_or_queue() {
  if (session_->has_free_handler()) {
    start();
    return;
  }
  if (!has_request_ && single_request())
    request_ = reader_.fed() ? reader_.take_pieces() : rpc::Pieces::copy_of(request_view_);
  stage_ = Stage::queued;
  session_->enqueue(*this);
}

/// The request in one piece, as nearly all come: what `on_data` leads to as well, in more steps.
[[gnu::always_inline]] inline void Call::receive_whole(base::ByteView data) {
  const std::optional<base::ByteView> message =
      rpc::only_message(data, shard_.setup().options.max_receive_message_size);
  if (!message) return on_data({stream_, data, true});
  request_view_ = rpc::MessageView(*message);
  start_or_queue();
}

void Call::begin_handler_if_ready(base::ByteView data) {
  InUse guard(*this);
  if (!single_request()) {
    if (!data.empty()) reader_.feed(data);
    start_or_queue();
    if (!data.empty() && on_wire_) reader_.retain();
  } else if (!data.empty()) {
    receive_whole(data);
  } else if (request_ended_) {
    receive_request();
  }
}

void Call::start_from_queue() {
  InUse guard(*this);
  request_view_ = request_.view();
  start();
}

void Call::on_handler_finished() {
  try {
    run_->conclude();
  } catch (const CallCancelled&) {
    // A blocking handler noticed that nobody waits for it.
  } catch (...) {
    log_failure(std::current_exception());
  }
  // The coroutine is at its end, and its frame may be destroyed from here on.
  InUse guard(*this);
  if (on_wire_) finish(Status::unknown("the handler threw an exception"));
  run_.reset();
  end();
}

/// What an exception says may be nobody else's business: it goes to the log, and the peer is told only that
/// there was one.
void Call::log_failure(std::exception_ptr failure) {
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& exception) {
    shard_.log_handler_failure(method(), exception.what());
  } catch (...) {
    shard_.log_handler_failure(method(), "something that is not a std::exception");
  }
}

/// The client has stopped waiting, or is about to: its clock may be a little behind.
void Call::on_deadline(base::TimePoint /*now*/) {
  give_up(Status::deadline_exceeded("the deadline has passed on the server"));
}

void Call::give_up(const Status& status) {
  if (!on_wire_) return;
  InUse guard(*this);
  http2::Connection& engine = session_->engine();
  const bool answered = engine.queued(stream_) == 0;
  if (answered) send_status(status);
  // Behind a status the stream is only closed (RFC 9113, section 8.1): the official library's client may take
  // CANCEL for the status.
  engine.reset(stream_, answered ? http2::ErrorCode::no_error : http2::ErrorCode::cancel);
  session_->touch();
  request_ended_ = true;  // nothing is to be told about the rest of the request
  leave_wire();
  cancel_handler();
}

void Call::on_stream_lost() {
  if (!on_wire_) return;
  InUse guard(*this);
  request_ended_ = true;
  leave_wire();
  cancel_handler();
}

void Call::cancel_handler() {
  if (stage_ == Stage::queued) session_->leave_queue(*this);
  if (stage_ != Stage::running) {
    end();
    return;
  }
  std::function<void()> callback;
  std::stop_source stop{std::nostopstate};
  {
    std::lock_guard lock(cancel_mutex_);
    cancelled_.store(true, std::memory_order_relaxed);
    callback = std::exchange(on_cancelled_, nullptr);
    stop = stop_;
  }
  scope_->cancel();
  if (stop.stop_possible()) stop.request_stop();
  if (callback) callback();
  // Behind the callback: a blocking handler that waits here returns, and what the callback refers to with it.
  if (port_) port_->cancel();
  // Whoever was told may have resumed the handler, which has ended then, or is about to be unwound.
  if (stage_ != Stage::running) return;
  if (scope_->parked() && !unwind_due_) {
    unwind_now();
  } else {
    // What it has not read nobody will read, and with the stream the window that bounded it is free for
    // others.
    if (!single_request()) reader_.reset();
    peer_owner_ = session_->peer();
    session_->add_zombie(*this);
  }
}

Call::Scope::Scope(Call& call) : call_(call) {
  count_pool_trips(call.shard_.pool_trips());
}

void Call::Scope::unwind() {
  call_.unwind_due_ = true;
  call_.shard_.unwind_later(call_);
}

[[gnu::always_inline]] inline void Call::clear() {
  if (session_ != nullptr && !headers_.shared()) session_->engine().recycle(std::move(headers_));
  session_ = nullptr;
  route_ = nullptr;
  if (std::exchange(head_, &own_head_) == &own_head_) own_head_ = RequestSummary();
  headers_.clear();
  peer_owner_.reset();
  timer_.cancel();
  deadline_ = base::kNever;
  if (reader_.fed()) reader_.reset();
  if (!request_.empty()) request_ = {};
  request_view_ = {};
  owed_ = 0;
  reading_ = nullptr;
  writing_ = nullptr;
  work_ = nullptr;
  initial_.clear();
  trailing_.clear();
  received_.reset();
  if (std::exchange(arena_, nullptr) != nullptr) request_arena_->reset();
  if (stop_.stop_possible()) stop_ = std::stop_source(std::nostopstate);
  on_cancelled_ = nullptr;
  cancelled_.store(false, std::memory_order_relaxed);
  unwind_due_ = on_wire_ = request_ended_ = has_request_ = headers_sent_ = initial_closed_ = false;
}

void Call::give_back() {
  clear();
  // The last thing done here: with an abandoned call the shard, and the call with it, may end now.
  std::shared_ptr<Shard> keep = std::move(keep_);
  shard_.give_back(*this);
}

void Call::end() {
  const bool ran = stage_ == Stage::running;
  stage_ = Stage::free;
  base::ListNode::unlink();
  if (ran && session_ != nullptr) session_->handler_returned();
  if (in_use_ == 0) give_back();
}

void Call::unwind_now() {
  InUse guard(*this);
  run_.reset();
  end();
}

}  // namespace farcall::server
