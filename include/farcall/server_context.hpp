#pragma once

#include <farcall/codec.hpp>
#include <farcall/metadata.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace farcall {

/// What a handler can know about its call, and say beside its replies.
///
/// Belongs to the call and lives as long as the handler. To be used by the handler only: on the loop's thread
/// by a coroutine, on its pool thread by a blocking function. Abstract so that a handler can be tested
/// without a server.
class ServerContext {
 public:
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;

  /// What the client sent beside its messages. Read out of the headers when first asked for.
  [[nodiscard]] virtual const Metadata& metadata() = 0;
  /// When the client stops waiting, and the call is cancelled; nothing if it waits for ever.
  [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> deadline() const = 0;
  /// The client's address, such as "ipv4:127.0.0.1:50412" or "unix:".
  [[nodiscard]] virtual std::string_view peer() const = 0;
  /// "/package.Service/Method".
  [[nodiscard]] virtual std::string_view method() const = 0;
  /// The host that the client believes to talk to; may be empty.
  [[nodiscard]] virtual std::string_view authority() const = 0;

  /// What the call's messages travel in; null for protobuf. For a proxy, which passes it on.
  [[nodiscard]] virtual std::shared_ptr<const Codec> codec() const { return nullptr; }

  /// The client has gone, has cancelled, or its deadline has passed: nobody will see a reply. A coroutine is
  /// unwound at its next suspension point of farcall without asking; a blocking function that computes for
  /// long should ask.
  [[nodiscard]] virtual bool cancelled() const = 0;
  /// Requested when the call is cancelled: for handing to whatever else the handler waits for. Made when
  /// first asked for. Callbacks registered with it run on the loop's thread and must not block.
  [[nodiscard]] virtual std::stop_token stop_token() = 0;
  /// For coroutine handlers; a blocking function that needs to be told registers a std::stop_callback with
  /// `stop_token`, which waits for a callback under way when it is destroyed. `callback` runs once if the
  /// call is cancelled before its handler has returned, on the loop's thread and before the handler is
  /// unwound; at once if it is cancelled already. Must neither block nor throw. A second one replaces the
  /// first.
  virtual void on_cancelled(std::function<void()> callback) = 0;

  /// Sent in front of the first reply, or with `send_initial_metadata()` of a stream. Throws
  /// std::invalid_argument for what Metadata::add refuses, and std::logic_error when the initial metadata has
  /// been sent already.
  virtual void add_initial_metadata(std::string_view name, std::string_view value) = 0;
  /// Sent behind the last reply, beside the status. Throws std::invalid_argument for what Metadata::add
  /// refuses.
  virtual void add_trailing_metadata(std::string_view name, std::string_view value) = 0;

 protected:
  ServerContext() = default;
  ~ServerContext() = default;
};

}  // namespace farcall
