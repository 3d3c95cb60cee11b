#pragma once

#include "http2/connection.hpp"
#include "server/codecs.hpp"
#include "server/fallback.hpp"
#include "server/router.hpp"

#include <farcall/pool.hpp>
#include <farcall/server.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace farcall::server {

/// How the engine is told what ServerOptions says.
[[nodiscard]] http2::Config engine_config(const ServerOptions& options);

/// What all shards of a server share. Nobody changes it while one of them runs, but for the count.
struct Setup {
  explicit Setup(ServerOptions server_options)
      : options(std::move(server_options)), engine(engine_config(options)) {}

  ServerOptions options;
  http2::Config engine;
  Router router;
  Codecs codecs;
  /// In the router, if there is one.
  std::unique_ptr<Fallback> fallback;
  /// Null when there is no blocking service.
  Pool* pool = nullptr;
  /// Open ones, on all loops.
  std::atomic<std::size_t> connections{0};
};

}  // namespace farcall::server
