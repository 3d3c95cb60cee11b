#include "server/shard.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <string>
#include <utility>

namespace farcall::server {

namespace {

/// Lines about failed handlers in one second; a service that always throws must not fill the disk.
constexpr unsigned kFailuresLoggedPerSecond = 10;

/// How many there is room for when the first is made.
constexpr std::size_t kCallsAtFirst = 16;

/// Of more than these, those go that were not needed for so long.
constexpr base::Duration kTrimAfter = std::chrono::seconds(1);

/// gRFC A9: connections that began together shall not all end together.
base::Duration jittered(base::Duration age, std::minstd_rand& random) {
  if (age == base::Duration::max()) return age;
  std::uniform_real_distribution<double> factor(0.9, 1.1);
  return std::chrono::duration_cast<base::Duration>(age * factor(random));
}

}  // namespace

Shard::Shard(net::Loop& loop, std::shared_ptr<Setup> setup)
    : loop_(loop),
      setup_(std::move(setup)),
      requests_(setup_->router, setup_->codecs, answers_),
      random_(std::random_device()()) {}

Shard::~Shard() {
  listeners_.clear();
  sessions_.clear();
  at_turn_end();
}

void Shard::listen(net::ListeningSocket socket) {
  if (draining_) return;
  listeners_.push_back(
      std::make_unique<net::Listener>(loop_, std::move(socket), static_cast<net::AcceptObserver&>(*this)));
}

void Shard::on_accept(std::unique_ptr<net::ByteStream> stream) {
  serve(std::move(stream));
}

void Shard::serve(std::unique_ptr<net::ByteStream> stream) {
  if (draining_) return;
  if (setup_->connections.fetch_add(1, std::memory_order_relaxed) >= setup_->options.max_connections) {
    setup_->connections.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  sessions_.push_back(std::make_unique<Session>(*this, std::move(stream), engine_config()));
  sessions_.back()->place_ = sessions_.size() - 1;
  sessions_.back()->start();
}

/// Nearly always the one of the setup, which all connections share.
std::shared_ptr<const http2::Config> Shard::engine_config() {
  const base::Duration age = jittered(setup_->engine.max_connection_age, random_);
  if (age == setup_->engine.max_connection_age) return {setup_, &setup_->engine};
  http2::Config config = setup_->engine;
  config.max_connection_age = age;
  return std::make_shared<const http2::Config>(config);
}

void Shard::remove(Session& session) {
  std::erase(to_start_, &session);
  const std::size_t place = session.place_;
  std::unique_ptr<Session> removed = std::move(sessions_[place]);
  if (place + 1 != sessions_.size()) {
    sessions_[place] = std::move(sessions_.back());
    sessions_[place]->place_ = place;
  }
  sessions_.pop_back();
  setup_->connections.fetch_sub(1, std::memory_order_relaxed);
  removed.reset();
  tell_if_drained();
}

Call& Shard::make_call() {
  if (calls_.size() == free_.capacity()) {
    const std::size_t most = std::max(kCallsAtFirst, calls_.size() + calls_.size() / 2);
    // First of all room for every one of them to be free, so that giving one back cannot fail.
    free_.reserve(most);
    calls_.reserve(most);
  }
  calls_.push_back(std::make_unique<Call>(*this));
  return *calls_.back();
}

std::unique_ptr<Incoming> Shard::take_incoming() {
  std::unique_ptr<Incoming> spare = spare_incoming_.take();
  return spare ? std::move(spare) : std::make_unique<Incoming>(setup_->options.max_receive_message_size);
}

void Shard::give_back(std::unique_ptr<Incoming> incoming) noexcept {
  assert(!incoming->under_way());
  incoming->forget();
  spare_incoming_.give(std::move(incoming));
}

std::unique_ptr<CallExtras> Shard::take_extras() {
  std::unique_ptr<CallExtras> spare = spare_extras_.take();
  return spare ? std::move(spare) : std::make_unique<CallExtras>();
}

void Shard::give_back(std::unique_ptr<CallExtras> extras) noexcept {
  extras->clear();
  spare_extras_.give(std::move(extras));
}

void Shard::trim_calls_later() {
  if (draining_ || trim_timer_.armed()) return;
  least_free_ = free_.size();
  loop_.timers().schedule(trim_timer_, loop_.now() + kTrimAfter);
}

/// The calls at the beginning of `free_` are those that were not needed.
void Shard::on_trim(base::TimePoint now) {
  if (draining_) return;
  if (least_free_ > kCallsKept) {
    const auto end = free_.begin() + static_cast<std::ptrdiff_t>(least_free_ - kCallsKept);
    std::sort(free_.begin(), end);
    std::erase_if(calls_, [this, end](const std::unique_ptr<Call>& call) {
      return std::binary_search(free_.begin(), end, call.get());
    });
    free_.erase(free_.begin(), end);
    calls_.shrink_to_fit();
  }
  least_free_ = free_.size();
  if (free_.size() > kCallsKept) loop_.timers().schedule(trim_timer_, now + kTrimAfter);
}

void Shard::unwind_later(Call& call) {
  to_unwind_.push_back(&call);
  loop_.at_turn_end(*this);
}

void Shard::start_later(Session& session) {
  to_start_.push_back(&session);
  loop_.at_turn_end(*this);
}

void Shard::at_turn_end() {
  // A call of a retired shard may be the last that keeps it: it is to live until the end of this function.
  std::shared_ptr<Shard> last;
  while (!to_unwind_.empty()) {
    Call* call = to_unwind_.back();
    to_unwind_.pop_back();
    if (call->kept_shard()) last = call->kept_shard();
    call->unwind_now();
  }
  while (!to_start_.empty()) {
    Session* session = to_start_.back();
    to_start_.pop_back();
    session->start_queued();
  }
}

void Shard::stop_listening() {
  for (const std::unique_ptr<net::Listener>& listener : listeners_) listener->finish();
  listeners_.clear();
}

void Shard::drain(base::TimePoint deadline, std::function<void()> on_drained) {
  if (!draining_) {
    stop_listening();
    draining_ = true;
    on_drained_ = std::move(on_drained);
    for (const std::unique_ptr<Session>& session : sessions_) session->drain();
  }
  if (deadline <= loop_.now()) {
    on_drain_deadline(loop_.now());
  } else if (!drain_timer_.armed() || deadline < drain_timer_.deadline()) {
    loop_.timers().schedule(drain_timer_, deadline);
  }
  tell_if_drained();
}

void Shard::close() {
  while (!sessions_.empty()) remove(*sessions_.back());
}

void Shard::on_drain_deadline(base::TimePoint /*now*/) {
  drain_timer_.cancel();
  if (std::exchange(cancelling_, true)) return;
  for (const std::unique_ptr<Session>& session : sessions_) session->cancel_all();
}

void Shard::tell_if_drained() {
  if (!draining_ || !sessions_.empty() || told_drained_) return;
  told_drained_ = true;
  drain_timer_.cancel();
  if (on_drained_) std::exchange(on_drained_, nullptr)();
}

void Shard::retire(const std::shared_ptr<Shard>& self) {
  at_turn_end();
  std::size_t abandoned = 0;
  for (Call& call : orphans_) {
    call.keep(self);
    ++abandoned;
  }
  if (abandoned == 0) return;
  loop_.log(LogLevel::warning, "the server has stopped; " + std::to_string(abandoned) +
                                   " of its handlers still wait for something of their own that has not "
                                   "ended when its stop_token asked");
}

void Shard::log_handler_failure(std::string_view path, std::string_view what) {
  if (loop_.now() - log_window_ >= std::chrono::seconds(1)) {
    log_window_ = loop_.now();
    logged_in_window_ = 0;
  }
  if (++logged_in_window_ > kFailuresLoggedPerSecond) return;
  std::string line = "the handler of ";
  line.append(path).append(" threw: ").append(what);
  loop_.log(LogLevel::error, line);
}

}  // namespace farcall::server
