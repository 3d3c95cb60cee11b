#include "server/session.hpp"

#include "rpc/timeout.hpp"
#include "server/shard.hpp"

#include <utility>
#include <variant>

namespace farcall::server {

Session::Session(Shard& shard, std::unique_ptr<net::ByteStream> stream,
                 std::shared_ptr<const http2::Config> config)
    : shard_(shard),
      driver_(shard.loop(), std::move(stream), http2::Role::server, std::move(config), *this),
      quota_(shard.setup().options.max_concurrent_streams),
      assembly_(shard.setup().options.message_assembly_budget, shard.setup().options.message_stall_timeout) {}

Session::~Session() {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i] != nullptr) calls_[i]->on_stream_lost();
  }
  for (Call& zombie : zombies_) zombie.lose_session();
  shard_.adopt(zombies_);
}

void Session::drain() {
  engine().drain();
  touch();
}

void Session::cancel_all() {
  const Status status = Status::unavailable("the server is shutting down");
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (calls_[i] != nullptr) calls_[i]->give_up(status);
  }
  // Streams whose answers are on their way end with the connection.
  engine().fail(http2::ErrorCode::no_error, {});
  touch();
}

void Session::start_queued_later() {
  if (std::exchange(start_is_due_, true)) return;
  shard_.start_later(*this);
}

void Session::start_queued() {
  start_is_due_ = false;
  while (running_ < quota_ && !queue_.empty()) {
    Call& call = queue_.front();
    leave_queue(call);
    call.start_from_queue();
  }
}

bool Session::assembly_grows(Assembly& assembly, std::size_t held) {
  const base::TimePoint now = shard_.loop().now();
  if (!stall_timer_.armed()) {
    shard_.loop().timers().schedule(stall_timer_, rpc::deadline_after(now, assembly_.stall_timeout()));
  }
  return assembly_.grow(assembly, held, now);
}

void Session::assembly_pauses(Assembly& assembly) noexcept {
  assembly_.pause(assembly, shard_.loop().now());
}

void Session::assembly_ends(Assembly& assembly) {
  assembly_.leave(assembly, shard_.loop().now());
  if (assembly_.empty()) stall_timer_.cancel();
}

void Session::on_stall_check(base::TimePoint now) {
  const base::TimePoint next = assembly_.check(now);
  shard_.loop().timers().schedule(stall_timer_, next);
}

Call* Session::find(http2::StreamKey stream) const {
  if (stream.index >= calls_.size()) return nullptr;
  Call* call = calls_[stream.index];
  return call != nullptr && call->stream() == stream ? call : nullptr;
}

void Session::on_event(http2::Event& event) {
  if (auto* data = std::get_if<http2::event::Data>(&event)) {
    on_data(*data);
  } else if (auto* headers = std::get_if<http2::event::Headers>(&event)) {
    on_headers(*headers);
  } else if (auto* writable = std::get_if<http2::event::Writable>(&event)) {
    if (Call* call = find(writable->stream)) call->on_writable();
  } else if (auto* closed = std::get_if<http2::event::StreamClosed>(&event)) {
    if (Call* call = find(closed->stream)) call->on_stream_lost();
  }
  // The rest (SETTINGS, PING, the connection's end) is the engine's and the driver's business.
}

void Session::on_headers(http2::event::Headers& headers) {
  if (headers.kind != http2::event::HeadersKind::initial) {
    if (Call* call = find(headers.stream)) call->on_request_end();
    engine().recycle(std::move(headers.headers));
    return;
  }
  if (queued_ >= quota_) {
    engine().reset(headers.stream, http2::ErrorCode::refused_stream);
    return;
  }
  if (headers.stream.index >= calls_.size()) calls_.resize(headers.stream.index + 1);
  Call& call = shard_.take_call();
  if (!call.begin(*this, headers)) return;
  calls_[headers.stream.index] = &call;
  call.begin_handler_if_ready(headers.data);
}

void Session::on_data(const http2::event::Data& data) {
  if (Call* call = find(data.stream)) call->on_data(data);
}

void Session::on_closed() {
  shard_.remove(*this);
}

}  // namespace farcall::server
