#include "server/blocking_port.hpp"

#include "server/call.hpp"

#include <span>
#include <utility>

namespace farcall::server {

void BlockingPort::open(codegen::PoolWork& work) {
  work_ = &work;
  std::lock_guard lock(mutex_);
  cancelled_ = false;
  answer_ = Answer::none;
  message_ = {};
  in_flight_ = 0;
  waiting_for_room_ = 0;
}

void BlockingPort::cancel() {
  {
    std::lock_guard lock(mutex_);
    cancelled_ = true;
    message_ = {};  // it will not be fetched
  }
  wake_.notify_all();
}

void BlockingPort::execute() noexcept {
  if (!call_.cancelled()) work_->run();
  call_.forget_callback();
  loop_.post([this] { work_->finished(); });
}

codegen::ReadOutcome BlockingPort::read(Buffer& message) {
  loop_.post([this] { begin_read(); });
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return cancelled_ || answer_ != Answer::none; });
  if (cancelled_) return codegen::ReadOutcome::cancelled;
  message = std::move(message_);
  return std::exchange(answer_, Answer::none) == Answer::message ? codegen::ReadOutcome::message
                                                                 : codegen::ReadOutcome::end;
}

bool BlockingPort::write(Buffer reply) {
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return cancelled_ || in_flight_ < send_budget_; });
    if (cancelled_) return false;
    in_flight_ += reply.size();
  }
  loop_.post([this, sent = std::move(reply)]() mutable { send(std::move(sent)); });
  return true;
}

bool BlockingPort::send_initial_metadata() {
  {
    std::lock_guard lock(mutex_);
    if (cancelled_) return false;
  }
  loop_.post([this] { call_.flush_headers(); });
  return true;
}

void BlockingPort::fail(Status status) {
  loop_.post([this, status = std::move(status)] { call_.fail(status); });
}

void BlockingPort::begin_read() {
  std::span<const std::byte> message;
  switch (call_.read(message)) {
    case codegen::ReadOutcome::message:
      on_message(message);
      break;
    case codegen::ReadOutcome::end:
      on_end();
      break;
    case codegen::ReadOutcome::pending:
      call_.await_read(*this);
      break;
    case codegen::ReadOutcome::cancelled:
      break;  // `cancel` has woken the handler
  }
}

void BlockingPort::send(Buffer reply) {
  const std::size_t size = reply.size();
  if (call_.queue_blocking_reply(std::move(reply))) {
    credit(size);
    return;
  }
  waiting_for_room_ += size;
  call_.await_write(*this);
}

void BlockingPort::on_message(std::span<const std::byte> message) {
  answer_read(Answer::message, Buffer::copy_of(message));
}

void BlockingPort::on_end() {
  answer_read(Answer::end, Buffer());
}

void BlockingPort::on_writable() {
  credit(std::exchange(waiting_for_room_, 0));
}

void BlockingPort::answer_read(Answer answer, Buffer message) {
  {
    std::lock_guard lock(mutex_);
    answer_ = answer;
    message_ = std::move(message);
  }
  wake_.notify_all();
}

void BlockingPort::credit(std::size_t bytes) {
  {
    std::lock_guard lock(mutex_);
    in_flight_ -= bytes;
  }
  wake_.notify_all();
}

}  // namespace farcall::server
