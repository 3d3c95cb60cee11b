// What a handler can ask and say beside its messages. A blocking handler does so on its pool thread: what it
// shares with the loop is behind the extras' mutex or atomic, the rest the loop leaves alone while the
// handler runs; `run_on_pool` sees to it that the extras are there.

#include "server/call.hpp"
#include "server/session.hpp"
#include "server/shard.hpp"

#include <stdexcept>
#include <utility>

namespace farcall::server {

const Metadata& Call::metadata() {
  std::optional<Metadata>& received = extras().received;
  if (!received) received = protocol::metadata_from(headers_);
  return *received;
}

std::optional<std::chrono::steady_clock::time_point> Call::deadline() const {
  if (!extras_ || extras_->deadline == base::kNever) return std::nullopt;
  return extras_->deadline;
}

std::string_view Call::peer() const {
  return peer_ ? *peer_ : *session_->peer();
}

std::shared_ptr<const Codec> Call::codec() const {
  return shard_.setup().codecs.owner_of(codec_);
}

std::stop_token Call::stop_token() {
  CallExtras& mine = extras();
  std::lock_guard lock(mine.cancel_mutex);
  if (!mine.stop.stop_possible()) {
    mine.stop = std::stop_source();
    if (cancelled()) mine.stop.request_stop();
  }
  return mine.stop.get_token();
}

void Call::on_cancelled(std::function<void()> callback) {
  CallExtras& mine = extras();
  {
    std::lock_guard lock(mine.cancel_mutex);
    if (!cancelled()) {
      mine.on_cancelled = std::move(callback);
      return;
    }
  }
  if (callback) callback();
}

void Call::add_initial_metadata(std::string_view name, std::string_view value) {
  if (initial_closed_)
    throw std::logic_error("the initial metadata was sent already: add to it before the first reply");
  extras().initial.add(name, value);
}

void Call::add_trailing_metadata(std::string_view name, std::string_view value) {
  extras().trailing.add(name, value);
}

}  // namespace farcall::server
