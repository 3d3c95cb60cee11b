#pragma once

#include "net/listener.hpp"
#include "server/setup.hpp"
#include "server/shard.hpp"

#include <farcall/pool.hpp>
#include <farcall/server.hpp>
#include <farcall/status.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace farcall {
class Runtime;
}  // namespace farcall

namespace farcall::server {

/// What a Server is made of: the shards, one on each loop, the threads of blocking handlers, and the way from
/// setting up over serving and draining to the end. The members that Server has too are described there.
class ServerCore {
 public:
  ServerCore(Runtime* runtime, ServerOptions options);
  ServerCore(const ServerCore&) = delete;
  ServerCore& operator=(const ServerCore&) = delete;
  ~ServerCore();

  void listen(std::string address);
  void add(codegen::ServiceBase& service);
  void add(std::shared_ptr<const Codec> codec);
  void add_fallback(GenericService& service);
  [[nodiscard]] Status start();
  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] int run(const std::function<void()>& on_started);
  void begin_drain(std::chrono::nanoseconds within);
  void wait();
  /// A drain that was begun is not waited for where nobody could bring it about.
  void close_if_unattended();
  /// Throws std::logic_error on an event loop's thread.
  void refuse_on_loop() const;

 private:
  enum class Phase : std::uint8_t { setting_up, serving, draining, closed, retired };
  class Signals;

  void require_not_started() const;
  void note(Status added);
  [[nodiscard]] Status check_services();
  [[nodiscard]] Status open_sockets(std::size_t loops,
                                    std::vector<std::vector<net::ListeningSocket>>& sockets);
  [[nodiscard]] Status start_pool();
  [[nodiscard]] static Status publish(std::vector<std::vector<net::ListeningSocket>>& sockets);
  [[nodiscard]] std::vector<std::shared_ptr<Shard>> serving_shards() const;
  void drain_shards(base::TimePoint deadline);
  /// No loop tells its clients to go elsewhere while another one still accepts connections: they would come
  /// back to the same server.
  void stop_listening_and_drain(base::TimePoint deadline);
  void shard_drained();
  void retire();

  std::shared_ptr<Setup> setup_;
  std::vector<std::string> addresses_;
  /// The first one; `start` reports it.
  Status add_failure_;
  bool has_blocking_ = false;
  /// The server's own, if it was not given one.
  std::unique_ptr<Runtime> own_runtime_;
  Runtime* runtime_;
  std::unique_ptr<Pool> pool_;
  std::vector<std::shared_ptr<Shard>> shards_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Behind the mutex:
  Phase phase_ = Phase::setting_up;
  bool retiring_ = false;
  std::size_t shards_serving_ = 0;
  std::size_t shards_listening_ = 0;
  std::vector<std::string> bound_;
};

}  // namespace farcall::server
