#include "server/server_core.hpp"

#include "net/address.hpp"
#include "net/loop_group.hpp"
#include "net/signal_watcher.hpp"
#include "rpc/timeout.hpp"

#include <farcall/runtime.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace farcall::server {

namespace {

/// How often it is looked whether handlers that wait for something foreign have ended: those that heed their
/// cancellation do so in one of the next turns.
constexpr int kTurnsToEnd = 8;

}  // namespace

/// The first signal drains, the second one ends.
class ServerCore::Signals final : public net::SignalObserver {
 public:
  explicit Signals(ServerCore& core) : core_(core) {}

 private:
  void on_signal(int /*signal*/) override {
    core_.begin_drain(std::exchange(draining_, true) ? std::chrono::nanoseconds::zero()
                                                     : core_.setup_->options.drain_deadline);
  }

  ServerCore& core_;
  bool draining_ = false;
};

ServerCore::ServerCore(Runtime* runtime, ServerOptions options)
    : setup_(std::make_shared<Setup>(std::move(options))), runtime_(runtime) {}

ServerCore::~ServerCore() {
  begin_drain(std::chrono::nanoseconds::zero());
  close_if_unattended();
  wait();
}

void ServerCore::listen(std::string address) {
  require_not_started();
  addresses_.push_back(std::move(address));
}

/// The loops read what is set up without a lock.
void ServerCore::require_not_started() const {
  std::lock_guard lock(mutex_);
  if (phase_ == Phase::setting_up) return;
  throw std::logic_error("the server was started already: give it its addresses and services before");
}

void ServerCore::add(codegen::ServiceBase& service) {
  require_not_started();
  note(setup_->router.add(service));
}

void ServerCore::add(std::shared_ptr<const Codec> codec) {
  require_not_started();
  note(setup_->codecs.add(std::move(codec)));
}

void ServerCore::add_fallback(GenericService& service) {
  require_not_started();
  auto fallback = std::make_unique<Fallback>(service);
  Status added = setup_->router.set_fallback(*fallback);
  if (added.ok()) setup_->fallback = std::move(fallback);
  note(std::move(added));
}

void ServerCore::note(Status added) {
  if (add_failure_.ok()) add_failure_ = std::move(added);
}

Status ServerCore::check_services() {
  if (!add_failure_.ok()) return add_failure_;
  if (setup_->router.empty()) {
    return Status::failed_precondition("the server has no service: add one before it starts");
  }
  for (const Route& route : setup_->router.routes()) {
    if (!route.method->blocking) continue;
    if (setup_->options.blocking_inline && route.method->kind == MethodKind::unary) continue;
    has_blocking_ = true;
    if (setup_->options.blocking_threads == 0) {
      return Status::failed_precondition(
          "the service " + std::string(route.service->service_name()) +
          " is blocking, and ServerOptions::blocking_threads is 0: give it threads");
    }
  }
  return Status();
}

Status ServerCore::open_sockets(std::size_t loops, std::vector<std::vector<net::ListeningSocket>>& sockets) {
  if (addresses_.empty()) {
    return Status::failed_precondition("the server has no address: give it one, such as \"0.0.0.0:9000\"");
  }
  net::ListenOptions listen_options;
  const ServerOptions& options = setup_->options;
  listen_options.share = options.share_addresses;
  if (options.keepalive_time != ServerOptions::kNever) {
    listen_options.socket.user_timeout =
        std::chrono::duration_cast<std::chrono::milliseconds>(options.keepalive_timeout);
  }
  for (const std::string& text : addresses_) {
    net::Parsed<net::Address> address = net::parse_listen_address(text);
    if (!address) return Status::invalid_argument(address.error());
    net::Parsed<std::vector<net::ListeningSocket>> opened =
        net::ListeningSocket::open(*address, loops, listen_options);
    if (!opened) return Status::unavailable(opened.error());
    sockets.push_back(std::move(*opened));
  }
  return Status();
}

/// The last step that can fail: a server that does not start leaves the one that it was to replace in place.
Status ServerCore::publish(std::vector<std::vector<net::ListeningSocket>>& sockets) {
  for (auto& of_one_address : sockets) {
    const net::Parsed<bool> published = of_one_address.front().publish();
    if (!published) return Status::unavailable(published.error());
  }
  return Status();
}

Status ServerCore::start_pool() {
  if (!has_blocking_) return Status();
  try {
    pool_ = std::make_unique<Pool>(setup_->options.blocking_threads);
  } catch (const std::system_error& error) {
    return Status::resource_exhausted("the threads for blocking handlers cannot be started: " +
                                      std::string(error.what()));
  }
  setup_->pool = pool_.get();
  return Status();
}

Status ServerCore::start() {
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::setting_up || !shards_.empty()) {
      return Status::failed_precondition("the server was started before: a server starts once");
    }
  }
  if (Status checked = check_services(); !checked.ok()) return checked;
  if (runtime_ == nullptr) {
    RuntimeOptions options;
    options.loops = setup_->options.loops;
    options.log = setup_->options.log;
    try {
      own_runtime_ = std::make_unique<Runtime>(options);
    } catch (const std::system_error& error) {
      return Status::resource_exhausted("the event loops cannot be started: " + std::string(error.what()));
    }
    runtime_ = own_runtime_.get();
  }
  net::LoopGroup& loops = runtime_->group();
  std::vector<std::vector<net::ListeningSocket>> sockets;
  Status opened = open_sockets(loops.size(), sockets);
  if (opened.ok()) opened = start_pool();
  if (opened.ok()) opened = publish(sockets);
  if (!opened.ok()) {
    if (own_runtime_) {
      own_runtime_.reset();
      runtime_ = nullptr;
    }
    return opened;
  }
  std::vector<std::string> bound;
  for (const auto& of_one_address : sockets) bound.push_back(of_one_address.front().address().to_string());
  for (std::size_t i = 0; i < loops.size(); ++i)
    shards_.push_back(std::make_shared<Shard>(loops.at(i), setup_));
  // A drain by another thread may retire the shards at any time from here on.
  const std::vector<std::shared_ptr<Shard>> shards = shards_;
  {
    std::unique_lock lock(mutex_);
    if (phase_ != Phase::setting_up) {
      lock.unlock();
      shards_.clear();
      return Status::failed_precondition("the server was drained before it had started");
    }
    phase_ = Phase::serving;
    shards_serving_ = shards_.size();
    bound_ = std::move(bound);
  }
  for (std::size_t i = 0; i < loops.size(); ++i) {
    std::vector<net::ListeningSocket> of_one_loop;
    for (auto& of_one_address : sockets) of_one_loop.push_back(std::move(of_one_address[i]));
    // The kernel accepts connections already, so nobody needs to wait for this.
    loops.at(i).post([shard = shards[i], of_one_loop = std::move(of_one_loop)]() mutable {
      for (net::ListeningSocket& socket : of_one_loop) shard->listen(std::move(socket));
    });
  }
  return Status();
}

std::vector<std::string> ServerCore::addresses() const {
  std::lock_guard lock(mutex_);
  return bound_;
}

int ServerCore::run(const std::function<void()>& on_started) {
  if (runtime_ != nullptr && runtime_->group().is_adopted()) {
    std::fputs(
        "farcall: Server::run waits, and somebody has to run the adopted io_context meanwhile: use start, "
        "run "
        "the io_context, and call begin_drain at a signal\n",
        stderr);
    return 1;
  }
  if (Status started = start(); !started.ok()) {
    std::fprintf(stderr, "farcall: %s\n", started.message().c_str());
    return 1;
  }
  net::Loop& loop = runtime_->group().at(0);
  Signals signals(*this);
  std::unique_ptr<net::SignalWatcher> watcher;
  std::string failure;
  loop.post_and_wait([&] {
    try {
      watcher =
          std::make_unique<net::SignalWatcher>(loop, std::initializer_list<int>{SIGINT, SIGTERM}, signals);
    } catch (const std::system_error& error) {
      failure = error.what();
    }
  });
  if (!watcher) {
    std::fprintf(stderr, "farcall: SIGINT and SIGTERM cannot be caught: %s\n", failure.c_str());
    begin_drain(std::chrono::nanoseconds::zero());
  }
  std::exception_ptr thrown;
  if (watcher && on_started) {
    try {
      on_started();
    } catch (...) {
      thrown = std::current_exception();
      begin_drain(std::chrono::nanoseconds::zero());
    }
  }
  wait();
  loop.post_and_wait([&] { watcher.reset(); });
  if (thrown) std::rethrow_exception(thrown);
  return failure.empty() ? 0 : 1;
}

void ServerCore::begin_drain(std::chrono::nanoseconds within) {
  std::lock_guard lock(mutex_);
  if (phase_ == Phase::setting_up) {
    // Never started, and never will be.
    phase_ = Phase::retired;
    changed_.notify_all();
    return;
  }
  if (phase_ != Phase::serving && phase_ != Phase::draining) return;
  const bool begins = std::exchange(phase_, Phase::draining) == Phase::serving;
  const base::Duration grace = std::chrono::duration_cast<base::Duration>(within);
  const base::TimePoint deadline = rpc::deadline_after(base::Clock::now(), grace);
  if (begins && grace > base::Duration::zero()) {
    stop_listening_and_drain(deadline);
  } else {
    drain_shards(deadline);
  }
}

void ServerCore::stop_listening_and_drain(base::TimePoint deadline) {
  shards_listening_ = shards_.size();
  for (const std::shared_ptr<Shard>& shard : shards_) {
    shard->loop().post([this, shard, deadline] {
      shard->stop_listening();
      std::lock_guard lock(mutex_);
      if (--shards_listening_ == 0) drain_shards(deadline);
    });
  }
}

void ServerCore::drain_shards(base::TimePoint deadline) {
  for (const std::shared_ptr<Shard>& shard : shards_) {
    shard->loop().post([this, shard, deadline] { shard->drain(deadline, [this] { shard_drained(); }); });
  }
}

/// On an io_context that nobody runs no connection comes to its end: it is ended here.
void ServerCore::close_if_unattended() {
  if (runtime_ == nullptr) return;
  net::Loop& loop = runtime_->group().at(0);
  if (!loop.is_unattended()) return;
  const std::vector<std::shared_ptr<Shard>> shards = serving_shards();
  for (const std::shared_ptr<Shard>& shard : shards) loop.post([shard] { shard->close(); });
  loop.work_off();
}

std::vector<std::shared_ptr<Shard>> ServerCore::serving_shards() const {
  std::lock_guard lock(mutex_);
  if (phase_ != Phase::serving && phase_ != Phase::draining) return {};
  return shards_;
}

void ServerCore::shard_drained() {
  std::lock_guard lock(mutex_);
  if (--shards_serving_ > 0) return;
  phase_ = Phase::closed;
  changed_.notify_all();
}

void ServerCore::wait() {
  std::unique_lock lock(mutex_);
  if (phase_ == Phase::setting_up) return;
  const auto is_over = [this] { return phase_ == Phase::retired || (phase_ == Phase::closed && !retiring_); };
  const bool adopted = runtime_ != nullptr && runtime_->group().is_adopted();
  while (adopted && !changed_.wait_for(lock, net::Loop::kLookAgain, is_over)) {
    if (phase_ != Phase::draining) continue;
    // It may have been stopped since the drain began.
    lock.unlock();
    close_if_unattended();
    lock.lock();
  }
  changed_.wait(lock, is_over);
  if (phase_ == Phase::retired) return;
  retiring_ = true;
  lock.unlock();
  retire();
  lock.lock();
  phase_ = Phase::retired;
  changed_.notify_all();
}

/// All connections are closed and all handlers cancelled. Blocking handlers run to their end, and so does
/// what coroutines run in pools; then what was posted is worked off, and then nothing but foreign waits can
/// keep a handler alive.
void ServerCore::retire() {
  if (pool_) pool_->finish();
  for (std::shared_ptr<Shard>& shard : shards_) {
    net::Loop& loop = shard->loop();
    shard->pool_trips().wait();
    bool handlers_left = true;
    for (int turns = 0; turns < kTurnsToEnd && handlers_left; ++turns) {
      loop.post_and_wait([&] { handlers_left = shard->has_orphans(); });
    }
    loop.post_and_wait([&shard] {
      shard->retire(shard);
      shard.reset();
    });
  }
}

void ServerCore::refuse_on_loop() const {
  if (net::Loop::current() == nullptr && (runtime_ == nullptr || !runtime_->group().runs_here())) return;
  throw std::logic_error(
      "waiting for a server's end on an event loop's thread may be waiting for itself: use begin_drain "
      "there");
}

}  // namespace farcall::server
