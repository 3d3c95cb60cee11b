// What a handler can ask and say beside its messages. A blocking handler does so on its pool thread: what it
// shares with the loop is behind cancel_mutex_ or atomic, the rest the loop leaves alone while the handler
// runs.

#include "server/call.hpp"
#include "server/shard.hpp"

#include <stdexcept>
#include <utility>

namespace farcall::server {

const Metadata& Call::metadata() {
  if (!received_) received_ = protocol::metadata_from(headers_);
  return *received_;
}

std::optional<std::chrono::steady_clock::time_point> Call::deadline() const {
  if (deadline_ == base::kNever) return std::nullopt;
  return deadline_;
}

std::shared_ptr<const Codec> Call::codec() const {
  return shard_.setup().codecs.owner_of(codec_);
}

std::stop_token Call::stop_token() {
  std::lock_guard lock(cancel_mutex_);
  if (!stop_.stop_possible()) {
    stop_ = std::stop_source();
    if (cancelled()) stop_.request_stop();
  }
  return stop_.get_token();
}

void Call::on_cancelled(std::function<void()> callback) {
  {
    std::lock_guard lock(cancel_mutex_);
    if (!cancelled()) {
      on_cancelled_ = std::move(callback);
      return;
    }
  }
  if (callback) callback();
}

void Call::add_initial_metadata(std::string_view name, std::string_view value) {
  if (initial_closed_)
    throw std::logic_error("the initial metadata was sent already: add to it before the first reply");
  initial_.add(name, value);
}

void Call::add_trailing_metadata(std::string_view name, std::string_view value) {
  trailing_.add(name, value);
}

}  // namespace farcall::server
