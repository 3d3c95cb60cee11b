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

Call::Call(Shard& shard) : shard_(shard) {}

/// A handler that is destroyed here may still use its context.
Call::~Call() {
  run_.reset();
}

bool Call::begin(Session& session, http2::event::Headers& event) {
  try {
    return read_headers(session, event);
  } catch (...) {
    give_back();  // no memory for what the headers say; the connection goes
    throw;
  }
}

[[gnu::always_inline]] inline bool Call::read_headers(Session& session, http2::event::Headers& event) {
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
    extras().head = *head_;
    head_ = &extras_->head;
  }
  codec_ = head_->codec;
  if (head_->route == nullptr) {
    refuse(head_->content_type,
           Status::unimplemented("this server has no method " + std::string(head_->path)));
    return false;
  }
  if (head_->timeout) {
    if (*head_->timeout <= base::Duration::zero()) {
      refuse(head_->content_type, Status::deadline_exceeded("the deadline had passed when the call arrived"));
      return false;
    }
    net::Loop& loop = shard_.loop();
    extras().set_deadline(loop.timers(), rpc::deadline_after(loop.now(), *head_->timeout));
  }
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

[[gnu::always_inline]] inline void Call::start(const rpc::MessageView& request) {
  const Route& route = *head_->route;
  stage_ = Stage::running;
  session_->handler_begins();
  try {
    if (shard_.setup().options.request_arenas && single_request()) {
      std::unique_ptr<RequestArena>& arena = extras().arena;
      if (!arena) arena = std::make_unique<RequestArena>();
      arena_ = &arena->arena();
    }
    run_ = HandlerRun::make(*route.method, *route.service, *this, request);
  } catch (...) {
    // No memory for what the handler works on.
    const Unwinding unwinding(*this);
    finish(Status::resource_exhausted("the server has no memory for the call"));
    return;
  }
  if (run_ == nullptr) return end();
  // The handler works on what has been parsed: nobody need hold the request twice.
  if (incoming_ && single_request()) forget_incoming();
  try {
    run_->start();
  } catch (...) {
    const Unwinding unwinding(*this);
    log_failure(std::current_exception());
    finish(Status::unknown("the handler threw an exception"));
    return;
  }
}

void Call::start_or_queue(const rpc::MessageView& request) {
  if (session_->has_free_handler()) {
    start(request);
    return;
  }
  if (!has_request_ && single_request()) {
    rpc::Pieces kept = incoming_ ? incoming_->reader.take_pieces() : rpc::Pieces::copy_of(request);
    incoming().request = std::move(kept);
  }
  stage_ = Stage::queued;
  session_->enqueue(*this);
}

/// The request in one piece, as nearly all come: what `on_data` leads to as well, in more steps.
[[gnu::always_inline]] inline void Call::receive_whole(base::ByteView data) {
  const std::optional<base::ByteView> message =
      rpc::only_message(data, shard_.setup().options.max_receive_message_size);
  if (!message) return on_data({stream_, data, true});
  start_or_queue(rpc::MessageView(*message));
}

void Call::begin_handler_if_ready(base::ByteView data) {
  InUse guard(*this);
  if (!single_request()) {
    if (!data.empty()) incoming().reader.feed(data, &shard_.loop().read_buffer());
    start_or_queue(rpc::MessageView());
    if (incoming_ && on_wire_) incoming_->reader.retain();
  } else if (!data.empty()) {
    receive_whole(data);
  } else if (request_ended_) {
    receive_request();
  }
}

void Call::start_from_queue() {
  InUse guard(*this);
  start(incoming_ ? incoming_->request.view() : rpc::MessageView());
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
void Call::on_deadline() {
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
  if (extras_) {
    std::lock_guard lock(extras_->cancel_mutex);
    cancelled_.store(true, std::memory_order_relaxed);
    callback = std::exchange(extras_->on_cancelled, nullptr);
    stop = extras_->stop;
  } else {
    cancelled_.store(true, std::memory_order_relaxed);
  }
  if (run_) run_->cancel();  // null while the request is being parsed
  if (stop.stop_possible()) stop.request_stop();
  if (callback) callback();
  // Behind the callback: a blocking handler that waits here returns, and what the callback refers to with it.
  if (port_) port_->cancel();
  // Whoever was told may have resumed the handler, which has ended then, or is about to be unwound.
  if (stage_ != Stage::running) return;
  if (run_ && run_->parked() && !unwind_due_) {
    unwind_now();
  } else {
    // What it has not read nobody will read, and with the stream the window that bounded it is free for
    // others.
    if (incoming_) forget_incoming();
    if (!peer_) peer_ = session_->peer();
    session_->add_zombie(*this);
  }
}

net::PoolTrips& Call::pool_trips() const {
  return shard_.pool_trips();
}

void Call::unwind_later() {
  unwind_due_ = true;
  shard_.unwind_later(*this);
}

CallExtras& Call::make_extras() {
  extras_ = shard_.take_extras();
  extras_->belong_to(*this);
  return *extras_;
}

void CallExtras::on_expiry(base::TimePoint /*now*/) {
  call_->on_deadline();
}

[[gnu::always_inline]] inline void Call::clear() {
  if (session_ != nullptr && !headers_.shared()) session_->engine().recycle(std::move(headers_));
  session_ = nullptr;
  head_ = nullptr;
  headers_.clear();
  peer_.reset();
  if (incoming_) forget_incoming();
  owed_ = 0;
  reading_ = nullptr;
  writing_ = nullptr;
  arena_ = nullptr;
  if (extras_) shard_.give_back(std::move(extras_));
  cancelled_.store(false, std::memory_order_relaxed);
  unwind_due_ = on_wire_ = request_ended_ = has_request_ = headers_sent_ = initial_closed_ = false;
}

void Call::give_back() {
  // The last that goes here: with an abandoned call the shard, and the call with it, may end then.
  const std::shared_ptr<Shard> keep = std::move(keep_);
  clear();
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
