// A blocking handler: on a pool thread, while its call stays on the loop.

#include "server/blocking_port.hpp"
#include "server/call.hpp"
#include "server/session.hpp"
#include "server/shard.hpp"

#include <utility>

namespace farcall::server {

bool Call::runs_blocking_inline() const {
  return shard_.setup().options.blocking_inline;
}

void Call::run_on_pool(codegen::PoolWork& work) {
  // What the handler may ask for on its thread.
  static_cast<void>(extras());
  peer_ = session_->peer();
  if (!port_) {
    port_ = std::make_unique<BlockingPort>(*this, shard_.loop(), shard_.setup().options.stream_send_buffer);
  }
  port_->open(work);
  if (cancelled()) port_->cancel();
  shard_.setup().pool->submit(*port_);
}

void Call::forget_callback() {
  std::lock_guard lock(extras_->cancel_mutex);
  extras_->on_cancelled = nullptr;
}

codegen::ReadOutcome Call::blocking_read(Buffer& message) {
  return port_->read(message);
}

bool Call::blocking_write(Buffer reply) {
  initial_closed_ = true;
  return port_->write(std::move(reply));
}

bool Call::blocking_send_initial_metadata() {
  initial_closed_ = true;
  return port_->send_initial_metadata();
}

void Call::blocking_fail(Status status) {
  port_->fail(std::move(status));
}

bool Call::queue_blocking_reply(Buffer reply) {
  return on_wire_ && queue_reply(std::move(reply));
}

}  // namespace farcall::server
